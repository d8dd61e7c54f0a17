"""The collector on a real home: a refresh, a refresh that a check stopped, and a server that goes away."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import pytest
from dagster import AssetCheckKey
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from movie_assets import dagster_storage
from movie_assets.commands.instance import dagster_environment
from movie_assets.monitoring.catalogue import Catalogue, declared
from movie_assets.monitoring.dagster_metrics import FINISHED, STATUSES
from movie_assets.monitoring.metrics import METRICS
from movie_assets.monitoring.rights import dagster_statements, warehouse_statements
from movie_assets.settings import Settings
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets.warehouse.tables import metadata
from movie_assets.warehouse.watcher import WATCHER
from movie_assets_tests.checks.refreshed import execute
from movie_assets_tests.commands.processes import BRANDS_CSV, CommandLine, place_for_all
from movie_assets_tests.monitoring.scraped import Scraped, Watcher, without

pytestmark = pytest.mark.long

# What a moment later is different, or of which a refresh from a file has nothing to tell.
RESTLESS = ("collector_duration_seconds", "home_free_bytes", "database_size_bytes", "asset_freshness_lag_seconds")
NOT_TOLD = {
    "movie_assets_backup_last_timestamp_seconds",
    "movie_assets_tmdb_last_ingestion_timestamp_seconds",
    "movie_assets_tmdb_last_ingestion_problems",
    "movie_assets_last_tick_timestamp_seconds",
    "movie_assets_daemon_heartbeat_timestamp_seconds",
    "movie_assets_runs_in_progress_oldest_start_timestamp_seconds",
}


@dataclass
class Home:
    """A home after two refreshes: the first succeeded, the second was stopped by a check."""

    command: CommandLine
    settings: Settings
    server: EmbeddedServer

    def database(self, name: str = "movie_assets") -> Database:
        return Database(self.server.dsn(name))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return declared()


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with place_for_all() as place:
        brands = place / "brands.csv"
        brands.write_text(f"{BRANDS_CSV.read_text(encoding='utf-8')}Nobody,many,3,Heat,5\n", encoding="utf-8")
        command = CommandLine(place / "home", place, MOVIE_ASSETS_BRANDS_CSV=brands)
        settings = Settings(home=command.home, brands_csv=brands)
        with EmbeddedServer(command.home) as server:
            # Made before anything is stored, as a deployment does.
            execute(Database(server.dsn("postgres")), f"CREATE ROLE {WATCHER} LOGIN IN ROLE pg_monitor")
            first = command("run")
            assert first.returncode == 0, first.stderr
            # A trigger that somebody put there loses a brand's decision: nothing that publishing could notice.
            execute(
                Database(server.dsn("movie_assets")),
                "CREATE FUNCTION movies.lose() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN IF new.brand = 'Newcomer' THEN RETURN NULL; END IF; RETURN new; END $$",
                "CREATE TRIGGER lose BEFORE INSERT ON movies.brand_film_matches FOR EACH ROW"
                " EXECUTE FUNCTION movies.lose()",
            )
            with brands.open("a", encoding="utf-8") as file:
                file.write("Newcomer,5000000,1,Heat,5000000\n")
            second = command("run")
            assert second.returncode == 1, second.stdout
            assert "every_brand_is_decided" in second.stderr
            yield Home(command, settings, server)


@pytest.fixture(scope="module")
def scraped(home: Home, catalogue: Catalogue) -> Scraped:
    watcher = Watcher(home.settings, catalogue)
    found = watcher.scrape()
    assert watcher.said == []
    return found


@pytest.fixture
def instance(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """Dagster's own interface to the same runs and events."""
    for name, value in dagster_environment(home.settings).items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.get() as found:
        yield found
    # Dagster's storage keeps the server in use until the process ends, when this home is gone.
    dagster_storage._warehouse(os.getpid(), home.settings.home, None, None).close()
    dagster_storage._warehouse.cache_clear()
    dagster_storage._pool.cache_clear()


def test_every_metric_is_told_but_those_that_this_home_has_nothing_of(scraped: Scraped) -> None:
    told = {name.removesuffix("_bucket").removesuffix("_gcount").removesuffix("_gsum") for name in scraped.names()}
    assert told == {metric.name for metric in METRICS} - NOT_TOLD


