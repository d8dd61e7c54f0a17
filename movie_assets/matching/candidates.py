"""Candidates: films whose title shares a key with a brand's #1 release, found by a join in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from movie_assets.matching.titles import plain_key, title_keys
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.query import Query

_FIELDS = ("title", "original_title")


def film_title_rows(films: pd.DataFrame) -> pd.DataFrame:
    """Rows of normalized_titles (tmdb_id, title_key, tier, field, main) for films with their titles.

    `films` has tmdb_id, title, original_title and alternative_titles (lists). A key that several fields give is kept at
    its lowest tier, then by field: title before original_title before alternative_title.
    """
    rows = [row for film in films.itertuples(index=False) for row in _rows_of_film(film)]
    frame = pd.DataFrame.from_records(rows, columns=["tmdb_id", "title_key", "tier", "field", "main"])
    return frame.astype(
        {"tmdb_id": "Int64", "title_key": "string", "tier": "Int64", "field": "string", "main": "boolean"}
    )


def first_per_brand(raw_brands: pd.DataFrame) -> pd.DataFrame:
    """One row per brand, by the first line of the file that names it, in the order of the file."""
    return raw_brands.sort_values("source_line").drop_duplicates("brand", keep="first", ignore_index=True)


def find_candidates(database: Database, brands: pd.DataFrame) -> pd.DataFrame:
    """One row per brand and film that share a title key; columns as in candidates.sql.

    `brands` has brand (unique) and top_release.
    """
    wanted = [
        (brand, key, tier)
        for brand, top_release in zip(brands["brand"], brands["top_release"], strict=True)
        for key, tier in title_keys(top_release).items()
    ]
    query = Query.from_file("movie_assets.matching", "candidates.sql")
    parameters = {
        "brands": [brand for brand, _, _ in wanted],
        "title_keys": [key for _, key, _ in wanted],
        "tiers": [tier for _, _, tier in wanted],
    }
    return database.frame(query.sql, parameters)


def companies_of_brand(brand: str, companies: list[str] | None) -> list[str]:
    """Those of a film's companies that bear the brand's name: "Pixar Animation Studios" for "Pixar".

    One name must begin with all words of the other, so that "Blue Sky" finds "Blue Sky Studios" but "MTV" not "MTVision".
    """
    words = plain_key(brand).split()
    return [company for company in companies or [] if _begins(words, plain_key(company).split())]


def _begins(one: list[str], other: list[str]) -> bool:
    shorter = min(len(one), len(other))
    return shorter > 0 and one[:shorter] == other[:shorter]


def _rows_of_film(film: object) -> Iterator[tuple[int, str, int, str, bool]]:
    best: dict[str, tuple[int, str]] = {}
    titles = [(field, getattr(film, field)) for field in _FIELDS]
    alternatives = getattr(film, "alternative_titles", None)
    titles += [("alternative_title", title) for title in (alternatives if isinstance(alternatives, list) else [])]
    seen: set[str] = set()
    for field, title in titles:
        if not isinstance(title, str) or title in seen:
            continue
        seen.add(title)
        for key, tier in title_keys(title).items():
            if key not in best or tier < best[key][0]:
                best[key] = (tier, field)
    tmdb_id: int = film.tmdb_id  # type: ignore[attr-defined]
    main = plain_key(film.title)  # type: ignore[attr-defined]
    yield from ((tmdb_id, key, tier, field, key == main) for key, (tier, field) in best.items())
