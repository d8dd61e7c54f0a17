"""When things run by themselves. Times are UTC; films are fetched after TMDB's daily export is ready (08:00)."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from movie_assets.automation.housekeeping import housekeeping
from movie_assets.automation.jobs import audit, refresh, refresh_films


def _schedule(
    name: str, job: dg.JobDefinition | UnresolvedAssetJobDefinition, cron: str, description: str
) -> dg.ScheduleDefinition:
    """A schedule that is on from the start."""
    return dg.ScheduleDefinition(
        name=name,
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=description,
    )


SCHEDULES = [
    _schedule(
        "daily_refresh_of_films",
        refresh_films,
        "30 8 * * 1-6",
        "Ratings, popularity and grosses move every day; on Sundays the weekly refresh does this too.",
    ),
    _schedule(
        "weekly_refresh_of_everything",
        refresh,
        "30 8 * * 0",
        "Everything from its sources, the brand file included, even if no change was noticed.",
    ),
    _schedule(
        "monthly_rematch_of_everything",
        refresh,
        "30 9 1 * *",
        "Everything from its sources and every brand matched anew, once old copies of films are purged.",
    ),
    _schedule(
        "monthly_audit",
        audit,
        "0 11 1 * *",
        "Every check on the stored tables, to notice changes that were made by hand.",
    ),
    _schedule(
        "nightly_housekeeping",
        housekeeping,
        "0 3 * * *",
        "Forget old runs with their events and logs, and copies of films that TMDB's terms do not allow.",
    ),
]
