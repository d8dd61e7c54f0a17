"""check_results says what Dagster says of every check, also when a refresh fails and when a table is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from movie_assets.checks import CHECKS
from movie_assets.warehouse.database import Database
from movie_assets_tests.checks.refreshed import bundled_brands, execute, films_file, platform, refresh
from movie_assets_tests.databases import temporary_database

OTHERS = {
    (key.asset_key.path[-1], key.name)
    for checks in CHECKS
    for key in checks.check_keys
    if key.asset_key != dg.AssetKey("check_results")
}


@pytest.fixture
def url(server: str) -> Iterator[str]:
    with temporary_database(server) as url:
        yield url


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def stored(url: str) -> dict[tuple[str, str], dict[str, object]]:
    rows = Database(url).rows("SELECT * FROM movies.check_results")
    return {(str(row["table_name"]), str(row["check_name"])): row for row in rows}


def test_every_check_of_another_table_is_told_as_dagster_tells_it(
    url: str, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    settings = platform(
        url, tmp_path, brands=bundled_brands(tmp_path / "brands.csv", most=5), films=films_file(tmp_path / "f", most=99)
    )
    result = refresh(settings, instance)

    found = stored(url)
    assert set(found) == OTHERS
    told = {(one.asset_key.path[-1], one.check_name): one for one in result.get_asset_check_evaluations()}
    for key, row in found.items():
        assert row["passed"] == told[key].passed
        assert row["found"] == told[key].description
        assert row["severity"] == told[key].severity.value
        assert row["run_id"] == result.run_id
        violations = told[key].metadata.get("violations")
        assert row["violations"] == (violations.value if violations else None)
    # A brand whose film is not among the first hundred is for a person to look at.
    assert {row["passed"] for row in found.values()} == {True, False}


@pytest.mark.long
def test_a_refresh_that_fails_writes_it_too_and_an_audit_brings_it_in_line(
    url: str, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    films = films_file(tmp_path / "films.jsonl", most=99)
    settings = platform(url, tmp_path, brands=bundled_brands(tmp_path / "brands.csv", most=5), films=films)
    assert refresh(settings, instance).success

    unusable = tmp_path / "overrides.csv"
    unusable.write_text("brand,top_release,tmdb_id,who,why\nPixar,Incredibles 2,,Ann,a test\n", encoding="utf-8")
    failed = refresh(settings.model_copy(update={"match_overrides": unusable}), instance)
    assert not failed.success
    found = stored(url)
    never_evaluated = found["brand_stats", "key_is_unique"]
    assert [never_evaluated[name] for name in ("passed", "found", "evaluated_at")] == [None, None, None]
    assert never_evaluated["run_id"] == failed.run_id
    evaluated = found["raw_brands", "key_is_unique"]
    assert (evaluated["passed"], evaluated["run_id"]) == (True, failed.run_id)

    execute(Database(url), "UPDATE movies.brand_stats SET films = 2 WHERE scope = 'top_release'")
    assert refresh(settings, instance, job="audit").success
    damaged = stored(url)["brand_stats", "top_release_is_one_film"]
    assert (damaged["passed"], damaged["violations"], damaged["found"]) == (False, 5, "5 violations")
    assert damaged["severity"] == "ERROR"
