"""What runs by itself and when, and what each job contains."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._utils.schedules import cron_string_iterator

from movie_assets.automation.jobs import JOBS
from movie_assets.automation.schedules import SCHEDULES
from movie_assets.automation.sensors import SENSORS
from movie_assets.checks import CHECKS
from movie_assets.definitions import build_definitions
from movie_assets.settings import Settings
from movie_assets.warehouse.tables import metadata

TABLES = {table.name for table in metadata.sorted_tables}
START = datetime(2026, 1, 1, tzinfo=UTC)


def ticks_of_a_year(schedule: dg.ScheduleDefinition) -> list[datetime]:
    """Every time of 2026 at which the schedule is due."""
    assert isinstance(schedule.cron_schedule, str)
    assert schedule.execution_timezone == "UTC"
    found = []
    for tick in cron_string_iterator(START.timestamp(), schedule.cron_schedule, "UTC"):
        if tick >= START + timedelta(days=365):
            return found
        found.append(tick)
    return found


DUE = {schedule.name: ticks_of_a_year(schedule) for schedule in SCHEDULES}


def test_there_are_five_schedules_and_all_are_on() -> None:
    assert {schedule.name: schedule.job_name for schedule in SCHEDULES} == {
        "daily_refresh_of_films": "refresh_films",
        "weekly_refresh_of_everything": "refresh",
        "monthly_rematch_of_everything": "refresh",
        "monthly_audit": "audit",
        "nightly_housekeeping": "housekeeping",
    }
    assert {schedule.default_status for schedule in SCHEDULES} == {dg.DefaultScheduleStatus.RUNNING}
    assert {sensor.default_status for sensor in SENSORS} == {dg.DefaultSensorStatus.RUNNING}


def test_the_films_are_fetched_every_day_exactly_once_and_after_the_daily_export() -> None:
    fetches = sorted(DUE["daily_refresh_of_films"] + DUE["weekly_refresh_of_everything"])
    assert [tick.date() for tick in fetches] == [(START + timedelta(days=day)).date() for day in range(365)]
    assert {tick.hour * 60 + tick.minute for tick in fetches} == {8 * 60 + 30}
    assert {tick.weekday() for tick in DUE["weekly_refresh_of_everything"]} == {6}


def test_no_two_schedules_are_due_at_the_same_time() -> None:
    every = [tick for ticks in DUE.values() for tick in ticks]
    assert len(every) == len(set(every))
    for name in ("monthly_rematch_of_everything", "monthly_audit"):
        assert [tick.day for tick in DUE[name]] == [1] * 12


def test_a_month_begins_with_a_purge_then_a_rematch_then_an_audit() -> None:
    first = [
        min(tick for tick in DUE[name] if tick.day == 1)
        for name in ("nightly_housekeeping", "monthly_rematch_of_everything", "monthly_audit")
    ]
    assert first == sorted(first)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
def test_a_tick_requests_one_run(schedule: dg.ScheduleDefinition) -> None:
    due = DUE[schedule.name][0]
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=due)
        tick = schedule.evaluate_tick(context)
    assert tick.skip_message is None
    assert tick.run_requests is not None
    (request,) = tick.run_requests
    assert request.job_name in {None, schedule.job_name}


@pytest.fixture
def jobs() -> dict[str, dg.JobDefinition]:
    definitions = build_definitions(settings=Settings())
    return {job.name: definitions.resolve_job_def(job.name) for job in JOBS}


def assets_of(job: dg.JobDefinition) -> set[str]:
    """Names of what the job materializes."""
    return {key.path[-1] for key in job.asset_layer.executable_asset_keys}


def checks_of(job: dg.JobDefinition) -> set[dg.AssetCheckKey]:
    """Checks that the job evaluates."""
    return set(job.asset_layer.asset_graph.asset_check_keys)


REPORT = "brand_report"
EVERY_CHECK = {key for checks in CHECKS for key in checks.check_keys}


def test_a_refresh_makes_and_checks_every_table(jobs: dict[str, dg.JobDefinition]) -> None:
    assert assets_of(jobs["refresh"]) == TABLES | {REPORT}
    assert checks_of(jobs["refresh"]) == EVERY_CHECK


def test_a_refresh_of_films_leaves_the_brand_file_alone(jobs: dict[str, dg.JobDefinition]) -> None:
    renewed = TABLES - {"raw_brands", "raw_brands_rejected"}
    assert assets_of(jobs["refresh_films"]) == renewed | {REPORT}
    assert checks_of(jobs["refresh_films"]) == {key for key in EVERY_CHECK if key.asset_key.path[-1] in renewed}


def test_a_refresh_of_brands_fetches_no_films(jobs: dict[str, dg.JobDefinition]) -> None:
    films = {
        "raw_tmdb_movies",
        "raw_tmdb_movies_deleted",
        "tmdb_people_films",
        "tmdb_ingestions",
        "normalized_titles",
        "normalized_movies",
    }
    renewed = TABLES - films
    assert {"raw_brands", "brand_rules", "brand_film_matches", "brand_stats", "yearly_stats"} <= renewed
    assert assets_of(jobs["refresh_rules"]) == renewed | {REPORT}
    assert checks_of(jobs["refresh_rules"]) == {key for key in EVERY_CHECK if key.asset_key.path[-1] in renewed}
    renewed -= {"brand_rules"}
    assert assets_of(jobs["refresh_brands"]) == renewed | {REPORT}
    assert checks_of(jobs["refresh_brands"]) == {key for key in EVERY_CHECK if key.asset_key.path[-1] in renewed}


def test_an_audit_makes_nothing_but_the_table_of_its_results(jobs: dict[str, dg.JobDefinition]) -> None:
    assert assets_of(jobs["audit"]) == {"check_results"}
    assert checks_of(jobs["audit"]) == EVERY_CHECK
