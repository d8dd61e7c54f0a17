"""`movie-assets migrate` and `movie-assets serve`: the platform as separate processes, as containers run it."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from pydantic import SecretStr
from sqlalchemy import text

from movie_assets.commands.code_server import PACKAGE, identity
from movie_assets.commands.services import wait_for_database
from movie_assets.settings import Settings
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.errors import DatabaseUnavailableError
from movie_assets_tests.commands.processes import BRANDS_CSV, CommandLine, ended, eventually, place_for_all
from movie_assets_tests.databases import temporary_database

# Three servers start one after the other, and a refresh of everything follows.
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

SERVICES = ("code-server", "webserver", "daemon")
CATALOGUE = "SELECT oid, relname FROM pg_class WHERE relnamespace::regnamespace::text !~ '^pg_' ORDER BY oid"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Services:
    """A home and a database, and the servers that tests start on them one by one."""

    def __init__(self, place: Path, url: str) -> None:
        self.place, self.database = place, Database(url)
        self.csv = place / "brands.csv"
        shutil.copy(BRANDS_CSV, self.csv)
        self.port, self.code_port = free_port(), free_port()
        self.command = CommandLine(
            place / "home",
            place,
            MOVIE_ASSETS_BRANDS_CSV=self.csv,
            MOVIE_ASSETS_WATCH_SECONDS=5,
            MOVIE_ASSETS_DATABASE_URL=url,
            MOVIE_ASSETS_DAGSTER_DATABASE_URL=url,
            MOVIE_ASSETS_PORT=self.port,
            MOVIE_ASSETS_CODE_SERVER=f"127.0.0.1:{self.code_port}",
            MOVIE_ASSETS_CODE_SERVER_PORT=self.code_port,
            MOVIE_ASSETS_CODE_SERVER_NAME="localhost",
        )
        self.running: dict[str, subprocess.Popen[str]] = {}

    def start(self, service: str) -> None:
        """Start a server and wait until it is healthy."""
        with (self.place / f"{service}.log").open("ab") as log:
            self.running[service] = self.command.start("serve", service, stdout=log, stderr=log)
        eventually(lambda: self.health(service).returncode == 0, f"{service} is healthy")

    def health(self, service: str) -> subprocess.CompletedProcess[str]:
        """The outcome of a health check."""
        words = [sys.executable, "-m", "movie_assets.commands.health", service]
        return ended(self.command.start_program(words))

    def kill(self, service: str) -> None:
        """Kill a server with every process of it, as the end of a container does."""
        process = self.running.pop(service)
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        process.wait()

    def runs(self) -> list[dict[str, Any]]:
        """The runs with their tags, oldest first."""
        query = "{runsOrError {... on Runs {results {runId status jobName}}}}"
        answer = requests.post(f"http://127.0.0.1:{self.port}/graphql", json={"query": query}, timeout=60)
        return list(answer.json()["data"]["runsOrError"]["results"][::-1])

    def statuses(self) -> list[str]:
        """How the runs are, oldest first."""
        return [run["status"] for run in self.runs()]


@pytest.fixture(scope="module")
def services(server: str) -> Iterator[Services]:
    """The three servers, up on a migrated database, after the first refresh."""
    with place_for_all() as place, temporary_database(server) as url:
        services = Services(place, url)
        outcome = services.command("migrate")
        assert outcome.returncode == 0, outcome.stderr
        try:
            for service in SERVICES:
                services.start(service)
            eventually(lambda: "SUCCESS" in services.statuses(), "the first refresh")
            yield services
        finally:
            for service in [*services.running]:
                services.kill(service)


def test_a_second_migration_changes_nothing(services: Services) -> None:
    before = services.database.rows(CATALOGUE)
    assert {"runs", "event_logs", "instigators"} <= {row["relname"] for row in before}
    outcome = services.command("migrate")
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr.splitlines() == ["PostgreSQL is ready for this version."]
    assert services.database.rows(CATALOGUE) == before


def test_a_run_that_died_with_its_code_server_is_recorded_at_its_next_start_and_made_up_for(services: Services) -> None:
    runs = len(services.runs())
    with services.database.engine.connect() as blocker:
        blocker.execute(text("LOCK TABLE movies.raw_brands IN ACCESS EXCLUSIVE MODE"))
        services.csv.write_text(BRANDS_CSV.read_text(encoding="utf-8").replace("6078217662", "7000000001"), "utf-8")
        eventually(lambda: services.statuses()[runs:] == ["STARTED"], "a run that waits")
        tag = services.database.scalar(
            "SELECT value FROM run_tags WHERE run_id = :run AND key = '.dagster/grpc_info'",
            run=services.runs()[-1]["runId"],
        )
        # The name that the code server goes by, not the address under which it was asked.
        assert json.loads(str(tag)) == {"host": "localhost", "port": services.code_port}
        services.kill("code-server")
        assert services.health("code-server").returncode == 1
        services.start("code-server")
        eventually(lambda: services.statuses()[runs:][:1] == ["FAILURE"], "the lost run is recorded as failed")
    measured = "SELECT total_gross_usd FROM movies.brand_stats WHERE brand = 'Pixar'"
    eventually(lambda: services.database.scalar(measured) == 7_000_000_001, "the change is measured by another run")


@pytest.mark.parametrize("service", ["webserver", "daemon"])
def test_a_server_that_dies_is_unhealthy_until_it_is_back(services: Services, service: str) -> None:
    services.kill(service)
    if service == "webserver":
        assert services.health(service).returncode == 1
    services.start(service)


def test_a_signal_ends_each_of_them(services: Services) -> None:
    for service in reversed(SERVICES):
        process = services.running.pop(service)
        family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        process.wait(60)
        psutil.wait_procs(family, timeout=60)
        assert not any(member.is_running() for member in family), service


# What they refuse


def test_an_address_that_others_reach_is_refused_without_a_word(command: CommandLine) -> None:
    for service in ("code-server", "webserver"):
        outcome = command.with_settings(MOVIE_ASSETS_HOST="0.0.0.0")("serve", service)  # noqa: S104
        assert outcome.returncode == 1
        assert "MOVIE_ASSETS_ALLOW_REMOTE=true" in outcome.stderr


def test_a_database_that_never_answers_is_told_once_and_given_up(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=SecretStr("postgresql://pipeline@127.0.0.1:1/movies"))
    said: list[str] = []
    with pytest.raises(DatabaseUnavailableError, match="Connection refused"):
        wait_for_database(settings, said.append, patience_seconds=2)
    assert [line.partition(":")[0] for line in said] == ["Waiting for PostgreSQL"]


# Two code servers


def test_equal_code_has_one_identity_and_changed_code_another(tmp_path: Path) -> None:
    copy = tmp_path / "package"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    assert identity(copy) == identity() == identity()
    changed = copy / "stats" / "brand_stats.sql"
    changed.write_text(changed.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert identity(copy) != identity()
