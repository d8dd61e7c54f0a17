"""Real ticks of the brand file's sensor on a real file and a real Dagster instance."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from movie_assets.automation.brand_file import Seen
from movie_assets.automation.sensors import CONTENT_TAG, MOST_ATTEMPTS, SILENT_AFTER, brand_file_changes
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.errors import DatabaseUnavailableError
from movie_assets_tests.automation.writers import open_for_writing
from movie_assets_tests.databases import temporary_database

# A tick that waits must end long before this; Dagster itself ends one after a minute.
LONG = 50.0

A, B = b"Brand,Total\nPixar,1\n", b"Brand,Total\nPixar,2\n"

TickResult = dg.SensorResult | dg.SkipReason


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture(scope="module")
def nothing_stored(server: str) -> Iterator[Warehouse]:
    """A warehouse without any table."""
    with temporary_database(server) as url:
        warehouse = Warehouse(Settings(database_url=SecretStr(url), dagster_database_url=SecretStr(url)))
        yield warehouse
        warehouse.close()


class Ticks:
    """The sensor's ticks on one file, each with the cursor that the one before left; none waits for a change."""

    def __init__(self, instance: dg.DagsterInstance, path: Path, warehouse: Warehouse) -> None:
        self.path = path
        self.cursor: str | None = None
        self._instance = instance
        self.settings = Settings(brands_csv=path, watch_seconds=0)
        self.warehouse = warehouse

    def wait(self, seconds: float) -> None:
        """Let ticks wait for a change for so long."""
        self.settings = self.settings.model_copy(update={"watch_seconds": seconds})

    def __call__(self) -> TickResult:
        context = dg.build_sensor_context(
            instance=self._instance,
            resources={"settings": self.settings, "warehouse": self.warehouse},
            cursor=self.cursor,
        )
        with context:
            result = brand_file_changes(context)
            assert isinstance(result, TickResult)
            self.cursor = context.cursor
        if isinstance(result, dg.SensorResult):
            assert result.cursor is not None
            self.cursor = result.cursor
        return result

    def requested(self) -> str | None:
        """The content for which this tick requests a run, if it does."""
        result = self()
        if isinstance(result, dg.SkipReason) or not result.run_requests:
            return None
        (request,) = result.run_requests
        # Dagster would ignore a key that it has seen before, and content may come back.
        assert request.run_key is None
        return request.tags[CONTENT_TAG]


@pytest.fixture
def ticks(instance: dg.DagsterInstance, tmp_path: Path, nothing_stored: Warehouse) -> Ticks:
    path = tmp_path / "brands.csv"
    path.write_bytes(A)
    return Ticks(instance, path, nothing_stored)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def reason(result: TickResult) -> str:
    assert isinstance(result, dg.SkipReason)
    return result.skip_message or ""


def test_first_sight_requests_a_run_and_records_what_was_seen(ticks: Ticks) -> None:
    result = ticks()
    assert isinstance(result, dg.SensorResult)
    (request,) = result.run_requests or []
    assert request.job_name == "refresh"
    assert request.tags[CONTENT_TAG] == sha256(A)
    (observation,) = result.asset_events
    assert observation.asset_key == dg.AssetKey("brands_csv")
    assert observation.metadata["sha256"].value == sha256(A)
    assert Seen.from_cursor(ticks.cursor) == Seen(sha256(A))


def test_an_equal_rewrite_does_nothing(ticks: Ticks) -> None:
    assert ticks.requested() == sha256(A)
    ticks.path.write_bytes(A)
    os.utime(ticks.path, (1, 1))
    assert reason(ticks()) == "The brand file has not changed."


def test_content_that_comes_back_is_refreshed_again(ticks: Ticks) -> None:
    found = []
    for content in (A, B, A):
        ticks.path.write_bytes(content)
        found.append(ticks.requested())
    assert found == [sha256(A), sha256(B), sha256(A)]


def test_a_deleted_file_is_reported_once_and_may_come_back(ticks: Ticks) -> None:
    ticks.requested()
    ticks.path.unlink()
    reported = ticks()
    assert isinstance(reported, dg.SensorResult)
    assert not reported.run_requests
    assert "does not exist" in (reported.skip_reason.skip_message if reported.skip_reason else "")
    (observation,) = reported.asset_events
    assert observation.metadata["missing"].value is True
    assert "still not there" in reason(ticks())

    ticks.path.write_bytes(A)
    assert ticks.requested() is None
    assert Seen.from_cursor(ticks.cursor) == Seen(sha256(A))
    ticks.path.unlink()
    assert isinstance(ticks(), dg.SensorResult)
    ticks.path.write_bytes(B)
    assert ticks.requested() == sha256(B)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["directory", "fifo"])
def test_something_else_in_its_place_is_reported_and_not_waited_for(ticks: Ticks, make: type[Path]) -> None:
    ticks.requested()
    ticks.path.unlink()
    make(ticks.path)
    reported = ticks()
    assert isinstance(reported, dg.SensorResult)
    assert not reported.run_requests
    assert "expected a regular file" in (reported.skip_reason.skip_message if reported.skip_reason else "")
    assert Seen.from_cursor(ticks.cursor) == Seen(sha256(A), missing=True)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whether a file is open for writing")
