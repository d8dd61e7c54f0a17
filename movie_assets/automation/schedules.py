"""When things run by themselves. Times are UTC, after TMDB's daily export is ready (08:00)."""

import dagster as dg

from movie_assets.automation.housekeeping import housekeeping
from movie_assets.automation.jobs import audit, refresh, refresh_films

daily = dg.ScheduleDefinition(
    name="daily_refresh_of_films",
    job=refresh_films,
    cron_schedule="30 8 * * 1-6",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Ratings, popularity and grosses move every day; on Sundays the weekly refresh does this too.",
)

weekly = dg.ScheduleDefinition(
    name="weekly_refresh_of_everything",
    job=refresh,
    cron_schedule="30 8 * * 0",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Everything from its sources, the brand file included, even if no change was noticed.",
)

monthly = dg.ScheduleDefinition(
    name="monthly_rematch_of_everything",
    job=refresh,
    cron_schedule="30 9 1 * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Everything from its sources and every brand matched anew, once old copies of films are purged.",
)

monthly_audit = dg.ScheduleDefinition(
    name="monthly_audit",
    job=audit,
    cron_schedule="0 11 1 * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every check on the stored tables, to notice changes that were made by hand.",
)

nightly = dg.ScheduleDefinition(
    name="nightly_housekeeping",
    job=housekeeping,
    cron_schedule="0 3 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Forget old runs with their events and logs, and copies of films that TMDB's terms do not allow.",
)

SCHEDULES = [daily, weekly, monthly, monthly_audit, nightly]