def test_runs_are_those_of_dagster(scraped: Scraped, instance: dg.DagsterInstance, catalogue: Catalogue) -> None:
    records = instance.get_run_records()
    assert [record.dagster_run.status.value for record in records] == ["FAILURE", "SUCCESS"]
    runs = scraped.by("runs", "job_name", "status")
    assert set(runs) == {(job, status) for job in catalogue.jobs for status in STATUSES}
    assert {key for key, number in runs.items() if number} == {("refresh", "SUCCESS"), ("refresh", "FAILURE")}
    assert {status.value for status in dg.DagsterRunStatus} == set(STATUSES)
    assert scraped.by("runs_in_progress", "job_name") == {(job,): 0 for job in catalogue.jobs}
    for record in records:
        assert record.start_time is not None
        assert record.end_time is not None
        seconds = record.end_time - record.start_time
        labels = {"job_name": "refresh", "status": record.dagster_run.status.value}
        assert scraped.value("job_last_run_timestamp_seconds", **labels) == pytest.approx(record.end_time, abs=1e-3)
        assert scraped.value("job_last_run_duration_seconds", **labels) == pytest.approx(seconds, abs=1e-3)
        assert scraped.value("run_duration_seconds_gsum", **labels) == pytest.approx(seconds, abs=1e-3)
        assert scraped.value("run_duration_seconds_gcount", **labels) == 1
        for (job, status, bound), number in scraped.by(
            "run_duration_seconds_bucket", "job_name", "status", "le"
        ).items():
            if (job, status) == ("refresh", labels["status"]):
                assert number == (seconds <= float(bound)), bound
    assert {status for _, status in scraped.by("job_last_run_timestamp_seconds", "job_name", "status")} <= set(FINISHED)


def test_materializations_are_those_of_dagster(
    scraped: Scraped, instance: dg.DagsterInstance, catalogue: Catalogue
) -> None:
    told = scraped.by("asset_last_materialization_timestamp_seconds", "asset")
    assert {asset for (asset,) in told} == set(catalogue.assets)
    for asset in catalogue.assets:
        event = instance.get_latest_materialization_event(dg.AssetKey(asset))
        assert event is not None
        assert told[asset,] == pytest.approx(event.timestamp, abs=1e-3)
    assert set(scraped.by("asset_freshness_lag_seconds", "asset").values()) == {0}
    limits = scraped.by("asset_freshness_limit_seconds", "asset", "level")
    assert limits["raw_brands", "warn"] == 8 * 86400
    assert limits["brand_stats", "fail"] == 50 * 3600
    assert len(limits) == 2 * len(catalogue.assets)


def test_a_table_is_late_from_its_policys_warning_on(home: Home, catalogue: Catalogue) -> None:
    dagster = home.database("dagster")
    stored = str(dagster.scalar("SELECT last_materialization FROM asset_keys WHERE asset_key = '[\"genre_stats\"]'"))
    instant = json.loads(stored)["event_log_entry"]["timestamp"]
    change = (
        "UPDATE asset_keys SET last_materialization = replace(last_materialization, '{}', '{}') WHERE asset_key = '{}'"
    )
    older, key = instant - 27 * 3600, '["genre_stats"]'
    execute(dagster, change.format(instant, older, key))
    lags = Watcher(home.settings, catalogue).scrape().by("asset_freshness_lag_seconds", "asset")
    execute(dagster, change.format(older, instant, key))
    assert 3600 <= lags["genre_stats",] < 2 * 3600
    assert {asset for (asset,), lag in lags.items() if lag} == {"genre_stats"}


def test_check_results_are_those_of_dagster(
    scraped: Scraped, instance: dg.DagsterInstance, catalogue: Catalogue
) -> None:
    told = scraped.by("check_passed", "asset", "check", "severity", "blocking")
    keys = [AssetCheckKey(dg.AssetKey(asset), name) for asset, name in catalogue.checks]
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    assert {(asset, check) for asset, check, _, _ in told} == set(catalogue.checks)
    seen = {(asset, check): (severity, blocking, passed) for (asset, check, severity, blocking), passed in told.items()}
    evaluated = 0
    for key, record in records.items():
        # One that a run only planned, and was stopped before, has its older result.
        if record.status not in {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}:
            continue
        assert record.event is not None
        assert record.event.dagster_event is not None
        evaluated += 1
        evaluation = record.event.dagster_event.asset_check_evaluation_data
        asset, name = key.asset_key.to_user_string(), key.name
        blocking = str(catalogue.checks[asset, name]).lower()
        assert seen[asset, name] == (evaluation.severity.value, blocking, evaluation.passed), key
    assert 20 < evaluated < len(records)
    assert seen["brand_film_matches", "every_brand_is_decided"] == ("ERROR", "true", 0)
    assert seen["raw_brands_rejected", "every_line_was_read"] == ("WARN", "false", 0)


def test_the_contents_are_those_of_the_tables(home: Home, scraped: Scraped) -> None:
    database = home.database()
    for table in metadata.sorted_tables:
        assert scraped.value("table_rows", table=table.name) == database.scalar(
            f"SELECT count(*) FROM {table.fullname}"
        )
    assert scraped.by("brand_file_lines", "result") == {("accepted",): 46, ("rejected",): 1}
    assert scraped.by("brand_matches", "status") == {("matched",): 45, ("review",): 0, ("unmatched",): 0}
    assert set(scraped.by("tmdb_ingestions", "phase").values()) == {0}
    assert scraped.value("tmdb_requests_total") == 0
    for name in ("movie_assets", "dagster"):
        label = {"movie_assets": "warehouse"}.get(name, name)
        size = home.database(name).scalar("SELECT pg_database_size(current_database())")
        assert scraped.value("database_size_bytes", database=label) == pytest.approx(float(str(size)), rel=0.2)
        assert scraped.value("database_up", database=label) == 1
        assert scraped.value("database_info", database=label, server="embedded", version="18.6") == 1
    assert set(scraped.by("collector_success", "collector").values()) == {1}


