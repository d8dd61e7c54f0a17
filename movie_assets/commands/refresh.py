"""One refresh of everything in this process, with its progress."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import dagster as dg
from dagster import DagsterEvent, DagsterEventType
from dagster_shared.error import SerializableErrorInfo

from movie_assets.automation.jobs import REFRESH
from movie_assets.commands.instance import dagster_environment
from movie_assets.definitions import build_definitions
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse

_OUR_CLASS = re.compile(r"^movie_assets(\.\w+)+: ")


@dataclass
class Outcome:
    """How a refresh ended: steps that failed with their message, and checks that did not pass."""

    succeeded: bool = False
    run_id: str = ""
    failures: dict[str, str] = field(default_factory=dict)
    failed_checks: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(severity, table, check, description)"""


@dataclass(frozen=True)
class Progress:
    """Called as the run goes on: the number of steps at first, then each step's start and end."""

    steps: Callable[[int], None]
    started: Callable[[str], None]
    finished: Callable[[str], None]


def refresh(settings: Settings, warehouse: Warehouse, progress: Progress) -> Outcome:
    """Run the job `refresh` in this process, recorded in Dagster's instance like any other run."""
    os.environ.update(dagster_environment(settings))
    outcome = Outcome()
    definitions = build_definitions(
        settings=settings, warehouse=warehouse, loggers={"console": _listener(outcome, progress)}
    )
    job = definitions.resolve_job_def(REFRESH)
    progress.steps(len(job.nodes))
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(
            instance=instance, run_config={"loggers": {"console": {}}}, raise_on_error=False
        )
    outcome.succeeded = result.success
    outcome.run_id = result.run_id
    return outcome


def message_of(error: SerializableErrorInfo) -> str:
    """What a person is told of a failed step: our own message, which says what to do, or else the innermost one."""
    chain = [error]
    while chain[-1].cause is not None:
        chain.append(chain[-1].cause)
    ours = [link for link in chain if _OUR_CLASS.match(link.message)]
    # Dagster puts the class before the message; a message of ours speaks for itself.
    return _OUR_CLASS.sub("", (ours or chain)[-1].message.strip())


def _listener(outcome: Outcome, progress: Progress) -> dg.LoggerDefinition:
    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            event = getattr(record, "dagster_meta", {}).get("dagster_event")
            if isinstance(event, DagsterEvent):
                _note(event, outcome, progress)

    @dg.logger
    def listener(_: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("movie_assets.progress", logging.DEBUG)
        logger.addHandler(Listener())
        return logger

    return listener


def _note(event: DagsterEvent, outcome: Outcome, progress: Progress) -> None:
    match event.event_type:
        case DagsterEventType.STEP_START:
            progress.started(str(event.step_key))
        case DagsterEventType.STEP_SUCCESS | DagsterEventType.STEP_SKIPPED:
            progress.finished(str(event.step_key))
        case DagsterEventType.STEP_FAILURE:
            progress.finished(str(event.step_key))
            error = event.step_failure_data.error
            outcome.failures[str(event.step_key)] = message_of(error) if error else "failed"
        case DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed:
                outcome.failed_checks.append(
                    (
                        check.severity.value,
                        check.asset_key.to_user_string(),
                        check.check_name,
                        check.description or "",
                    )
                )
        case _:
            pass
