"""The sensor that tells people of failed runs: a line in the log, and a message to a webhook where one is set."""

import logging

import dagster as dg

from movie_assets.automation.notifying import FailedRun, NotNotifiedError, notify
from movie_assets.settings import Settings

logger = logging.getLogger(__name__)


@dg.run_failure_sensor(
    name="failed_runs",
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=10,
    description="Tells of every failed run: in the log, and by MOVIE_ASSETS_NOTIFY_WEBHOOK where that is set.",
)
def failed_runs(context: dg.RunFailureSensorContext, settings: dg.ResourceParam[Settings]) -> None:
    """One failed run."""
    failure = failed_run(context)
    # Both: the first line is in the code server's log, the second one in the UI.
    logger.error(failure.text)
    context.log.error(failure.text)
    if settings.notify_webhook is None:
        return
    try:
        notify(settings.notify_webhook, failure)
    except NotNotifiedError as error:
        # A sensor that fails is told of the same run for ever.
        logger.error("%s", error)
        context.log.error(str(error))


def failed_run(context: dg.RunFailureSensorContext) -> FailedRun:
    """What failed, from the run's events."""
    events = [event for event in context.get_step_failure_events() if event.step_key]
    told = context.failure_event.message or "it ended without an error of its own"
    for event in events:
        error = event.step_failure_data.error
        if error is not None:
            # Dagster wraps ours, which says what to do.
            innermost = error
            while innermost.cause is not None:
                innermost = innermost.cause
            told = innermost.message
            break
    return FailedRun(
        run_id=context.dagster_run.run_id,
        job=context.dagster_run.job_name,
        steps=[str(event.step_key) for event in events],
        error=told.strip().splitlines()[0] if told.strip() else "",
    )
