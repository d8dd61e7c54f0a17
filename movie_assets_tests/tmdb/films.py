"""A handful of films for the tests, in TMDB's shape."""

from __future__ import annotations

from copy import deepcopy as COPY  # noqa: N812  # tests change their copies, never these
from typing import Any

__all__ = ["COPY", "FILMS", "details"]


def details(tmdb_id: int, title: str, **changes: Any) -> dict[str, Any]:
    """A details object with every part that fills a column."""
    return {
        "id": tmdb_id,
        "imdb_id": "tt0000001",
        "title": title,
        "original_title": title,
        "original_language": "en",
        "overview": "",
        "release_date": "2015-12-15",
        "status": "Released",
        "adult": False,
        "video": False,
        "runtime": 136,
        "budget": 245000000,
        "revenue": 2068223624,
        "popularity": 19.5,
        "vote_average": 7.3,
        "vote_count": 19000,
        "genres": [{"id": 12, "name": "Adventure"}, {"id": 28, "name": "Action"}],
        "production_companies": [
            {"id": 1, "logo_path": None, "name": "Lucasfilm Ltd.", "origin_country": "US"},
            {"id": 11461, "logo_path": None, "name": "Bad Robot", "origin_country": "US"},
        ],
        "keywords": {"keywords": [{"id": 161176, "name": "space opera"}]},
        "alternative_titles": {"titles": [{"iso_3166_1": "FR", "title": "Un autre titre", "type": ""}]},
        **changes,
    }


FILMS = [
    details(140607, "Star Wars: The Force Awakens"),
    details(181808, "Star Wars: The Last Jedi", popularity=15.0),
    details(346364, "It", release_date="2017-09-06", popularity=30.0),
    details(10010, "It", release_date="1990-11-18", popularity=8.0),
    details(1562, "It Follows", release_date="2015-02-04", popularity=50.0),
    details(9999, "It", adult=True),
]