def test_a_file_that_is_being_written_is_left_alone(ticks: Ticks) -> None:
    ticks.requested()
    ticks.path.write_bytes(B)
    with open_for_writing(ticks.path):
        assert "open for writing" in reason(ticks())
    assert ticks.requested() == sha256(B)


def test_an_edit_while_a_tick_waits_is_seen_in_that_tick(ticks: Ticks) -> None:
    assert ticks.requested() == sha256(A)
    ticks.wait(LONG)
    editing = threading.Timer(0.5, ticks.path.write_bytes, [B])
    editing.start()
    assert ticks.requested() == sha256(B)
    editing.join()


def test_a_deletion_while_a_tick_waits_is_told_in_that_tick(ticks: Ticks) -> None:
    assert ticks.requested() == sha256(A)
    ticks.wait(LONG)
    deleting = threading.Timer(0.5, ticks.path.unlink)
    deleting.start()
    reported = ticks()
    deleting.join()
    assert isinstance(reported, dg.SensorResult)
    assert "does not exist" in (reported.skip_reason.skip_message if reported.skip_reason else "")


def test_the_end_of_a_refresh_while_a_tick_waits_is_seen_in_that_tick(
    ticks: Ticks, instance: dg.DagsterInstance
) -> None:
    run = started(instance, "refresh_brands")
    ticks.wait(LONG)
    ending = threading.Timer(0.5, instance.report_run_canceled, [run])
    ending.start()
    assert ticks.requested() == sha256(A)
    ending.join()


def test_an_equal_rewrite_while_a_tick_waits_does_not_end_it(ticks: Ticks) -> None:
    assert ticks.requested() == sha256(A)
    ticks.wait(2)
    writing = threading.Timer(0.3, ticks.path.write_bytes, [A])
    writing.start()
    assert reason(ticks()) == "The brand file has not changed."
    # The timer has long fired; a tick that did not wait would have ended before it did.
    assert writing.finished.is_set()


@dg.op
def nothing() -> None:
    pass


def job_named(name: str) -> dg.JobDefinition:
    return dg.JobDefinition(name=name, graph_def=dg.GraphDefinition(name=name, node_defs=[nothing]))


def started(instance: dg.DagsterInstance, job_name: str) -> dg.DagsterRun:
    """A run of the name that another process has in progress."""
    return instance.create_run_for_job(job_named(job_name), status=dg.DagsterRunStatus.STARTED)


@pytest.mark.parametrize("job_name", ["refresh", "refresh_brands", "refresh_films", "__ASSET_JOB"])
def test_a_run_that_writes_is_waited_for(ticks: Ticks, instance: dg.DagsterInstance, job_name: str) -> None:
    run = started(instance, job_name)
    assert "is waited for" in reason(ticks())
    assert Seen.from_cursor(ticks.cursor) == Seen()
    instance.report_run_canceled(run)
    assert ticks.requested() == sha256(A)


def test_an_audit_is_not_waited_for(ticks: Ticks, instance: dg.DagsterInstance) -> None:
    started(instance, "audit")
    assert ticks.requested() == sha256(A)


def last_changed(instance: dg.DagsterInstance, run: dg.DagsterRun, ago: timedelta) -> None:
    """Make the run's record as old as that; Dagster has no call for it."""
    then = datetime.now(UTC) - ago
    with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql("UPDATE runs SET update_timestamp = ?", (then.replace(tzinfo=None),))
    record = instance.get_run_record_by_id(run.run_id)
    assert record is not None
    assert record.update_timestamp == then


def test_a_silent_run_is_taken_for_dead(ticks: Ticks, instance: dg.DagsterInstance) -> None:
    run = started(instance, "refresh")
    last_changed(instance, run, SILENT_AFTER - timedelta(minutes=1))
    assert "is waited for" in reason(ticks())
    last_changed(instance, run, SILENT_AFTER + timedelta(seconds=1))
    assert ticks.requested() == sha256(A)


def test_a_long_run_that_shows_life_is_waited_for(ticks: Ticks, instance: dg.DagsterInstance) -> None:
    run = started(instance, "refresh_films")
    # The record changes with the run's status only; its events tell that it is alive.
    last_changed(instance, run, 2 * SILENT_AFTER)
    instance.report_engine_event("still fetching films", run)
    assert "is waited for" in reason(ticks())


def lose(instance: dg.DagsterInstance, content: bytes) -> dg.DagsterRun:
    """A run for the content that ended as a killed one does: failed, without a failed step."""
    run = instance.create_run_for_job(
        job_named("refresh"), tags={CONTENT_TAG: sha256(content)}, status=dg.DagsterRunStatus.STARTED
    )
    instance.report_run_failed(run)
    return run


