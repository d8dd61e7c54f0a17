"""Dagster's storage beside the warehouse: what dagster-postgres would store, in fewer transactions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent
from dagster._core.execution.plan.objects import StepSuccessData
from dagster._core.instance.ref import InstanceRef
from dagster_postgres import PostgresEventLogStorage
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from movie_assets.dagster_connections import TRUSTED_SECONDS, watch
from movie_assets.dagster_events import PlatformEventLog
from movie_assets.dagster_storage import PlatformStorage
from movie_assets.settings import Settings
from movie_assets.warehouse.addresses import hosts_of
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.database import Database

TABLES = ("event_logs", "asset_keys", "asset_check_executions")


@pytest.fixture
def storage(warehouse: Warehouse) -> PlatformStorage:
    return PlatformStorage(warehouse)


@pytest.fixture
def instance(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance that has found the storage in its configuration."""
    monkeypatch.setenv("MOVIE_ASSETS_DATABASE_URL", database.libpq_uri)
    monkeypatch.setenv("MOVIE_ASSETS_DAGSTER_DATABASE_URL", database.libpq_uri)
    custom = {"module": "movie_assets.dagster_storage", "class": "PlatformStorage", "config": {}}
    reference = InstanceRef.from_dir(str(tmp_path), overrides={"storage": {"custom": custom}})
    with dg.DagsterInstance.from_ref(reference) as made:
        yield made


@dg.asset
def brands() -> int:
    return 45


@dg.asset_check(asset=brands, blocking=True)
def there_are_brands() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True, metadata={"brands": 45})


definitions = dg.Definitions(assets=[brands], asset_checks=[there_are_brands], jobs=[dg.define_asset_job("all")])


def stored(database: Database) -> dict[str, int]:
    return {table: int(str(database.scalar(f"SELECT count(*) FROM {table}"))) for table in TABLES}


def test_a_run_with_checks_is_stored_and_read_back(instance: dg.DagsterInstance) -> None:
    result = definitions.resolve_job_def("all").execute_in_process(instance=instance)
    events = instance.all_logs(result.run_id)
    types = [event.dagster_event.event_type_value for event in events if event.dagster_event]
    assert types[-1] == "PIPELINE_SUCCESS"
    assert {"ASSET_MATERIALIZATION_PLANNED", "ASSET_CHECK_EVALUATION_PLANNED"} <= set(types)
    [check] = instance.event_log_storage.get_asset_check_execution_history(there_are_brands.check_key, limit=5)
    assert (check.run_id, check.status.value) == (result.run_id, "SUCCEEDED")
    made = instance.get_latest_materialization_event(dg.AssetKey("brands"))
    assert made is not None
    assert made.run_id == result.run_id


