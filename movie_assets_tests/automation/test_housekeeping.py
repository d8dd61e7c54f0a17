"""What is forgotten and what stays, on a real instance of Dagster in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef
from sqlalchemy import text

from movie_assets.automation.housekeeping import forget, forgettable, housekeeping
from movie_assets.settings import Settings
from movie_assets.tmdb.ledger import purge_old_copies
from movie_assets.tmdb.ledger_tables import SCHEMA, ensure_tables
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.database import Database

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=10_000)


@pytest.fixture
def instance(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("MOVIE_ASSETS_DATABASE_URL", database.libpq_uri)
    monkeypatch.setenv("MOVIE_ASSETS_DAGSTER_DATABASE_URL", database.libpq_uri)
    custom = {"module": "movie_assets.dagster_storage", "class": "PlatformStorage", "config": {}}
    with dg.DagsterInstance.from_ref(
        InstanceRef.from_dir(str(tmp_path), overrides={"storage": {"custom": custom}})
    ) as made:
        yield made


@dg.asset
def brands() -> None: ...


@dg.asset_check(asset=brands)
def there_are_brands() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


definitions = dg.Definitions(assets=[brands], asset_checks=[there_are_brands], jobs=[dg.define_asset_job("all")])


def run(instance: dg.DagsterInstance) -> str:
    return definitions.resolve_job_def("all").execute_in_process(instance=instance).run_id


@dg.op
def nothing() -> None: ...


@dg.job
def other() -> None:
    nothing()


def test_runs_beyond_the_newest_are_forgotten_with_all_they_stored(
    instance: dg.DagsterInstance, database: Database
) -> None:
    runs = [run(instance) for _ in range(3)]
    old = list(forgettable(instance, before=LONG_AGO, keep=2))
    assert old == runs[:1]
    assert forget(instance, database, old) == 1
    assert {found.run_id for found in instance.get_runs()} == set(runs[1:])
    for table in ("event_logs", "asset_check_executions"):
        left = {row["run_id"] for row in database.rows(f"SELECT DISTINCT run_id FROM {table}")}
        assert left == set(runs[1:])
    assert not list((Path(instance.storage_directory()) / runs[0]).rglob("*.err"))


def test_old_runs_are_forgotten_but_for_the_newest_writer_of_a_table(instance: dg.DagsterInstance) -> None:
    writers = [run(instance), run(instance)]
    others = [other.execute_in_process(instance=instance).run_id for _ in range(2)]
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert set(forgettable(instance, before=soon, keep=100)) == {writers[0], *others}
    assert list(forgettable(instance, before=LONG_AGO, keep=100)) == []


def test_a_run_in_progress_is_never_forgotten(instance: dg.DagsterInstance) -> None:
    running = instance.create_run_for_job(other, status=dg.DagsterRunStatus.STARTED)
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert running.run_id not in list(forgettable(instance, before=soon, keep=0))


def test_copies_beyond_tmdbs_terms_are_purged(database: Database) -> None:
    assert purge_old_copies(database, NOW) == 0
    ensure_tables(database)
    with database.engine.begin() as connection:
        for number, days in ((1, 181), (2, 179)):
            connection.execute(
                text(
                    f"INSERT INTO {SCHEMA}.films (tmdb_id, title, origin, fetched_at, layout, changed)"
                    " VALUES (:id, 'A', 'tmdb', :at, 'x', FALSE)"
                ),
                {"id": number, "at": NOW - timedelta(days=days)},
            )
    assert purge_old_copies(database, NOW) == 1
    assert [row["tmdb_id"] for row in database.rows(f"SELECT tmdb_id FROM {SCHEMA}.films")] == [2]


def test_the_job_does_both(instance: dg.DagsterInstance, warehouse: Warehouse, settings: Settings) -> None:
    for _ in range(102):
        instance.create_run_for_job(other, status=dg.DagsterRunStatus.SUCCESS)
    kept = settings.model_copy(update={"keep_runs": 100})
    result = housekeeping.execute_in_process(instance=instance, resources={"settings": kept, "warehouse": warehouse})
    assert result.success
    # The job's own run is in progress meanwhile.
    assert instance.get_runs_count() == 101