def test_a_refresh_that_was_killed_is_made_up_for_but_not_for_ever(ticks: Ticks, instance: dg.DagsterInstance) -> None:
    assert ticks.requested() == sha256(A)
    for _ in range(MOST_ATTEMPTS - 1):
        lose(instance, A)
        assert ticks.requested() == sha256(A)
    lose(instance, A)
    assert reason(ticks()) == "The brand file has not changed."


def test_a_refresh_that_failed_by_its_own_fault_is_not_run_again(ticks: Ticks, instance: dg.DagsterInstance) -> None:
    assert ticks.requested() == sha256(A)

    @dg.op
    def fails() -> None:
        raise ValueError

    @dg.job(tags={CONTENT_TAG: sha256(A)})
    def failing() -> None:
        fails()

    failing.execute_in_process(instance=instance, raise_on_error=False)
    assert reason(ticks()) == "The brand file has not changed."


def test_a_refresh_that_failed_because_postgresql_was_gone_is_run_again(
    ticks: Ticks, instance: dg.DagsterInstance
) -> None:
    assert ticks.requested() == sha256(A)

    @dg.op
    def connects() -> None:
        try:
            Database("postgresql://localhost:1/nowhere").require_supported()
        except DatabaseUnavailableError as error:
            raise RuntimeError from error

    @dg.job(tags={CONTENT_TAG: sha256(A)})
    def failing() -> None:
        connects()

    for _ in range(MOST_ATTEMPTS - 1):
        failing.execute_in_process(instance=instance, raise_on_error=False)
        assert ticks.requested() == sha256(A)
    failing.execute_in_process(instance=instance, raise_on_error=False)
    assert reason(ticks()) == "The brand file has not changed."


def test_a_refresh_that_succeeded_after_a_killed_one_is_enough(ticks: Ticks, instance: dg.DagsterInstance) -> None:
    assert ticks.requested() == sha256(A)
    lose(instance, A)
    instance.create_run_for_job(job_named("refresh"), tags={CONTENT_TAG: sha256(A)}, status=dg.DagsterRunStatus.SUCCESS)
    assert reason(ticks()) == "The brand file has not changed."


@pytest.fixture
def stored(warehouse: Warehouse, ticks: Ticks) -> Ticks:
    """Ticks beside stored films and brands."""
    with warehouse.database.engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA movies"))
        for name in ("raw_brands", "normalized_movies", "brand_rules"):
            connection.execute(text(f"CREATE TABLE movies.{name} (brand text, top_release text)"))
    ticks.warehouse = warehouse
    return ticks


def requested_job(ticks: Ticks) -> str | None:
    result = ticks()
    assert isinstance(result, dg.SensorResult)
    (request,) = result.run_requests or []
    return request.job_name


def materialized(instance: dg.DagsterInstance, name: str, **metadata: str) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(name, metadata=metadata))


@pytest.fixture
def rules(ticks: Ticks, tmp_path: Path) -> Path:
    """The brands' rules of the platform, in a file that a test may edit."""
    path = tmp_path / "rules.csv"
    path.write_text("brand,companies,keywords,people,included,excluded\n")
    ticks.settings = ticks.settings.model_copy(update={"brand_rules": path})
    return path


def test_an_edit_beside_stored_films_and_rules_refreshes_the_brands_alone(
    stored: Ticks, instance: dg.DagsterInstance, rules: Path
) -> None:
    instance.create_run_for_job(job_named("refresh"), status=dg.DagsterRunStatus.SUCCESS)
    materialized(instance, "normalized_movies")
    materialized(instance, "brand_rules", sha256=sha256(rules.read_bytes()))
    assert requested_job(stored) == "refresh_brands"


def test_rules_are_read_again_once_their_file_or_the_films_are_others(
    stored: Ticks, instance: dg.DagsterInstance, rules: Path
) -> None:
    instance.create_run_for_job(job_named("refresh"), status=dg.DagsterRunStatus.SUCCESS)
    materialized(instance, "brand_rules", sha256=sha256(rules.read_bytes()))
    assert requested_job(stored) == "refresh_rules"
    # Written before the films it is held against.
    materialized(instance, "normalized_movies")
    stored.path.write_bytes(B)
    assert requested_job(stored) == "refresh_rules"
    materialized(instance, "brand_rules", sha256=sha256(rules.read_bytes()))
    stored.path.write_bytes(A)
    assert requested_job(stored) == "refresh_brands"
    rules.write_text("brand,companies,keywords,people,included,excluded\nPixar,3,,,,\n")
    stored.path.write_bytes(B)
    assert requested_job(stored) == "refresh_rules"


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED])
def test_a_refresh_that_did_not_succeed_is_made_up_for_with_the_next_edit(
    stored: Ticks, instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    # It may have stored its brands before it came to the films.
    instance.create_run_for_job(job_named("refresh"), status=status)
    instance.create_run_for_job(job_named("refresh_brands"), status=dg.DagsterRunStatus.SUCCESS)
    assert requested_job(stored) == "refresh"
    instance.create_run_for_job(job_named("refresh"), status=dg.DagsterRunStatus.SUCCESS)
    stored.path.write_bytes(B)
    assert requested_job(stored) != "refresh"
