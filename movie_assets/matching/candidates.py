"""Candidates: films whose title shares a key with a brand's #1 release, found by a join in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from movie_assets.matching.likeness import alike
from movie_assets.matching.model import Candidate, TopRelease
from movie_assets.matching.sequels import first_sequels
from movie_assets.matching.titles import ALIKE, LOOSE, plain_key, release_keys, title_keys
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.query import Query

_FIELDS = ("title", "original_title")


def film_title_rows(films: pd.DataFrame) -> pd.DataFrame:
    """Rows of normalized_titles (tmdb_id, title_key, tier, field, main) for films with their titles.

    `films` has tmdb_id, title, original_title and alternative_titles (lists). A key that several fields give is kept at
    its lowest tier, then by field: title before original_title before alternative_title.
    """
    alternatives = films["alternative_titles"] if "alternative_titles" in films else [None] * len(films)
    rows = title_rows(zip(films["tmdb_id"], films["title"], films["original_title"], alternatives, strict=True))
    frame = pd.DataFrame.from_records(rows, columns=["tmdb_id", "title_key", "tier", "field", "main"])
    return frame.astype(
        {"tmdb_id": "Int64", "title_key": "string", "tier": "Int64", "field": "string", "main": "boolean"}
    )


def title_rows(films: Iterable[tuple[int, object, object, object]]) -> list[tuple[int, str, int, str, bool]]:
    """`film_title_rows` as tuples, for tuples of tmdb_id, title, original_title and alternative_titles."""
    return [row for film in films for row in _rows_of_film(*film)]


def find_candidates(database: Database, releases: Sequence[TopRelease]) -> list[Candidate]:
    """Every film that shares a title key with one of the releases, by brand and tmdb_id.

    For releases without any, the well-known films whose titles look most alike, marked as such.
    """
    by_key = _sharing_keys(database, releases)
    found = {candidate.brand for candidate in by_key}
    left = [release for release in releases if release.brand not in found]
    return [*by_key, *_looking_alike(database, left)] if left else by_key


def _sharing_keys(database: Database, releases: Sequence[TopRelease]) -> list[Candidate]:
    wanted = [(release.brand, key, tier) for release in releases for key, tier in release_keys(release.title).items()]
    parameters = {
        "brands": [brand for brand, _, _ in wanted],
        "title_keys": [key for _, key, _ in wanted],
        "tiers": [tier for _, _, tier in wanted],
        "loose": LOOSE,
    }
    query = Query.from_file("movie_assets.matching", "candidates.sql")
    sequels = first_sequels(database, releases)
    return [Candidate(**row, sequel=sequels.get(row["brand"])) for row in database.rows(query.sql, parameters)]


def _looking_alike(database: Database, releases: Sequence[TopRelease]) -> list[Candidate]:
    pairs = alike(database, releases)
    query = Query.from_file("movie_assets.matching", "films_by_id.sql")
    ids = sorted({tmdb_id for _, tmdb_id, _, _ in pairs})
    films = {row["tmdb_id"]: row for row in database.rows(query.sql, {"tmdb_ids": ids})} if ids else {}
    return [
        Candidate(brand=brand, title_key=key, key_tier=ALIKE, key_field="title", likeness=likeness, **films[tmdb_id])
        for brand, tmdb_id, key, likeness in pairs
    ]


def _rows_of_film(
    tmdb_id: int, title: object, original_title: object, alternative_titles: object
) -> Iterator[tuple[int, str, int, str, bool]]:
    best: dict[str, tuple[int, str]] = {}
    titles = list(zip(_FIELDS, (title, original_title), strict=True))
    if isinstance(alternative_titles, list):
        titles += [("alternative_title", alternative) for alternative in alternative_titles]
    seen: set[str] = set()
    for field, text in titles:
        if not isinstance(text, str) or text in seen:
            continue
        seen.add(text)
        for key, tier in title_keys(text).items():
            if key not in best or tier < best[key][0]:
                best[key] = (tier, field)
    main = plain_key(title) if isinstance(title, str) else ""
    yield from ((int(tmdb_id), key, tier, field, key == main) for key, (tier, field) in best.items())