def test_planned_events_may_come_in_one_transaction(
    instance: dg.DagsterInstance, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    run = instance.create_run_for_job(definitions.resolve_job_def("all"))
    transactions = "SELECT count(DISTINCT xmin::text) FROM event_logs WHERE dagster_event_type LIKE '%PLANNED'"
    assert stored(database) == {"event_logs": 2, "asset_keys": 1, "asset_check_executions": 1}
    assert database.scalar(transactions) == 1
    assert len(instance.all_logs(run.run_id)) == 2


def test_an_event_that_cannot_be_stored_whole_is_not_stored(instance: dg.DagsterInstance, database: Database) -> None:
    with database.engine.begin() as connection:
        # What follows from the event for the check is stored after the event itself.
        connection.execute(text("ALTER TABLE asset_check_executions ADD CHECK (check_name <> 'there_are_brands')"))
    with pytest.raises(Exception, match="violates check constraint"):
        instance.create_run_for_job(definitions.resolve_job_def("all"))
    assert database.scalar("SELECT count(*) FROM event_logs WHERE dagster_event_type LIKE '%CHECK%'") == 0
    # The connection is usable again.
    assert instance.get_runs_count() == 1


@pytest.mark.parametrize(
    ("event_type", "durable"),
    [("PIPELINE_SUCCESS", True), ("PIPELINE_FAILURE", True), ("STEP_START", False), ("STEP_SUCCESS", False)],
)
def test_only_what_tells_of_a_run_as_a_whole_waits_for_the_disk(
    storage: PlatformStorage, database: Database, event_type: str, durable: bool
) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE commits (waits text)"))
        connection.execute(
            text(
                "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " INSERT INTO commits VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$"
            )
        )
        connection.execute(text("CREATE TRIGGER note BEFORE INSERT ON event_logs FOR EACH ROW EXECUTE FUNCTION note()"))
    data = StepSuccessData(duration_ms=1.0) if event_type == "STEP_SUCCESS" else None
    entry = dg.EventLogEntry(
        error_info=None,
        level=20,
        user_message="",
        run_id="run",
        timestamp=0.0,
        step_key=None if durable else "step",
        job_name="all",
        dagster_event=DagsterEvent(event_type, "all", event_specific_data=data),
    )
    storage.event_log_storage.store_event(entry)
    assert database.scalar("SELECT waits FROM commits") == ("on" if durable else "off")


def test_instances_of_one_process_share_their_connections(instance: dg.DagsterInstance, database: Database) -> None:
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    reference = instance.get_ref()
    held = []
    for _ in range(5):
        # As every tick of a sensor does; nothing closes what the instance holds.
        held.append(dg.DagsterInstance.from_ref(reference))
        held[-1].get_runs_count()
    assert int(str(database.scalar(sessions))) <= 2


def test_a_connection_that_the_server_dropped_is_replaced(instance: dg.DagsterInstance, database: Database) -> None:
    instance.get_runs_count()
    database.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    time.sleep(TRUSTED_SECONDS)
    assert instance.get_runs_count() == 0


def with_a_standby(database: Database) -> Database:
    """The same server as an address with two hosts leads to it."""
    [(host, port)] = hosts_of(database.url)
    hosts = f"host={host},{host}&port={port or 5432},{port or 5432}"
    return Database(f"postgresql://{database.url.username}@/{database.url.database}?{hosts}")


def test_a_connection_to_a_server_that_takes_no_writes_any_more_is_replaced(database: Database) -> None:
    pool = watch(create_engine(with_a_standby(database).sqlalchemy_uri, pool_size=1))
    with pool.connect() as connection:
        first = connection.execute(text("SELECT pg_backend_pid()")).scalar()
        # As after a demotion, which ends no session that only reads.
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        connection.commit()
    time.sleep(TRUSTED_SECONDS)
    with pool.begin() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar() != first
        connection.execute(text("CREATE TABLE written ()"))
    pool.dispose()


@pytest.mark.parametrize("state", ["25006", "57P01"])
def test_a_query_that_fails_as_its_server_ends_or_turns_read_only_ends_the_connection(
    database: Database, state: str
) -> None:
    pool = watch(create_engine(with_a_standby(database).sqlalchemy_uri, pool_size=1, isolation_level="AUTOCOMMIT"))
    with pool.connect() as connection:
        first = connection.execute(text("SELECT pg_backend_pid()")).scalar()
        with pytest.raises(DBAPIError):
            connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION SQLSTATE '{state}'; END $$"))
        assert connection.invalidated
    with pool.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar() != first
    pool.dispose()


def test_the_webservers_own_pools_are_watched_too(instance: dg.DagsterInstance, database: Database) -> None:
    instance.optimize_for_webserver(statement_timeout=5000, pool_recycle=3600, max_overflow=5)
    instance.get_runs_count()
    database.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    time.sleep(TRUSTED_SECONDS)
    assert instance.get_runs_count() == 0


def test_tables_are_made_once_and_found_afterwards(warehouse: Warehouse, storage: PlatformStorage) -> None:
    assert isinstance(storage.event_log_storage, PlatformEventLog)
    assert isinstance(storage.event_log_storage, PostgresEventLogStorage)
    assert storage.should_autocreate_tables
    assert not PlatformStorage(warehouse).should_autocreate_tables
