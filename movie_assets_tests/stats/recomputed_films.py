"""Which films count for a brand, once more, without SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from movie_assets.warehouse.database import Database
from movie_assets_tests.stats.measuring import stored
from movie_assets_tests.stats.tables_as_rows import Key, Row, records

ORDER = ["top_release", "company", "keyword", "person", "curated"]


def films_of_brands(
    database: Database, matches: dict[str, Row], movies: dict[int, Row], rules: Iterable[Row]
) -> tuple[dict[Key, Row], dict[Key, Row]]:
    """brand_films and brand_films_left_out."""
    usable = [row for row in rules if row["names_agree"] is not False and row["brand"] in matches]
    claims: defaultdict[Key, set[str]] = defaultdict(set)
    for brand, film, reason in (
        *((brand, row["tmdb_id"], "top_release") for brand, row in matches.items() if row["status"] == "matched"),
        *((row["brand"], row["tmdb_entity_id"], "curated") for row in usable if row["kind"] == "included"),
        *_by_people(usable, records(stored(database, "tmdb_people_films"))),
        *_by_entity("company", usable, ((film, row["production_company_ids"]) for film, row in movies.items())),
        *_by_entity(
            "keyword",
            usable,
            ((row["tmdb_id"], row["keyword_ids"]) for row in records(stored(database, "raw_tmdb_movies"))),
        ),
    ):
        if film in movies:
            claims[brand, film].add(reason)
    excluded = {(row["brand"], row["tmdb_entity_id"]) for row in usable if row["kind"] == "excluded"}
    counting: dict[Key, Row] = {}
    left_out: dict[Key, Row] = {}
    brands_of: defaultdict[int, set[str]] = defaultdict(set)
    for (brand, film), found in claims.items():
        movie = movies[film]
        reasons = sorted(found, key=ORDER.index)
        facts = {"reasons": reasons, "title": movie["title"], "release_year": movie["release_year"]}
        if against := _against(movie, reasons, excluded=(brand, film) in excluded):
            left_out[brand, film] = facts | {"left_out_as": against}
        else:
            counting[brand, film] = facts | {"reason": reasons[0], "release_date": movie["release_date"]}
            brands_of[film].add(brand)
    for (brand, film), row in counting.items():
        row["other_brands"] = sorted(brands_of[film] - {brand})
    return counting, left_out


def _by_entity(
    kind: str, rules: Iterable[Row], films: Iterable[tuple[int, list[int] | None]]
) -> Iterator[tuple[str, int, str]]:
    brands: defaultdict[int, list[str]] = defaultdict(list)
    for rule in rules:
        if rule["kind"] == kind:
            brands[rule["tmdb_entity_id"]].append(rule["brand"])
    for film, entities in films:
        for entity in entities or ():
            for brand in brands.get(entity, ()):
                yield brand, film, kind


def _by_people(rules: Iterable[Row], lists: Iterable[Row]) -> Iterator[tuple[str, int, str]]:
    films: defaultdict[str, list[int]] = defaultdict(list)
    for entry in lists:
        films[entry["people"]].append(entry["tmdb_id"])
    for rule in rules:
        if rule["kind"] == "people":
            for film in films[rule["value"]]:
                yield rule["brand"], film, "person"


def _against(movie: Row, reasons: list[str], *, excluded: bool) -> list[str]:
    released = movie["release_date"]
    unreleased = movie["status"] not in (None, "Released") or released is None or released > datetime.now(UTC).date()
    if "top_release" in reasons:
        return []
    if "curated" in reasons:
        return ["unreleased"] if unreleased else []
    found = {
        "excluded": excluded,
        "adult": movie["adult"],
        "video": movie["video"],
        "tv_movie": "TV Movie" in (movie["genres"] or ()),
        "short": movie["runtime_minutes"] is not None and movie["runtime_minutes"] < 40,
        "unreleased": unreleased,
    }
    return [name for name, holds in found.items() if holds]
