"""The platform's servers one by one, for containers: each replaces the command that starts it.

`movie-assets up` keeps the same servers alive on one machine; here that is the work of whoever runs the containers.
Each waits for PostgreSQL first, because a restarted container is started without regard to the others.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import yaml

from movie_assets.commands.binding import require_local
from movie_assets.commands.instance import dagster_environment
from movie_assets.commands.runtime import runtime_directory
from movie_assets.files import write_atomically
from movie_assets.settings import PROJECT_ROOT, Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.errors import DatabaseUnavailableError

DATABASE_PATIENCE_SECONDS = 120.0


def serve_code(settings: Settings, say: Callable[[str], None]) -> NoReturn:
    """Serve the definitions at `host` and `code_server_port`, and execute the runs; does not return."""
    require_local(settings)
    name = settings.code_server_name or socket.gethostname()
    where = ["--host", settings.host, "--port", str(settings.code_server_port), "--name", name]
    _become(settings, say, ["movie_assets.commands.code_server", *where, settings.log_level])


def serve_ui(settings: Settings, say: Callable[[str], None]) -> NoReturn:
    """Serve the UI at `host` and `port`; does not return."""
    require_local(settings)
    level = settings.log_level
    where = ["--host", settings.host, "--port", str(settings.port), "--workspace", str(workspace(settings))]
    _become(settings, say, ["dagster_webserver", *where, "--log-level", level, "--dagster-log-level", level])


def serve_automation(settings: Settings, say: Callable[[str], None]) -> NoReturn:
    """Run sensors and schedules; does not return. One process at a time does that, by Dagster's design."""
    arguments = ["run", "--workspace", str(workspace(settings)), "--log-level", settings.log_level]
    _become(settings, say, ["movie_assets.commands.daemon", *arguments])


def wait_for_database(
    settings: Settings, say: Callable[[str], None], patience_seconds: float = DATABASE_PATIENCE_SECONDS
) -> None:
    """Return once PostgreSQL answers.

    Raises DatabaseUnavailableError when it does not within `patience_seconds`.
    """
    deadline = time.monotonic() + patience_seconds
    told = False
    with contextlib.closing(Warehouse(settings)) as warehouse:
        while True:
            try:
                warehouse.database.require_supported()
            except DatabaseUnavailableError as error:
                if time.monotonic() >= deadline:
                    raise
                if not told:
                    say(f"Waiting for PostgreSQL: {error}")
                told = True
                time.sleep(1)
            else:
                return


def workspace(settings: Settings) -> Path:
    """The file that names the code server for Dagster, written anew.

    Raises MovieAssetsError when the home cannot be written.
    """
    host, port = settings.code_server.rsplit(":", 1)
    settings.home.mkdir(parents=True, exist_ok=True)
    path = runtime_directory(settings.home) / "services.yaml"
    code_server = {"host": host, "port": int(port), "location_name": "movie_assets"}
    write_atomically(path, yaml.safe_dump({"load_from": [{"grpc_server": code_server}]}).encode())
    return path


def _become(settings: Settings, say: Callable[[str], None], module: list[str]) -> NoReturn:
    wait_for_database(settings, say)
    environment = {**os.environ, **dagster_environment(settings)}
    os.chdir(PROJECT_ROOT)
    arguments = [sys.executable, "-m", *module]
    os.execve(sys.executable, arguments, environment)  # noqa: S606 - the arguments are of settings that were validated
