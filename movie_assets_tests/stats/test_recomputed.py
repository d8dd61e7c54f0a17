"""Every statistic equals an independent computation to 1e-9: on the bundled films, and on many with gaps and ties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from movie_assets.settings import PROJECT_ROOT
from movie_assets.tmdb.rules import BrandRules, Company, read_brand_rules
from movie_assets.warehouse.database import Database
from movie_assets_tests.matching.bundled import bundled_brands, match_brands, match_bundled
from movie_assets_tests.matching.films import films, store_films
from movie_assets_tests.stats.measuring import measure, stored
from movie_assets_tests.stats.recomputed import Recomputed
from movie_assets_tests.stats.tables_as_rows import differences

RULES = PROJECT_ROOT / "data" / "brand_rules.csv"
GENRES = [{"id": number, "name": name} for number, name in enumerate(("Drama", "Comedy", "TV Movie", "War"), 1)]


def assert_all_equal(database: Database) -> None:
    """Every table of the statistics against the independent computation."""
    expected = Recomputed(database)
    for table, key, rows in (
        ("brand_films", ["brand", "tmdb_id"], expected.films),
        ("brand_films_left_out", ["brand", "tmdb_id"], expected.left_out),
        ("brand_intervals", ["brand", "measure"], expected.intervals),
        ("brand_stats", ["brand", "scope"], expected.stats()),
        ("brand_comparison", ["brand", "other_brand"], expected.comparison()),
        ("brand_overlaps", ["brand", "other_brand"], expected.overlaps()),
        ("genre_stats", ["brand", "genre"], expected.genres()),
        ("yearly_stats", ["brand", "release_year"], expected.years()),
    ):
        assert rows, table
        assert differences(stored(database, table), key, rows) == [], table


def test_the_bundled_films_give_what_an_independent_computation_gives(database: Database) -> None:
    match_bundled(database)
    stats = measure(database, read_brand_rules(RULES))
    assert_all_equal(database)
    scopes = stats.index.get_level_values("scope").value_counts()
    assert scopes.to_dict() == {"top_release": 45, "filmography": 44}
    filmographies = stats.xs("filmography", level="scope")
    assert filmographies["coverage"].notna().all()
    assert (filmographies["films"] >= 3).all()
    alone = stats.loc["Saturday Night Live - Alumni Debuts"]
    assert list(alone.index) == ["top_release"]
    assert alone.loc["top_release", "remark"] == "no rule can tell the brand's other films"
    # Nothing that speaks of a spread stands beside one film.
    top = stats.xs("top_release", level="scope")
    spreads = [name for name in top.columns if name.endswith(("_low", "_high", "_sd"))]
    assert len(spreads) == 13
    assert top[spreads].isna().all(axis=None)


@pytest.mark.parametrize(("count", "seed"), [(1_500, 1), pytest.param(88_000, 2, marks=pytest.mark.long)])
def test_many_films_with_gaps_give_what_an_independent_computation_gives(
    database: Database, count: int, seed: int
) -> None:
    store_films(database, made_up_films(count, seed))
    brands = bundled_brands().head(30)
    match_brands(database, brands)
    names = list(brands["brand"])
    rules = [
        BrandRules(
            brand,
            companies=(Company(number, "Company"), Company(number + 100, "Another name")),
            keywords=(number,) if number % 2 else (),
            people=("crew:7",) if number % 5 == 0 else (),
            included=tuple(range(number, number + number % 4)),
            excluded=tuple(range(number + 10, number + 14)),
        )
        for number, brand in enumerate(names[:25], 1)
    ]
    people = [("crew:7", film) for film in range(3, count, count // 40)]
    measure(database, rules, people)
    assert_all_equal(database)


def made_up_films(count: int, seed: int) -> pd.DataFrame:
    """Films with everything missing somewhere, many ties, few companies."""
    draws = np.random.default_rng(seed)

    def some(value: object, share: float = 0.9) -> object:
        return value if draws.random() < share else None

    def entries(choices: int, most: int, name: str) -> list[dict[str, object]]:
        return [{"id": int(number), "name": name} for number in draws.integers(1, choices, draws.integers(0, most + 1))]

    def film(number: int) -> dict[str, object]:
        return {
            "id": number,
            "title": f"Film {number}",
            "release_date": some(f"{draws.integers(1950, 2035)}-0{draws.integers(1, 10)}-11"),
            "status": some(str(draws.choice(["Released", "Released", "Released", "Planned"])), 0.5),
            "adult": bool(draws.random() < 0.02),
            "video": bool(draws.random() < 0.02),
            "runtime": some(int(draws.integers(0, 200))),
            "budget": some(int(draws.integers(0, 3)), 0.5),
            "revenue": some(int(draws.integers(0, 1_000)), 0.8),
            "popularity": some(float(draws.integers(0, 50)), 0.8),
            "vote_average": some(round(float(draws.uniform(0, 10)), 1)),
            "vote_count": some(int(draws.integers(0, 40))),
            "genres": some([GENRES[index] for index in draws.integers(0, 4, draws.integers(0, 4))]),
            "production_companies": some(entries(count // 100, 3, "Company")),
            "keywords": {"keywords": entries(count // 50, 2, "keyword")},
            "fetched_at": some(f"2026-0{draws.integers(1, 10)}-01T00:00:00Z", 0.5),
        }

    return films(*(film(number) for number in range(1, count + 1)))
