"""Candidates: films whose title shares a key with a brand's #1 release, found by a join in PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from movie_assets.matching.titles import plain_key, title_keys
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.query import Query

_FIELDS = ("title", "original_title")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A film that could be a brand's #1 release; the columns of candidates.sql. Amounts are nominal US dollars."""

    brand: str
    tmdb_id: int
    title: str
    release_date: dt.date | None
    title_key: str
    key_tier: int
    key_field: str
    revenue_usd: int | None
    vote_count: int
    popularity_percentile: float | None
    runtime_minutes: int | None
    status: str | None
    adult: bool
    video: bool
    production_companies: list[str] | None


@dataclass(frozen=True, slots=True)
class TopRelease:
    """What the brand file says of a brand: its #1 release and that release's gross in nominal US dollars."""

    brand: str
    title: str
    gross_usd: int


def film_title_rows(films: pd.DataFrame) -> pd.DataFrame:
    """Rows of normalized_titles (tmdb_id, title_key, tier, field, main) for films with their titles.

    `films` has tmdb_id, title, original_title and alternative_titles (lists). A key that several fields give is kept at
    its lowest tier, then by field: title before original_title before alternative_title.
    """
    alternatives = films["alternative_titles"] if "alternative_titles" in films else [None] * len(films)
    rows = [
        row
        for tmdb_id, title, original, others in zip(
            films["tmdb_id"], films["title"], films["original_title"], alternatives, strict=True
        )
        for row in _rows_of_film(tmdb_id, title, original, others)
    ]
    frame = pd.DataFrame.from_records(rows, columns=["tmdb_id", "title_key", "tier", "field", "main"])
    return frame.astype(
        {"tmdb_id": "Int64", "title_key": "string", "tier": "Int64", "field": "string", "main": "boolean"}
    )


def top_releases(raw_brands: pd.DataFrame) -> list[TopRelease]:
    """One entry per brand, by the first line of the file that names it, in the order of the file.

    `raw_brands` has brand, top_release, top_release_gross_usd and source_line.
    """
    first = raw_brands.sort_values("source_line").drop_duplicates("brand", keep="first")
    return [
        TopRelease(str(brand), str(title), int(gross))
        for brand, title, gross in zip(
            first["brand"], first["top_release"], first["top_release_gross_usd"], strict=True
        )
    ]


def find_candidates(database: Database, releases: list[TopRelease]) -> list[Candidate]:
    """Every film that shares a title key with one of the releases, by brand and tmdb_id."""
    wanted = [(release.brand, key, tier) for release in releases for key, tier in title_keys(release.title).items()]
    query = Query.from_file("movie_assets.matching", "candidates.sql")
    parameters = {
        "brands": [brand for brand, _, _ in wanted],
        "title_keys": [key for _, key, _ in wanted],
        "tiers": [tier for _, _, tier in wanted],
    }
    return [Candidate(**row) for row in database.rows(query.sql, parameters)]


def companies_of_brand(brand: str, companies: list[str] | None) -> list[str]:
    """Those of a film's companies that bear the brand's name: "Pixar Animation Studios" for "Pixar".

    One name must begin with all words of the other: "Blue Sky" finds "Blue Sky Studios", but "MTV" not "MTVision".
    """
    words = plain_key(brand).split()
    return [company for company in companies or [] if _begins(words, plain_key(company).split())]


def _begins(one: list[str], other: list[str]) -> bool:
    shorter = min(len(one), len(other))
    return shorter > 0 and one[:shorter] == other[:shorter]


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
    yield from ((tmdb_id, key, tier, field, key == main) for key, (tier, field) in best.items())
