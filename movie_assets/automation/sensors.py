"""The sensor that refreshes everything when the brand file's content changes."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import dagster as dg

from movie_assets.assets.brand_rules import SHA256
from movie_assets.automation.brand_file import Seen, decide
from movie_assets.automation.failed_runs import failed_runs
from movie_assets.automation.jobs import audit, refresh, refresh_brands, refresh_rules
from movie_assets.automation.lost_connections import lost_its_connection
from movie_assets.automation.needed_job import needed_job
from movie_assets.brands.settled import SettledFile, observe
from movie_assets.brands.watching import state_of, wait_for_change
from movie_assets.settings import Settings
from movie_assets.tmdb.rules import rules_sha256
from movie_assets.warehouse.connection import Warehouse

LOOK_AGAIN_SECONDS = 0.2
"""How soon to look again for the end of a refresh."""

SILENT_AFTER = timedelta(minutes=15)
"""A run without a sign of life for so long is taken for dead, so that it cannot block refreshes for ever."""

CONTENT_TAG = "movie_assets/brands_sha256"
"""Run tag that tells for which content of the brand file the sensor started the run."""

MOST_ATTEMPTS = 3
"""How often one content is refreshed when the runs are killed each time."""

_IN_PROGRESS = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dg.sensor(
    name="brand_file_changes",
    jobs=[refresh, refresh_rules, refresh_brands],
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Refreshes what follows from the brand file when its content changes, told by the kernel at once. A file "
        "rewritten with equal content does nothing, one that is being written is left alone, a deleted one is reported "
        "and the stored brands stay."
    ),
)
def brand_file_changes(
    context: dg.SensorEvaluationContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.SensorResult | dg.SkipReason:
    """One tick: look, wait for a change if there is none, decide, and hand the decision to Dagster."""
    deadline = time.monotonic() + settings.watch_seconds
    seen = Seen.from_cursor(context.cursor)
    while True:
        state = state_of(settings.brands_csv)
        found = observe(settings.brands_csv)
        decision = decide(
            seen,
            found,
            refresh_in_progress=_refresh_in_progress(context.instance),
            refresh_was_lost=_refresh_was_lost(context.instance, seen.sha256),
        )
        left = deadline - time.monotonic()
        if decision.action != "wait" or left <= 0:
            break
        # What is waited for otherwise is the end of a refresh or of somebody's writing, of which no event tells.
        unchanged = isinstance(found, SettledFile) and found.sha256 == seen.sha256
        wait_for_change(settings.brands_csv, state, left if unchanged else min(left, LOOK_AGAIN_SECONDS))
    if decision.action == "wait":
        if decision.seen != seen:
            context.update_cursor(decision.seen.to_cursor())
        return dg.SkipReason(decision.reason)
    if decision.action == "report":
        context.log.warning(decision.reason)
        return dg.SensorResult(
            skip_reason=decision.reason,
            cursor=decision.seen.to_cursor(),
            asset_events=[dg.AssetObservation("brands_csv", description=decision.reason, metadata={"missing": True})],
        )
    sha256 = found.sha256 if isinstance(found, SettledFile) else ""
    job = needed_job(
        settings,
        warehouse,
        refresh_is_owed=_refresh_is_owed(context.instance),
        rules_are_current=_rules_are_current(context.instance, settings),
    )
    return dg.SensorResult(
        # No run key: Dagster remembers keys for ever, and content that comes back must be refreshed again.
        run_requests=[dg.RunRequest(job_name=job, tags={CONTENT_TAG: sha256})],
        cursor=decision.seen.to_cursor(),
        asset_events=[
            dg.AssetObservation(
                "brands_csv",
                description=decision.reason,
                metadata={"path": dg.MetadataValue.path(str(settings.brands_csv)), "sha256": sha256},
            )
        ],
    )


def _refresh_in_progress(instance: dg.DagsterInstance) -> bool:
    """Whether a run that may write tables is alive: every run but an audit, those started by hand included."""
    records = instance.get_run_records(dg.RunsFilter(statuses=_IN_PROGRESS))
    return any(
        _last_sign_of_life(instance, record) > datetime.now(UTC) - SILENT_AFTER
        for record in records
        if record.dagster_run.job_name != audit.name
    )


def _refresh_was_lost(instance: dg.DagsterInstance, sha256: str | None) -> bool:
    """Whether the newest run for this content was killed, or failed because PostgreSQL was gone meanwhile."""
    if sha256 is None:
        return False
    runs = instance.get_runs(dg.RunsFilter(tags={CONTENT_TAG: sha256}), limit=MOST_ATTEMPTS)
    if not runs or runs[0].status != dg.DagsterRunStatus.FAILURE or _lost_in_a_row(runs) >= MOST_ATTEMPTS:
        return False
    failed = instance.get_records_for_run(runs[0].run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    events = [record.event_log_entry.get_dagster_event() for record in failed]
    return all(lost_its_connection(event.step_failure_data.error) for event in events)


def _refresh_is_owed(instance: dg.DagsterInstance) -> bool:
    """Whether the newest run of `refresh` ended without success, so that its films may be missing."""
    runs = instance.get_runs(dg.RunsFilter(job_name=refresh.name), limit=1)
    return any(run.status != dg.DagsterRunStatus.SUCCESS for run in runs)


def _rules_are_current(instance: dg.DagsterInstance, settings: Settings) -> bool:
    """Whether brand_rules was written from the file of rules as it is now, and since the stored films were."""
    rules = instance.get_latest_materialization_event(dg.AssetKey("brand_rules"))
    films = instance.get_latest_materialization_event(dg.AssetKey("normalized_movies"))
    if rules is None or rules.asset_materialization is None or films is None or films.timestamp > rules.timestamp:
        return False
    told = rules.asset_materialization.metadata.get(SHA256)
    return told is not None and told.value == rules_sha256(settings.brand_rules)


def _lost_in_a_row(runs: Sequence[dg.DagsterRun]) -> int:
    return len(list(takewhile(lambda run: run.status == dg.DagsterRunStatus.FAILURE, runs)))


def _last_sign_of_life(instance: dg.DagsterInstance, record: dg.RunRecord) -> datetime:
    # The record itself changes with the run's status only; a long step writes events meanwhile.
    events = instance.get_records_for_run(record.dagster_run.run_id, limit=1, ascending=False).records
    newest = max([record.update_timestamp.timestamp(), *(event.timestamp for event in events)])
    return datetime.fromtimestamp(newest, tz=UTC)


declared_conditions = dg.AutomationConditionSensorDefinition(
    "declared_conditions",
    target=dg.AssetSelection.all(),
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=60,
    description=(
        "Renews what follows from a table that somebody wrote by itself, such as by hand in the UI, once the blocking "
        "checks of its sources are passed. Refreshes write everything that follows themselves."
    ),
)

SENSORS = [brand_file_changes, declared_conditions, failed_runs]
