"""brand_stats in scope top_release, and of films that are known in part, against metrics computed by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd

from movie_assets.tmdb.rules import BrandRules
from movie_assets.warehouse.database import Database
from movie_assets_tests.matching.bundled import match_brands
from movie_assets_tests.matching.films import films, store_films
from movie_assets_tests.stats.measuring import measure
from movie_assets_tests.stats.tables_as_rows import same

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


def known(value: Any) -> Any:
    """The value, None where it is missing."""
    return None if pd.isna(value) else value


def stats_of(database: Database, *rows: tuple[str, int, int, str, int], film: dict[str, Any]) -> pd.DataFrame:
    """The statistics of brands whose only film is `film`, well rated and dated but for what it says."""
    known = {"title": "Heat", "release_date": "1995-12-15", "vote_count": 9_000, "vote_average": 7.9, "runtime": 170}
    store_films(database, films({**known, "popularity": 50.0, "revenue": 187, **film}))
    match_brands(database, brands(*rows))
    return measure(database).xs("top_release", level="scope")


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
        assert same(known(stats.at[brand, "gross_per_release_usd"]), per_release), brand
        assert same(known(stats.at[brand, "top_release_share"]), share), brand


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


def test_the_films_of_a_brand_are_weighted_by_their_ratings(database: Database) -> None:
    store_films(
        database,
        films(
            {
                **{"title": "One", "vote_average": 8.0, "vote_count": 300, "popularity": 1.0, "budget": 2},
                **{"release_date": "1999-01-01", "revenue": 1, "genres": [{"id": 18, "name": "Drama"}]},
            },
            {
                **{
                    "title": "Two",
                    "vote_average": 5.0,
                    "vote_count": 100,
                    "popularity": 2.0,
                    "revenue": 7,
                    "budget": 2,
                },
                **{"release_date": "2008-01-01", "genres": [{"id": 35, "name": "Comedy"}, {"id": 18, "name": "Drama"}]},
            },
            # Its mean is off the scale, so its ratings weigh nothing.
            {"title": "Three", "vote_average": 75.0, "vote_count": 200, "revenue": 5, "release_date": "2010-01-01"},
        ),
    )
    match_brands(database, brands(("Brand", 400, 4, "Nothing of That Name", 100)))
    stats = measure(database, [BrandRules("Brand", included=(1, 2, 3))])
    row = stats.loc["Brand", "filmography"]
    assert [row[name] for name in COUNTS] == [3, 2, 2, 3]
    assert (row["vote_average_mean"], row["vote_average_median"], row["vote_average_weighted"]) == (6.5, 6.5, 7.25)
    assert (row["vote_count_sum"], row["vote_count_median"]) == (600, 200.0)
    assert (row["popularity_mean"], row["popularity_percentile_mean"]) == (1.5, 0.5)
    assert (row["revenue_sum_usd"], row["first_year"], row["last_year"]) == (13, 1999, 2010)
    assert (row["return_films"], row["return_median"]) == (2, (1 / 2 + 7 / 2) / 2)
    assert (row["films_per_decade"], row["coverage"]) == (10 * 3 / 12, 3 / 4)
    assert (row["genre_films"], row["main_genre"], row["main_genre_share"]) == (2, "Drama", 1.5 / 2)
    # m and C are of the two rated films: 200 ratings of mean 6.5.
    assert (row["bayesian_m"], row["bayesian_c"]) == (200.0, 6.5)
    of_films = [(300 * 8.0 + 200 * 6.5) / 500, (100 * 5.0 + 200 * 6.5) / 300]
    assert same(row["bayesian_rating"], sum(of_films) / 2)
    assert row["remark"] == "the #1 release has no film; fewer than 5 rated films: no rank and no interval"
    top = stats.loc["Brand", "top_release"]
    assert (top["films"], list(top["basis"])) == (0, [])
    assert pd.isna(top["vote_average_sd"])


def test_a_brand_with_more_films_than_releases_is_flagged(database: Database) -> None:
    store_films(
        database, films(*({"title": f"Film {n}", "release_date": "1999-01-01", "vote_count": 9} for n in range(22)))
    )
    match_brands(
        database, brands(("Wide", 400, 20, "None", 1), ("Full", 400, 21, "None", 1), ("Odd", 400, 0, "None", 1))
    )
    every = tuple(range(1, 23))
    stats = measure(database, [BrandRules(brand, included=every) for brand in ("Wide", "Full", "Odd")])
    films_of = stats.xs("filmography", level="scope")
    assert {brand: known(flag) for brand, flag in films_of["coverage_exceeded"].items()} == {
        **{"Wide": True, "Full": False, "Odd": None},
    }
    assert films_of.loc["Wide", "coverage"] == 22 / 20
    assert "more films than releases" in films_of.loc["Wide", "remark"]
    assert "more films than releases" not in films_of.loc["Full", "remark"]