@pytest.fixture
def watching(home: Home) -> Settings:
    """Settings of a collector that logs in with the account that only watches."""
    socket = quote(str(home.database().url.query["host"]), safe="")

    def address(name: str) -> SecretStr:
        return SecretStr(f"postgresql://{WATCHER}@/{name}?host={socket}&port=5432")

    update = {"database_url": address("movie_assets"), "dagster_database_url": address("dagster")}
    return home.settings.model_copy(update=update)


def test_an_account_that_only_watches_sees_the_same_and_reads_no_line(
    home: Home, catalogue: Catalogue, watching: Settings
) -> None:
    watcher = Watcher(watching, catalogue)
    seen = watcher.scrape()
    assert watcher.said == []
    different = (*RESTLESS, "database_info")
    assert without(seen, different) == without(Watcher(home.settings, catalogue).scrape(), different)
    assert watching.database_url is not None
    with (
        Database(watching.database_url.get_secret_value()).engine.connect() as connection,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        connection.execute(text("SELECT raw_text FROM movies.raw_brands_rejected"))


def test_the_statements_for_an_administrator_give_the_same_rights(
    home: Home, catalogue: Catalogue, watching: Settings
) -> None:
    for name in ("movie_assets", "dagster"):
        execute(home.database(name), f"DROP OWNED BY {WATCHER}")
    watcher = Watcher(watching, catalogue)
    assert set(watcher.scrape().by("collector_success", "collector").values()) <= {0, 1}
    assert len([line for line in watcher.said if "permission denied" in line]) >= 5
    # A home whose films came from a file has no ledger, for which there is nothing to grant.
    execute(home.database(), *(one for one in warehouse_statements() if "movies_ingest" not in one))
    execute(home.database("dagster"), *dagster_statements())
    assert set(watcher.scrape().by("collector_success", "collector").values()) == {1}


def test_a_part_that_cannot_be_read_is_missing_and_told_and_the_others_are_not(
    home: Home, catalogue: Catalogue
) -> None:
    watcher = Watcher(home.settings, catalogue)
    execute(home.database("dagster"), "ALTER TABLE job_ticks RENAME TO elsewhere")
    try:
        seen, again = watcher.scrape(), watcher.scrape()
    finally:
        execute(home.database("dagster"), "ALTER TABLE elsewhere RENAME TO job_ticks")
    assert seen.by("collector_success", "collector") == {
        (name,): float(name != "automation")
        for name in ("runs", "assets", "checks", "automation", "tables", "matches", "fetching")
    }
    assert seen.by("ticks", "name") == {}
    assert again.value("database_up", database="dagster") == 1
    assert len(seen.by("check_passed", "asset", "check")) == len(catalogue.checks)
    assert watcher.scrape().value("collector_success", collector="automation") == 1
    assert watcher.said == [
        'automation: cannot be read: relation "job_ticks" does not exist',
        "automation: can be read again.",
    ]


# The last one: it stops the server that the others share.
def test_without_postgresql_the_answer_says_so_and_nothing_of_before(home: Home, catalogue: Catalogue) -> None:
    watcher = Watcher(home.settings, catalogue)
    assert watcher.scrape().value("database_up", database="warehouse") == 1
    home.server.down()
    down, _ = watcher.scrape(), watcher.scrape()
    assert down.by("database_up", "database") == {("warehouse",): 0, ("dagster",): 0}
    assert down.names() == {
        f"movie_assets_{name}"
        for name in ("build_info", "home_size_bytes", "home_free_bytes", "asset_freshness_limit_seconds", "database_up")
    }
    assert not home.server.status().running
    assert len(watcher.said) == 2
    assert all("no PostgreSQL answers" in line for line in watcher.said)
    assert "Traceback" not in "".join(watcher.said)
    home.server.keep_up()
    assert watcher.scrape().by("database_up", "database") == {("warehouse",): 1, ("dagster",): 1}
    assert watcher.said[2:] == ["warehouse: can be read again.", "dagster: can be read again."]


def test_the_newest_whole_backup_is_told(tmp_path: Path, catalogue: Catalogue) -> None:
    for name in ("2026-11-24T03-00-00Z", "2026-11-25T03-00-00Z", "2026-11-26T03-00-00Z", "another"):
        (tmp_path / "backups" / name).mkdir(parents=True)
        if "26T" not in name:
            (tmp_path / "backups" / name / "manifest.json").touch()
    told = Watcher(Settings(home=tmp_path), catalogue).scrape().value("backup_last_timestamp_seconds")
    assert told == datetime(2026, 11, 25, 3, tzinfo=UTC).timestamp()


def test_a_home_where_nothing_ever_ran_is_answered_too(tmp_path: Path, catalogue: Catalogue) -> None:
    watcher = Watcher(Settings(home=tmp_path / "untouched"), catalogue)
    assert watcher.scrape().by("database_up", "database") == {("warehouse",): 0, ("dagster",): 0}
    assert not (tmp_path / "untouched").exists()
