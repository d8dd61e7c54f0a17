"""Superset's processes: one that brings it in line with the files of the repository, and the server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from movie_assets.dashboards.errors import DashboardsError
from movie_assets.dashboards.logins import Addresses
from movie_assets.dashboards.places import ASSETS, DEPLOYMENT, Places

ANALYST_ACCOUNT = "analyst"
"""Who reads everything in Superset and administers nothing; `apply.py` makes it."""

READY_SECONDS = 300.0
_STOP_SECONDS = 15.0
_LINES_SHOWN = 20
_NOT_FOR_SUPERSET = ("MOVIE_ASSETS_", "TMDB_", "DAGSTER_", "PG", "PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Accounts:
    """Who logs in to Superset; the passwords do not show."""

    admin: str
    admin_password: str = field(repr=False)
    analyst_password: str = field(repr=False)


class Superset:
    """Superset in its own environment, told its addresses and its key by the environment of its processes alone."""

    def __init__(self, places: Places, addresses: Addresses, secret_key: str) -> None:
        self._places = places
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_FOR_SUPERSET)}
        self._environment = inherited | {
            "SUPERSET_CONFIG_PATH": str(DEPLOYMENT / "superset_config.py"),
            "SUPERSET_HOME": str(places.directory),
            "SUPERSET_SECRET_KEY": secret_key,
            "SUPERSET_METADATA_URI": addresses.metadata,
            "SUPERSET_WAREHOUSE_URI": addresses.warehouse,
            "FLASK_APP": "superset.app:create_app()",
            # It would report to its makers that it is used.
            "SCARF_ANALYTICS": "false",
        }

    def apply(self, accounts: Accounts, say: Callable[[str], None], assets: Path = ASSETS) -> None:
        """Bring its tables, accounts and dashboards in line; raises DashboardsError with what went wrong."""
        passwords = {
            "SUPERSET_ADMIN": accounts.admin,
            "SUPERSET_ADMIN_PASSWORD": accounts.admin_password,
            "SUPERSET_ANALYST": ANALYST_ACCOUNT,
            "SUPERSET_ANALYST_PASSWORD": accounts.analyst_password,
        }
        words = [self._places.program("python"), DEPLOYMENT / "apply.py", assets]
        with self._places.log.open("ab") as log:
            done = subprocess.run(
                words,
                env=self._environment | passwords,
                cwd=self._places.directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                check=False,
            )
        if done.returncode != 0:
            raise DashboardsError(
                f"Superset could not be brought in line with {assets}. Mend what is named below, and start again: "
                f"nothing stored is lost. {self._places.log} ends:\n{self._tail()}"
            )
        for line in done.stdout.decode(errors="replace").splitlines():
            if line.startswith(("charts/", "dashboards/", "datasets/", "databases/")):
                say(line)

    def start(self, host: str, port: int) -> subprocess.Popen[bytes]:
        """The server, which ends when this process does, once it answers.

        Raises DashboardsError when it ends or does not answer.
        """
        gunicorn: list[str | Path] = [self._places.program("gunicorn"), "--bind", f"{host}:{port}", "--workers", "1"]
        gunicorn += ["--worker-class", "gthread", "--threads", "8", "--timeout", "120", "--no-control-socket"]
        gunicorn.append("superset.app:create_app()")
        tied = [sys.executable, "-m", "movie_assets.commands.child", str(os.getpid())]
        with self._places.log.open("ab") as log:
            process = subprocess.Popen(
                [*tied, *gunicorn],
                env=self._environment,
                cwd=self._places.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_it_answers(process, f"http://{host}:{port}/health")
        except BaseException:
            stop(process)
            raise
        return process

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes], url: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(url):
            if process.poll() is not None:
                raise DashboardsError(f"Superset ended right after its start. {self._places.log} ends:\n{self._tail()}")
            if time.monotonic() > deadline:
                raise DashboardsError(f"Superset did not answer within {READY_SECONDS:.0f} s; see {self._places.log}.")
            time.sleep(0.2)

    def _tail(self) -> str:
        lines = self._places.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LINES_SHOWN:])


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server; its processes are gone when this returns."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own server
            return True
    except (urllib.error.URLError, OSError):
        return False
