"""Debian's Prometheus, Alertmanager and PostgreSQL exporter beside a running platform, with what is shipped for them.

The alerts wait a sixtieth of what they wait in production (`quickened`), scrapes and evaluations follow each other
every second or two. What happens is real: a brand file leads to a failing check, the platform is stopped, then
PostgreSQL.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from movie_assets.commands.binding import free_port
from movie_assets.warehouse.connection import DAGSTER_DATABASE, WAREHOUSE_DATABASE
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded_account import server_account
from movie_assets.warehouse.embedded_programs import find_programs
from movie_assets_tests.checks.refreshed import execute
from movie_assets_tests.commands.processes import CommandLine, Platform, eventually, place_for_all
from movie_assets_tests.debian_postgres import bundled_postgres
from movie_assets_tests.monitoring.debian import Prometheus, Webhook, monitoring
from movie_assets_tests.monitoring.expressions import of_alerts, of_dashboards, selectors
from movie_assets_tests.tmdb.films import details
from movie_assets_tests.tmdb_server import TmdbServer, faults

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(600)]

FACTOR = 60
"""By how much less the alerts wait here than in production."""

BRANDS = """Brand,Total,Releases,#1 Release,Lifetime Gross
Pixar,6078217662,28,Ratatouille,206445654
DreamWorks,5000000000,40,Shrek,267665011
"""
NEWCOMER = "Newcomer,5000000,1,Heat,5000000\n"
FILMS = [
    details(2062, "Ratatouille", release_date="2007-06-28", vote_count=18000, revenue=623726085),
    details(808, "Shrek", release_date="2001-05-18", vote_count=17000, revenue=487853320),
    details(949, "Heat", release_date="1995-12-15", vote_count=7000, revenue=187436818),
]


@dataclass
class Server:
    """PostgreSQL that a test may stop and start."""

    url: str

    def __post_init__(self) -> None:
        self.data = Path(str(Database(self.url).scalar("SHOW data_directory")))

    def create(self, name: str) -> str:
        """The address of a new database."""
        with Database(self.url).engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def stop(self) -> None:
        """As a machine that fails would."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """With the options that it was started with."""
        port = make_url(self.url).port
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off"
        self._control("-w", "-l", str(self.data / "log"), "-o", options, "start")

    def _control(self, *words: str) -> None:
        account = server_account(None, self.data)
        user = pwd.getpwnam(account.name) if os.geteuid() == 0 else None
        subprocess.run(
            [str(find_programs(account).bin / "pg_ctl"), "-D", str(self.data), *words],
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )


@dataclass
class Place:
    """A platform on a server of its own, watched by everything."""

    command: CommandLine
    database: Database
    server: Server
    prometheus: Prometheus
    webhook: Webhook
    csv: Path
    log: Path
    """The log of `movie-assets metrics`."""


@contextmanager
def exporter(command: CommandLine, log: Path) -> Iterator[None]:
    """`movie-assets metrics` until the block ends.

    It has a home of its own, as in a container: what is left of a platform in its home is killed with it.
    """
    elsewhere = command.with_settings(MOVIE_ASSETS_HOME=log.with_name("watching"))
    with log.open("wb") as output:
        process = elsewhere.start("metrics", stdout=output, stderr=output)
    try:
        eventually(lambda: "Metrics are at" in log.read_text() or process.poll() is not None, "the exporter answers")
        yield
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with contextlib.ExitStack() as stack:
        server = Server(stack.enter_context(bundled_postgres(tmp_path)))
        directory = stack.enter_context(place_for_all())
        # The dashboards name the databases.
        warehouse, dagster = (server.create(name) for name in (WAREHOUSE_DATABASE, DAGSTER_DATABASE))
        tmdb = stack.enter_context(TmdbServer(FILMS))
        webhook = stack.enter_context(Webhook())
        with Database(server.url).engine.begin() as connection:
            connection.execute(text("CREATE ROLE movie_monitor LOGIN PASSWORD 'a-secret' IN ROLE pg_monitor"))
            # What a standby leaves that was there once.
            connection.execute(text("SELECT pg_create_physical_replication_slot('postgres_standby', true)"))
        password = directory / "monitor_password"
        password.write_text("a-secret", encoding="utf-8")
        csv, rules = directory / "brands.csv", directory / "rules.csv"
        csv.write_text(BRANDS, encoding="utf-8")
        port = free_port("127.0.0.1")
        command = CommandLine(
            directory / "home",
            directory,
            MOVIE_ASSETS_DATABASE_URL=warehouse,
            MOVIE_ASSETS_DAGSTER_DATABASE_URL=dagster,
            MOVIE_ASSETS_BRANDS_CSV=csv,
            MOVIE_ASSETS_BRAND_RULES=rules,
            MOVIE_ASSETS_WATCH_SECONDS=5,
            MOVIE_ASSETS_METRICS_PORT=port,
            TMDB_API_TOKEN=tmdb.token,
            TMDB_API_URL=tmdb.api_url,
            TMDB_EXPORT_URL=tmdb.export_url,
        )
        tmdb.faults.put(faults.too_many_requests("0"), times=2)
        stack.enter_context(exporter(command, directory / "metrics.log"))
        address = make_url(server.url)
        prometheus = stack.enter_context(
            monitoring(
                directory,
                metrics=f"127.0.0.1:{port}",
                database=(f"{address.host}:{address.port}/postgres?sslmode=disable", "movie_monitor", password),
                webhook=webhook.url,
                factor=FACTOR,
            )
        )
        yield Place(command, Database(warehouse), server, prometheus, webhook, csv, directory / "metrics.log")


def test_dashboards_show_a_running_platform_and_alerts_reach_a_person(place: Place, tmp_path: Path) -> None:
    prometheus, webhook = place.prometheus, place.webhook
    with Platform(place.command, tmp_path / "up.log") as platform:
        platform.ready()
        eventually(lambda: "SUCCESS" in {run["status"] for run in platform.runs()}, "the first refresh")
        # Before it, Dagster had no tables that could be read.
        require_calm(prometheus, besides={"StandbyMissing"})
        require_ticks_of_dagster(prometheus, platform)

        execute(
            place.database,
            "CREATE FUNCTION movies.lose() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF new.brand = 'Newcomer' THEN RETURN NULL; END IF; RETURN new; END $$",
            "CREATE TRIGGER lose BEFORE INSERT ON movies.brand_film_matches FOR EACH ROW"
            " EXECUTE FUNCTION movies.lose()",
        )
        with place.csv.open("a", encoding="utf-8") as file:
            file.write(NEWCOMER)
        (failing, *_) = eventually(lambda: webhook.alerts("CheckFailing"), "a message of the failing check")
        assert failing["labels"]["asset"] == "brand_film_matches"
        assert failing["labels"]["check"] == "every_brand_is_decided"
        assert failing["labels"]["severity"] == "critical"
        assert failing["annotations"]["summary"] == "brand_film_matches fails every_brand_is_decided"
        assert "was not renewed" in failing["annotations"]["description"]
        assert failing["annotations"]["runbook_url"] == "docs/monitoring.md#checkfailing"
        eventually(lambda: webhook.alerts("RunFailed"), "a message of the failed run")
        assert webhook.alerts("PlatformStopped") == []

    # Meanwhile the daemon is silent for as long as the alert asks for.
    require_every_series(prometheus)
    (stopped, *_) = eventually(lambda: webhook.alerts("PlatformStopped"), "a message that the platform stopped", 180)
    assert "no sign of life for 1m" in stopped["annotations"]["description"]
    assert webhook.alerts("PostgreSQLDown") == []

    place.server.stop()
    try:
        told = eventually(lambda: one_of_each(webhook), "messages of both exporters that PostgreSQL is down")
        assert {alert["labels"].get("database") for alert in told} == {None, "warehouse", "dagster"}
        assert prometheus.query("movie_assets_build_info")
        assert "Traceback" not in place.log.read_text(encoding="utf-8")
    finally:
        place.server.start()
    eventually(lambda: webhook.alerts("PostgreSQLDown", "resolved"), "a message that PostgreSQL is back")
    assert {message["path"] for message in webhook.messages} == {"/hook/a-secret?x=1&y=2"}


def one_of_each(webhook: Webhook) -> list[dict[str, dict[str, str]]]:
    alerts = webhook.alerts("PostgreSQLDown")
    return (
        alerts
        if len({alert["labels"].get("database") for alert in alerts}) == len(("warehouse", "dagster", None))
        else []
    )


def require_calm(prometheus: Prometheus, besides: set[str]) -> None:
    """Nothing fires in the end but what is named; the failure tells what else does."""
    with contextlib.suppress(AssertionError):
        eventually(lambda: prometheus.firing() == besides, "calm", 60)
    assert prometheus.firing() == besides


def require_every_series(prometheus: Prometheus) -> None:
    """Every expression is answered, and everything that the dashboards read has had a series within the last minutes.

    Rows of tables are counted once a minute, so that those of a new table are told after one.
    """
    for _, expr in [*of_dashboards(), *of_alerts()]:
        prometheus.query(expr)
    for where, expr in of_dashboards():
        for selector in selectors(expr):
            query = f"last_over_time({selector}[10m])"
            eventually(lambda query=query: prometheus.query(query), f"a series of {where}: {query}", 70)


def require_ticks_of_dagster(prometheus: Prometheus, platform: Platform) -> None:
    """The newest ticks that are told are ticks that Dagster tells, and so is how many there are."""
    query = 'movie_assets_last_tick_timestamp_seconds{name="brand_file_changes"}'
    instants = {round(float(series["value"][1]), 2) for series in prometheus.query(query)}
    assert instants
    assert instants <= {round(tick["timestamp"], 2) for tick in platform.ticks()}
    counted = sum(float(s["value"][1]) for s in prometheus.query('movie_assets_ticks{name="brand_file_changes"}'))
    assert 0 < counted <= len(platform.ticks())
