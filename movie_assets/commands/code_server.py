"""The code server: `python -m movie_assets.commands.code_server (--socket S | --host H --port P --name N) LOG_LEVEL`.

Runs are forked from a process that has imported everything (`warm.py`), so that one starts in milliseconds.

Runs are processes of the code server and end with it. Dagster does not notice when both end at once, and would show
such a run as being in progress for ever, which keeps the brand file's sensor waiting. So the next code server at the
same place first records the runs of the one before it as failed.

A code server at a port may be one of two behind a proxy, and is called by the proxy's name. So each writes its own
name to the runs that it starts: they are cancelled there, and are lost when that one is started anew. Both go by the
same identity, made of the code that they serve, so that nobody loads the definitions again when one takes over.

Dagster's server looks twice a second for runs whose process is gone. When PostgreSQL does not answer meanwhile, its
thread would end, and no run would be recorded as lost any more; here it looks again instead.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import multiprocessing
import multiprocessing.forkserver
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import BaseContext
from pathlib import Path
from types import ModuleType
from typing import Any

import dagster as dg
from dagster._cli import cli
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc import server
from dagster._grpc.__generated__ import dagster_api_pb2
from dagster._grpc.types import ExecuteExternalJobArgs
from dagster._serdes import deserialize_value

logger = logging.getLogger(__name__)

PACKAGE = Path(__file__).resolve().parent.parent


def end_lost_runs(instance: dg.DagsterInstance, place: Mapping[str, object]) -> list[str]:
    """Record the unfinished runs of an earlier code server at this place as failed; returns their ids.

    `place` is what the runs' tag tells of their server: `socket`, or `host` and `port`.
    """
    lost = [
        run
        for run in instance.get_runs(dg.RunsFilter(statuses=list(IN_PROGRESS_RUN_STATUSES)))
        if place.items() <= json.loads(run.tags.get(GRPC_INFO_TAG, "{}")).items()
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


def sign_runs(place: Mapping[str, object]) -> None:
    """Have Dagster's server write to each run that it is the one that executes it."""
    start = server.DagsterApiServer.StartRun

    def sign_and_start(
        self: server.DagsterApiServer, request: dagster_api_pb2.StartRunRequest, _context: Any
    ) -> dagster_api_pb2.StartRunReply:
        arguments = deserialize_value(request.serialized_execute_run_args, ExecuteExternalJobArgs)
        assert self._instance is not None, "the server is started with an instance"  # noqa: S101 - for the type
        # Before the run's own process, which writes the run as well.
        self._instance.add_run_tags(arguments.run_id, {GRPC_INFO_TAG: json.dumps(dict(place))})
        return start(self, request, _context)

    server.DagsterApiServer.StartRun = sign_and_start  # type: ignore[method-assign]


def identity(package: Path = PACKAGE) -> str:
    """The same for equal code, and another one when a file of the package changes."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(package).as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return f"movie_assets-{digest.hexdigest()[:32]}"


def main(arguments: Sequence[str]) -> None:
    """Serve the definitions until a signal ends the process."""
    given = _parsed(arguments)
    serve = ["api", "grpc", "--module-name", "movie_assets.definitions"]
    place: dict[str, object] = {"socket": given.socket}
    if given.socket is None:
        place = {"host": given.name, "port": given.port}
        serve += ["--host", given.host, "--port", str(given.port), "--fixed-server-id", identity()]
        sign_runs(place)
    else:
        serve += ["--socket", given.socket]
    with dg.DagsterInstance.get() as instance:
        end_lost_runs(instance, place)
    keep_looking_for_lost_runs()
    if "forkserver" in multiprocessing.get_all_start_methods():
        fork_runs_from_a_warm_process()
    cli([*serve, "--location-name", "movie_assets", "--log-level", given.level, "--inject-env-vars-from-instance"])


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m movie_assets.commands.code_server")
    parser.add_argument("--socket")
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    parser.add_argument("--name")
    parser.add_argument("level")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
