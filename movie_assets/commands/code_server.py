"""The code server of `movie-assets up`: `python -m movie_assets.commands.code_server SOCKET LOG_LEVEL`.

Runs are forked from a process that has imported everything (`warm.py`), so that one starts in milliseconds.

Runs are processes of the code server and end with it. Dagster does not notice when both end at once, and would show
such a run as being in progress for ever, which keeps the brand file's sensor waiting. So the next code server on the
same socket first records the runs of the one before it as failed.

Dagster's server looks twice a second for runs whose process is gone. When PostgreSQL does not answer meanwhile, its
thread would end, and no run would be recorded as lost any more; here it looks again instead.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import multiprocessing.forkserver
import sys
from multiprocessing.context import BaseContext
from types import ModuleType

import dagster as dg
from dagster._cli import cli
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc import server

logger = logging.getLogger(__name__)


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


class _Forking(ModuleType):
    """The module multiprocessing for Dagster's server, which asks it for the context that starts runs."""

    def __getattr__(self, name: str) -> object:
        return getattr(multiprocessing, name)

    def get_context(self, method: str | None = None) -> BaseContext:
        """Processes that are forked from a warm one, where Dagster would start an interpreter for each."""
        return multiprocessing.get_context("forkserver" if method == "spawn" else method)


def fork_runs_from_a_warm_process() -> None:
    """Start the process that runs are forked from, and have Dagster's server use it."""
    multiprocessing.set_forkserver_preload(["movie_assets.commands.warm"])
    multiprocessing.forkserver.ensure_running()
    server.multiprocessing = _Forking("multiprocessing")  # type: ignore[attr-defined]  # it is imported there


def keep_looking_for_lost_runs() -> None:
    """Have Dagster's server survive a look for lost runs that fails."""
    look = server.DagsterApiServer._check_for_orphaned_runs

    def look_again_later(self: server.DagsterApiServer) -> None:
        try:
            look(self)
        except Exception:
            logger.exception("lost runs cannot be recorded now; this is tried again")

    server.DagsterApiServer._check_for_orphaned_runs = look_again_later  # type: ignore[method-assign]


def main(socket: str, log_level: str) -> None:
    """Serve the definitions on the socket until a signal ends the process."""
    with dg.DagsterInstance.get() as instance:
        end_lost_runs(instance, socket)
    keep_looking_for_lost_runs()
    if "forkserver" in multiprocessing.get_all_start_methods():
        fork_runs_from_a_warm_process()
    arguments = ["api", "grpc", "--module-name", "movie_assets.definitions", "--socket", socket]
    arguments += ["--location-name", "movie_assets", "--log-level", log_level, "--inject-env-vars-from-instance"]
    cli(arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
