"""Films for the brands' best releases, fetched from TMDB: search each title, then the details of what it finds.

Everything succeeds or an error ends the iteration, so a caller that publishes after the last frame never replaces
good rows with half of the new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pandas as pd

from movie_assets.tmdb.client import TmdbClient
from movie_assets.tmdb.errors import TmdbNotFoundError
from movie_assets.tmdb.films import FilmRow, films_frame
from movie_assets.tmdb.search_forms import search_forms
from movie_assets.tmdb.shapes import movie_row

_APPENDED: Final = ("alternative_titles", "keywords")


@dataclass
class FetchProgress:
    """How far a fetch has come; filled in while the frames are consumed.

    `titles` of `titles_total` are done; `titles_without_films` of them found nothing in any form. `films` were
    fetched; `films_gone` were found by a search and had left TMDB before their details were asked for.
    `requests` counts all that left for this fetch, repeated attempts included.
    """

    titles_total: int = 0
    titles: int = 0
    titles_without_films: int = 0
    films: int = 0
    films_gone: int = 0
    requests: int = 0


def fetch_brand_films(
    client: TmdbClient,
    titles: Sequence[str],
    *,
    clock: Callable[[], datetime],
    progress: FetchProgress | None = None,
) -> Iterator[pd.DataFrame]:
    """The films that TMDB's search finds for the titles, each film once, typed as in `FILM_DTYPES`.

    One frame per title that brings films not seen before; if no title does, one empty frame. `clock` gives each
    film's `fetched_at` and must return instants with a time zone. Any TmdbApiError ends the fetch, except that a
    film deleted between its search and its details is left out and counted.
    """
    counts = FetchProgress() if progress is None else progress
    distinct = list(dict.fromkeys(titles))
    counts.titles_total = len(distinct)
    before = client.requests_made
    seen: set[int] = set()
    for title in distinct:
        ids = _found(client, title)
        counts.titles_without_films += not ids
        rows = list(_rows(client, [tmdb_id for tmdb_id in dict.fromkeys(ids) if tmdb_id not in seen], clock, counts))
        seen.update(ids)
        counts.titles += 1
        counts.requests = client.requests_made - before
        if rows:
            yield films_frame(rows)
    if not counts.films:
        yield films_frame([])


def _found(client: TmdbClient, title: str) -> list[int]:
    """Ids on the first page of the first form of the title that finds anything."""
    for query in search_forms(title):
        ids = client.search_movies(query).ids
        if ids:
            return ids
    return []


def _rows(
    client: TmdbClient, ids: Sequence[int], clock: Callable[[], datetime], counts: FetchProgress
) -> Iterator[FilmRow]:
    for tmdb_id in ids:
        try:
            details = client.movie(tmdb_id, append=_APPENDED)
        except TmdbNotFoundError:
            counts.films_gone += 1
            continue
        counts.films += 1
        yield movie_row(f"GET /movie/{tmdb_id}", details, fetched_at=clock())
