"""One snapshot a day: the last refresh of a day counts, earlier days stay, and no total is summed across brands."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlglot import exp, parse

from movie_assets.settings import PROJECT_ROOT
from movie_assets.warehouse.database import Database
from movie_assets_tests.checks.refreshed import execute
from movie_assets_tests.matching.bundled import match_brands
from movie_assets_tests.matching.films import films, store_films
from movie_assets_tests.stats.measuring import measure, stored
from movie_assets_tests.stats.test_brand_stats import brands

STATEMENTS = sorted((PROJECT_ROOT / "movie_assets" / "stats").glob("*.sql"))


def test_the_last_refresh_of_a_day_counts_and_earlier_days_stay(database: Database) -> None:
    store_films(database, films({"title": "Heat", "release_date": "1995-12-15", "vote_count": 9_000, "revenue": 187}))
    match_brands(database, brands(("Gone", 400, 4, "Heat", 100), ("Stays", 400, 4, "Heat", 100)))
    measure(database)
    execute(database, "UPDATE movies.brand_stats_history SET snapshot_date = snapshot_date - 1")
    measure(database)
    match_brands(database, brands(("New", 900, 4, "Heat", 100), ("Stays", 500, 4, "Heat", 100)))
    measure(database)
    history = stored(database, "brand_stats_history")
    days = sorted(set(history["snapshot_date"]))
    assert len(days) == 2
    found = [
        dict(zip(day["brand"], day["total_gross_usd"], strict=True))
        for day in (history[history["snapshot_date"] == day] for day in days)
    ]
    assert found == [{"Gone": 400, "Stays": 400}, {"New": 900, "Stays": 500}]
    assert set(history["brands_sha256"]) == {"0" * 64}


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_no_total_is_summed_across_brands(path: Path) -> None:
    (statement,) = parse(path.read_text(encoding="utf-8"), read="postgres")
    assert statement is not None
    for total in statement.find_all(exp.Sum):
        if isinstance(total.parent, exp.Window):
            continue
        select = total.find_ancestor(exp.Select)
        assert select is not None
        grouped = {column.name for column in (select.args.get("group") or exp.Group()).find_all(exp.Column)}
        assert "brand" in grouped, f"{path.name}: {total.sql()} is not within a brand"
