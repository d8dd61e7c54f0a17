"""What checks do to a real run: shrinking tables are pointed out, and a failed blocking check stops what follows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from movie_assets.checks.row_count import NAME as ROW_COUNT
from movie_assets.checks.row_count import compare_row_counts
from movie_assets.warehouse.database import Database
from movie_assets_tests.checks.refreshed import TABLES, bundled_brands, execute, films_file, platform, refresh
from movie_assets_tests.databases import temporary_database


@pytest.mark.parametrize(
    ("counts", "passed", "description"),
    [
        ([], True, "first materialization"),
        ([0], True, "first materialization"),
        ([1_000], True, "first materialization"),
        ([1_000, 10], True, "10 rows before, 1,000 now"),
        ([500, 1_000], True, "1,000 rows before, 500 now"),
        ([499, 1_000], False, "1,000 rows before, 499 now"),
        ([0, 1], False, "1 rows before, 0 now"),
        ([0, 0], True, "0 rows before, 0 now"),
    ],
)
def test_a_table_may_lose_half_of_its_rows(counts: list[int], passed: bool, description: str) -> None:
    result = compare_row_counts("brand_stats", counts)
    assert (result.passed, result.severity, result.description) == (passed, dg.AssetCheckSeverity.WARN, description)
    assert result.metadata["rows"].value == (counts[0] if counts else 0)
    assert ("rows_before" in result.metadata) == (len(counts) > 1)


def row_count_checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {
        check.asset_key.path[-1]: check.passed
        for check in result.get_asset_check_evaluations()
        if check.check_name == ROW_COUNT
    }


@dataclass(frozen=True)
class Refreshed:
    """A database after one refresh with the bundled files, of which one line is no brand."""

    database: Database
    instance: dg.DagsterInstance
    result: dg.ExecuteInProcessResult


@pytest.fixture(scope="module")
def refreshed(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refreshed]:
    directory = tmp_path_factory.mktemp("refreshed")
    brands = bundled_brands(directory / "brands.csv")
    with brands.open("a", encoding="utf-8") as file:
        file.write("Nobody,many,3,Heat,5\n")
    with temporary_database(server) as url, dg.DagsterInstance.ephemeral() as instance:
        result = refresh(platform(url, directory, brands=brands), instance)
        assert result.success
        yield Refreshed(Database(url), instance, result)


def test_a_failed_blocking_check_stops_what_is_downstream(refreshed: Refreshed, tmp_path: Path) -> None:
    database = refreshed.database
    before = database.rows("SELECT * FROM movies.brand_stats ORDER BY brand")
    films_before = database.scalar("SELECT count(*) FROM movies.normalized_movies")
    # A trigger that somebody put there loses the keys of a new film: nothing that publishing could notice.
    execute(
        database,
        "CREATE FUNCTION movies.lose() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF new.tmdb_id = 987654321 THEN RETURN NULL; END IF; RETURN new; END $$",
        "CREATE TRIGGER lose BEFORE INSERT ON movies.normalized_titles FOR EACH ROW EXECUTE FUNCTION movies.lose()",
    )
    more = films_file(tmp_path / "more.jsonl", more=[json.dumps({"id": 987654321, "title": "Lost"})])
    with dg.DagsterInstance.ephemeral() as instance:
        result = refresh(platform(database.libpq_uri, tmp_path, films=more), instance)
    execute(database, "DROP FUNCTION movies.lose() CASCADE")
    assert not result.success
    (failed,) = [check for check in result.get_asset_check_evaluations() if not check.passed and check.blocking]
    assert (failed.asset_key, failed.check_name) == (dg.AssetKey("normalized_titles"), "every_film_has_a_key")
    assert failed.metadata["examples"].value == ["tmdb_id=987654321, title=Lost"]
    materialized = {event.asset_key.path[-1] for event in result.get_asset_materialization_events()}
    from_tmdb = {"raw_tmdb_movies", "raw_tmdb_movies_deleted", "tmdb_people_films", "tmdb_ingestions"}
    assert materialized == {"raw_brands", "raw_brands_rejected", "normalized_titles", "check_results"} | from_tmdb
    assert database.scalar("SELECT count(*) FROM movies.normalized_movies") == films_before
    assert database.rows("SELECT * FROM movies.brand_stats ORDER BY brand") == before


def test_a_refresh_that_brings_far_fewer_rows_warns_and_goes_on(refreshed: Refreshed, tmp_path: Path) -> None:
    assert row_count_checks(refreshed.result) == dict.fromkeys(TABLES, True)
    few = platform(
        refreshed.database.libpq_uri,
        tmp_path,
        brands=bundled_brands(tmp_path / "few.csv", most=3),
        films=films_file(tmp_path / "few.jsonl", most=300),
    )
    second = refresh(few, refreshed.instance)
    assert second.success
    # What comes from TMDB alone is empty in both, there were no overrides to lose, and rules and checks stay.
    unchanged = {
        "raw_tmdb_movies_deleted",
        "tmdb_people_films",
        "tmdb_ingestions",
        "brand_match_overrides",
        "brand_rules",
        "check_results",
    }
    assert row_count_checks(second) == {name: name in unchanged for name in TABLES}
    (warned,) = [
        check
        for check in second.get_asset_check_evaluations()
        if check.check_name == ROW_COUNT and check.asset_key == dg.AssetKey("brand_stats")
    ]
    assert warned.severity == dg.AssetCheckSeverity.WARN
    assert {name: value.value for name, value in warned.metadata.items()} == {"rows": 6, "rows_before": 89}
    assert refreshed.database.scalar("SELECT count(*) FROM movies.brand_stats") == 6
