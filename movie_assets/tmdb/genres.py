"""TMDB's movie genres: list results carry their ids only.

The 19 entries of /genre/movie/list. TMDB has not changed them since it withdrew "Foreign" (10769), which therefore
is an unknown id here as it is there.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

MOVIE_GENRES: Final = MappingProxyType(
    {
        28: "Action",
        12: "Adventure",
        16: "Animation",
        35: "Comedy",
        80: "Crime",
        99: "Documentary",
        18: "Drama",
        10751: "Family",
        14: "Fantasy",
        36: "History",
        27: "Horror",
        10402: "Music",
        9648: "Mystery",
        10749: "Romance",
        878: "Science Fiction",
        10770: "TV Movie",
        53: "Thriller",
        10752: "War",
        37: "Western",
    }
)
