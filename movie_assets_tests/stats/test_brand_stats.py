"""brand_films.sql and brand_stats.sql against the same metrics computed by hand and, for the sample, by pandas."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.reading import read
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.matching.bundled import match_brands, match_bundled
from movie_assets_tests.matching.films import films, store, store_films

METRICS = [
    "vote_average_mean",
    "vote_average_weighted",
    "vote_count_sum",
    "vote_count_median",
    "popularity_mean",
    "popularity_percentile_mean",
    "revenue_sum_usd",
    "first_year",
    "last_year",
]
COUNTS = ["films", "rated_films", "popularity_films", "revenue_films"]


def brands(*rows: tuple[str, int, int, str, int]) -> pd.DataFrame:
    """raw_brands: brand, total gross, releases, #1 release and its gross, on lines 2, 3, 4..."""
    frame = pd.DataFrame(rows, columns=["brand", "total_gross_usd", "releases", "top_release", "top_release_gross_usd"])
    return frame.assign(source_line=range(2, len(rows) + 2), source_sha256="0" * 64)


def measure(database: Database) -> pd.DataFrame:
    """brand_films and brand_stats computed and stored; the statistics by brand."""
    store(database, "brand_films", Query.from_file("movie_assets.stats", "brand_films.sql"))
    store(database, "brand_stats", Query.from_file("movie_assets.stats", "brand_stats.sql"))
    return read(database, metadata.tables["movies.brand_stats"], ordered=True).set_index("brand")


def stats_of(database: Database, *rows: tuple[str, int, int, str, int], film: dict[str, Any]) -> pd.DataFrame:
    """The statistics of brands whose only film is `film`, well rated and dated but for what it says."""
    known = {"title": "Heat", "release_date": "1995-12-15", "vote_count": 9_000, "vote_average": 7.9, "runtime": 170}
    store_films(database, films({**known, "popularity": 50.0, "revenue": 187, **film}))
    match_brands(database, brands(*rows))
    return measure(database)


def same(found: object, expected: object) -> bool:
    """Whether two values are equal, or equal to 1e-9, or both unknown."""
    if pd.isna(expected) or pd.isna(found):  # type: ignore[call-overload]
        return bool(pd.isna(expected) and pd.isna(found))  # type: ignore[call-overload]
    if isinstance(expected, float):
        return math.isclose(float(str(found)), expected, rel_tol=1e-9, abs_tol=1e-9)
    return found == expected


def recomputed(database: Database) -> dict[str, dict[str, object]]:
    """brand_stats from the stored inputs, brand by brand, without SQL."""
    tables = {
        name: read(database, metadata.tables[f"movies.{name}"])
        for name in ("raw_brands", "brand_film_matches", "brand_films", "normalized_movies")
    }
    raw = tables["raw_brands"].sort_values("source_line").drop_duplicates("brand").set_index("brand")
    status = tables["brand_film_matches"].set_index("brand")["status"]
    movies = tables["normalized_movies"].set_index("tmdb_id")
    expected: dict[str, dict[str, object]] = {}
    for brand, row in raw.iterrows():
        ids = tables["brand_films"].loc[tables["brand_films"]["brand"] == brand, "tmdb_id"]
        mine = movies.loc[ids]
        rated = mine[mine["vote_average"].notna()]
        total, top, releases = int(row["total_gross_usd"]), int(row["top_release_gross_usd"]), int(row["releases"])
        weights = float(rated["vote_count"].sum())
        expected[str(brand)] = {
            "scope": "top_release",
            "total_gross_usd": total,
            "releases": releases,
            "gross_per_release_usd": total / releases if releases else None,
            "top_release": row["top_release"],
            "top_release_gross_usd": top,
            "top_release_share": top / total if total and top <= total else None,
            "match_status": status[brand],
            "films": len(mine),
            "rated_films": len(rated),
            "vote_average_mean": float(rated["vote_average"].mean()) if len(rated) else None,
            "vote_average_weighted": (
                float((rated["vote_average"] * rated["vote_count"]).sum()) / weights if weights else None
            ),
            "vote_count_sum": int(mine["vote_count"].sum()) if len(mine) else None,
            "vote_count_median": float(mine["vote_count"].median()) if len(mine) else None,
            "popularity_films": int(mine["popularity"].notna().sum()),
            "popularity_mean": float(mine["popularity"].mean()) if mine["popularity"].notna().any() else None,
            "popularity_percentile_mean": (
                float(mine["popularity_percentile"].mean()) if mine["popularity"].notna().any() else None
            ),
            "revenue_films": int(mine["revenue_usd"].notna().sum()),
            "revenue_sum_usd": int(mine["revenue_usd"].sum()) if mine["revenue_usd"].notna().any() else None,
            "first_year": mine["release_year"].min() if len(mine) else None,
            "last_year": mine["release_year"].max() if len(mine) else None,
        }
    return expected


def test_the_bundled_brands_equal_an_independent_computation(database: Database) -> None:
    match_bundled(database)
    found = measure(database)
    expected = recomputed(database)
    assert set(found.index) == set(expected)
    assert len(found) == 45
    for brand, values in expected.items():
        assert set(values) == set(found.columns)
        found_here = {name: found.at[brand, name] for name in values}
        wrong = {name: (found_here[name], value) for name, value in values.items() if not same(found_here[name], value)}
        assert wrong == {}, brand
    assert found.loc["Pixar", "vote_average_mean"] == pytest.approx(found.loc["Pixar", "vote_average_weighted"])


