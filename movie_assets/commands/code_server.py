"""The code server of `movie-assets up`: `python -m movie_assets.commands.code_server SOCKET LOG_LEVEL`.

Runs are processes of the code server and end with it. Dagster does not notice when both end at once, and would show
such a run as being in progress for ever, which keeps the brand file's sensor waiting. So the next code server on the
same socket first records the runs of the one before it as failed.
"""

from __future__ import annotations

import json
import sys

import dagster as dg
from dagster._cli import cli
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES
from dagster._core.storage.tags import GRPC_INFO_TAG


def end_lost_runs(instance: dg.DagsterInstance, socket: str) -> list[str]:
    """Record the unfinished runs of an earlier code server on this socket as failed; returns their ids."""
    lost = [
        run
        for run in instance.get_runs(dg.RunsFilter(statuses=list(IN_PROGRESS_RUN_STATUSES)))
        if json.loads(run.tags.get(GRPC_INFO_TAG, "{}")).get("socket") == socket
    ]
    for run in lost:
        instance.report_run_failed(run, "The platform was stopped while this run was in progress.")
    return [run.run_id for run in lost]


def main(socket: str, log_level: str) -> None:
    """Serve the definitions on the socket until a signal ends the process."""
    with dg.DagsterInstance.get() as instance:
        end_lost_runs(instance, socket)
    arguments = ["api", "grpc", "--module-name", "movie_assets.definitions", "--socket", socket]
    arguments += ["--location-name", "movie_assets", "--log-level", log_level, "--inject-env-vars-from-instance"]
    cli(arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