def test_brands_share_a_film_and_each_has_it(database: Database) -> None:
    match_bundled(database)
    measure(database)
    rows = database.rows("SELECT brand, tmdb_id, reason, title, release_year FROM movies.brand_films ORDER BY brand")
    assert [row["brand"] for row in rows if row["tmdb_id"] == 346364] == ["Stephen King", "Vertigo Entertainment"]
    assert {row["reason"] for row in rows} == {"top_release"}
    (pixar,) = [row for row in rows if row["brand"] == "Pixar"]
    assert (pixar["tmdb_id"], pixar["title"], pixar["release_year"]) == (260513, "Incredibles 2", 2018)


def test_a_brand_without_a_matched_film_has_no_film_metrics(database: Database) -> None:
    stats = stats_of(
        database,
        ("Nobody", 400, 4, "Nothing of That Name", 100),
        ("Somebody", 400, 4, "Heat", 100),
        film={"revenue": None, "vote_count": 1},
    )
    assert stats["match_status"].to_dict() == {"Nobody": "unmatched", "Somebody": "review"}
    assert (stats[COUNTS] == 0).all(axis=None)
    assert stats[METRICS].isna().all(axis=None)
    assert (stats["gross_per_release_usd"] == 100.0).all()
    assert (stats["top_release_share"] == 0.25).all()


def test_the_first_line_of_a_repeated_brand_counts(database: Database) -> None:
    stats = stats_of(database, ("Brand", 400, 4, "Heat", 100), ("Brand", 900, 9, "Heat", 900), film={})
    assert len(stats) == 1
    row = stats.loc["Brand"]
    assert (row["total_gross_usd"], row["releases"], row["top_release_gross_usd"], row["films"]) == (400, 4, 100, 1)


def test_shares_and_means_of_the_brand_file(database: Database) -> None:
    much = 9_000_000_000_000_001
    expected = {
        ("plain", 400, 4, "Heat", 100): (100.0, 0.25),
        ("no releases", 400, 0, "Heat", 100): (None, 0.25),
        ("contradictory", 99, 4, "Heat", 100): (24.75, None),
        ("one release", 100, 1, "Heat", 100): (100.0, 1.0),
        ("no gross", 0, 1, "Heat", 0): (0.0, None),
        ("beyond 32 bits", much, 3, "Heat", 100): (much / 3, 100 / much),
    }
    stats = stats_of(database, *expected, film={})
    for (brand, *_), (per_release, share) in expected.items():
        assert same(stats.at[brand, "gross_per_release_usd"], per_release), brand
        assert same(stats.at[brand, "top_release_share"], share), brand


def test_each_metric_has_its_own_sample(database: Database) -> None:
    gross = 187
    stats = stats_of(
        database,
        # A fitting gross alone is too little; the production company's name makes up for the missing ratings.
        ("Warner", 400, 4, "Heat", gross - 1),
        ("Regency", 400, 4, "Heat", gross),
        film={
            "revenue": gross,
            "production_companies": [{"id": 1, "name": "Regency Enterprises"}],
            **{"vote_average": 0.0, "vote_count": 0, "popularity": None},
        },
    )
    assert stats.at["Warner", "match_status"] == "review"
    found = stats.loc["Regency"]
    assert found["match_status"] == "matched"
    assert [found[name] for name in COUNTS] == [1, 0, 0, 1]
    assert (found["vote_count_sum"], found["vote_count_median"]) == (0, 0.0)
    assert (found["revenue_sum_usd"], found["first_year"], found["last_year"]) == (gross, 1995, 1995)
    ratings = ["vote_average_mean", "vote_average_weighted"]
    assert found[[*ratings, "popularity_mean", "popularity_percentile_mean"]].isna().all()


def test_several_films_of_a_brand_are_weighted_by_their_ratings(database: Database) -> None:
    # One film per brand is what is published now; the statement is right for more.
    store_films(
        database,
        films(
            {"title": "One", "vote_average": 8.0, "vote_count": 300, "popularity": 1.0, "release_date": "1999-01-01"},
            {"title": "Two", "vote_average": 5.0, "vote_count": 100, "popularity": 2.0, "revenue": 7},
            # Its mean is off the scale, so its ratings weigh nothing.
            {"title": "Three", "vote_average": 75.0, "vote_count": 200, "revenue": 5, "release_date": "2010-01-01"},
        ),
    )
    match_brands(database, brands(("Brand", 400, 4, "One", 100)))
    store(
        database,
        "brand_films",
        pd.DataFrame(
            {
                "brand": ["Brand"] * 3,
                "tmdb_id": [1, 2, 3],
                "reason": ["top_release"] * 3,
                "title": ["One", "Two", "Three"],
                "release_year": pd.array([1999, None, 2010], dtype="Int64"),
            }
        ),
    )
    store(database, "brand_stats", Query.from_file("movie_assets.stats", "brand_stats.sql"))
    row = read(database, metadata.tables["movies.brand_stats"]).iloc[0]
    assert [row[name] for name in COUNTS] == [3, 2, 2, 2]
    assert (row["vote_average_mean"], row["vote_average_weighted"]) == (6.5, 7.25)
    assert (row["vote_count_sum"], row["vote_count_median"]) == (600, 200.0)
    assert (row["popularity_mean"], row["popularity_percentile_mean"]) == (1.5, 0.5)
    assert (row["revenue_sum_usd"], row["first_year"], row["last_year"]) == (12, 1999, 2010)
