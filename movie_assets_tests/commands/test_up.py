"""`movie-assets up`: what it does by itself, what it survives, and that nothing is left of it when it ends."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from sqlalchemy import text

from movie_assets.warehouse.connection import DAGSTER_DATABASE, WAREHOUSE_DATABASE
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.commands.processes import (
    BRANDS_CSV,
    CommandLine,
    Platform,
    alive,
    ended,
    eventually,
    place_for_all,
)

TABLES = {table.name for table in metadata.sorted_tables}
FINISHED = {"SUCCESS", "FAILURE", "CANCELED"}
SERVERS = ("code_server", "dagster_webserver", "dagster._daemon")


class Home:
    """A home with a brand file of its own, and the platform on it, which tests may end: the next one starts it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.csv = place / "brands.csv"
        shutil.copy(BRANDS_CSV, self.csv)
        self.command = CommandLine(place / "home", place, MOVIE_ASSETS_BRANDS_CSV=self.csv)
        self.platform: Platform | None = None
        self.total = self.totals()

    def up(self) -> Platform:
        """The platform, up, with the content of the brand file in its tables and no run in progress."""
        if self.platform is None or self.platform.process.poll() is not None:
            self.platform = Platform(self.command, self.place / "up.log")
        platform = self.platform.ready()
        eventually(lambda: any(run["status"] == "SUCCESS" for run in platform.runs()), "the first refresh")
        self.quiet()
        return platform

    @property
    def database(self) -> Database:
        return Database(EmbeddedServer(self.command.home).dsn(WAREHOUSE_DATABASE))

    def totals(self) -> Iterator[int]:
        """Totals that no brand file had before."""
        yield from range(7_000_000_001, 8_000_000_000)

    def content(self, total: int) -> str:
        """The bundled brand file with another total for Pixar."""
        return BRANDS_CSV.read_text(encoding="utf-8").replace("6078217662", str(total))

    def rename_into_place(self, content: str) -> None:
        """As careful programs write."""
        beside = self.csv.with_suffix(".new")
        beside.write_text(content, encoding="utf-8")
        beside.replace(self.csv)

    def rewrite(self, content: str) -> None:
        """As a text editor may write: into the same file."""
        self.csv.write_text(content, encoding="utf-8")

    def measured(self) -> int:
        """Pixar's total in brand_stats."""
        return int(str(self.database.scalar("SELECT total_gross_usd FROM movies.brand_stats WHERE brand = 'Pixar'")))

    def quiet(self) -> list[dict[str, Any]]:
        """All runs, once none is in progress."""
        assert self.platform is not None
        platform = self.platform
        return eventually(
            lambda: (runs := platform.runs()) and all(run["status"] in FINISHED for run in runs) and runs, "runs end"
        )

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """All published rows, with the transaction that wrote each."""
        return {
            table.name: self.database.rows(f"SELECT t.xmin::text, t.* FROM {table.fullname} t ORDER BY t::text")
            for table in metadata.sorted_tables
        }


@contextmanager
def home_of_its_own() -> Iterator[Home]:
    with place_for_all() as place:
        home = Home(place)
        try:
            yield home
        finally:
            if home.platform is not None:
                home.platform.__exit__()


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """The home that the tests of this module share."""
    with home_of_its_own() as home:
        yield home


@pytest.fixture
def platform(home: Home) -> Platform:
    """The platform of that home, up."""
    return home.up()


def gone(family: list[psutil.Process]) -> bool:
    """Whether none of the processes is left, in the end."""
    return eventually(lambda: not any(map(alive, family)), f"all gone of {family}")


# By itself


def test_everything_is_refreshed_and_checked_by_itself_after_the_first_start(platform: Platform) -> None:
    data = platform.ask(
        "{assetNodes {assetKey {path} isMaterializable assetMaterializations(limit: 1) {runId} "
        "assetChecksOrError {... on AssetChecks {checks {name executionForLatestMaterialization "
        "{status evaluation {success severity}}}}}}}"
    )
    nodes = {node["assetKey"]["path"][-1]: node for node in data["assetNodes"]}
    assert set(nodes) == TABLES | {"brands_csv"}
    assert {name for name, node in nodes.items() if node["isMaterializable"]} == TABLES
    for name in TABLES:
        assert nodes[name]["assetMaterializations"], name
        checks = nodes[name]["assetChecksOrError"]["checks"]
        assert checks, name
        for check in checks:
            evaluation = check["executionForLatestMaterialization"]["evaluation"]
            assert evaluation["success"] or evaluation["severity"] == "WARN", (name, check)
    first = platform.runs()[0]
    assert {"key": "dagster/sensor_name", "value": "brand_file_changes"} in first["tags"]


def test_the_sensor_and_every_schedule_are_on(platform: Platform) -> None:
    data = platform.ask(
        '{repositoryOrError(repositorySelector: {repositoryName: "__repository__", repositoryLocationName: '
        '"movie_assets"}) {... on Repository {sensors {name sensorState {status}} schedules {name scheduleState '
        "{status}}}}}"
    )["repositoryOrError"]
    sensors = {sensor["name"]: sensor["sensorState"]["status"] for sensor in data["sensors"]}
    schedules = {schedule["name"]: schedule["scheduleState"]["status"] for schedule in data["schedules"]}
    assert sensors == {"brand_file_changes": "RUNNING"}
    assert schedules == dict.fromkeys(
        ("daily_refresh_of_films", "weekly_refresh_of_everything", "monthly_audit"), "RUNNING"
    )


# The brand file changes


def test_every_change_of_the_brand_file_is_one_refresh_also_back_to_what_it_was(home: Home, platform: Platform) -> None:
    old, new = home.csv.read_text(encoding="utf-8"), next(home.total)
    before, runs = home.measured(), len(home.quiet())

    home.rename_into_place(home.content(new))
    eventually(lambda: home.measured() == new, "a file renamed into place is measured")
    home.quiet()
    home.rewrite(old)
    eventually(lambda: home.measured() == before, "a file written in place is measured")

    later = home.quiet()[runs:]
    assert [(run["jobName"], run["status"]) for run in later] == [("refresh", "SUCCESS")] * 2
    assert platform.process.poll() is None


def test_equal_content_starts_nothing(home: Home, platform: Platform) -> None:
    runs = home.quiet()
    home.rewrite(home.csv.read_text(encoding="utf-8"))
    home.rename_into_place(home.csv.read_text(encoding="utf-8"))
    written = home.csv.stat().st_ctime

    def looked() -> list[dict[str, Any]]:
        return [tick for tick in platform.ticks() if tick["timestamp"] > written and tick["status"] == "SKIPPED"]

    eventually(lambda: len(looked()) >= 2, "two ticks after it was written")
    assert {tick["skipReason"] for tick in looked()} == {"The brand file has not changed."}
    assert home.quiet() == runs


def test_a_deleted_brand_file_is_told_and_leaves_the_tables(home: Home, platform: Platform) -> None:
    content, rows, runs = home.csv.read_text(encoding="utf-8"), home.rows(), home.quiet()
    home.csv.unlink()
    try:
        told = f"{home.csv} does not exist. The stored brands stay as they are."
        eventually(lambda: told in {tick["skipReason"] for tick in platform.ticks()}, "a tick tells")
        data = platform.ask(
            '{assetOrError(assetKey: {path: ["brands_csv"]}) '
            "{... on Asset {assetObservations(limit: 1) {description}}}}"
        )
        assert data["assetOrError"]["assetObservations"] == [{"description": told}]
        assert home.rows() == rows
        assert home.quiet() == runs
    finally:
        home.rewrite(content)


def test_a_broken_brand_file_fails_the_run_and_a_repaired_one_is_taken(home: Home, platform: Platform) -> None:
    rows, runs, new = home.rows(), len(home.quiet()), next(home.total)
    home.rename_into_place("Brand,Releases\nPixar,28\n")
    eventually(lambda: len(platform.runs()) > runs, "a run")
    assert home.quiet()[-1]["status"] == "FAILURE"
    assert home.rows() == rows

    home.rename_into_place(home.content(new))
    eventually(lambda: home.measured() == new, "the repaired file is measured")
    assert home.quiet()[-1]["status"] == "SUCCESS"


# What it refuses


def test_a_second_platform_on_the_same_home_is_refused(home: Home, platform: Platform) -> None:
    outcome = home.command("up")

    assert outcome.returncode == 1
    assert f"The platform of {home.command.home} is up already at {platform.url}" in outcome.stderr
    assert "movie-assets down" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert requests.get(f"{platform.url}/server_info", timeout=60).ok


def test_a_port_in_use_is_told(home: Home, platform: Platform, tmp_path: Path) -> None:
    port = platform.url.rsplit(":", 1)[1]
    # The other platform is never started, so it may be given the address of this one's databases.
    server = EmbeddedServer(home.command.home)
    other = home.command.with_settings(
        MOVIE_ASSETS_HOME=tmp_path / "home",
        MOVIE_ASSETS_PORT=port,
        MOVIE_ASSETS_DATABASE_URL=server.dsn(WAREHOUSE_DATABASE),
        MOVIE_ASSETS_DAGSTER_DATABASE_URL=server.dsn(DAGSTER_DATABASE),
    )
    outcome = other("up")

    assert outcome.returncode == 1
    assert f"127.0.0.1:{port} cannot be used (Address already in use). Set MOVIE_ASSETS_PORT" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert "Platform: not running" in other("status").stdout


# What it survives


def test_killed_servers_are_started_again_and_the_run_they_lost_is_recorded(home: Home, platform: Platform) -> None:
    runs, lost, new = len(home.quiet()), next(home.total), next(home.total)
    with home.database.engine.connect() as blocker:
        blocker.execute(text("LOCK TABLE movies.raw_brands IN ACCESS EXCLUSIVE MODE"))
        home.rename_into_place(home.content(lost))
        eventually(lambda: [run["status"] for run in platform.runs()[runs:]] == ["STARTED"], "a run that waits")
        killed = {word: platform.child(word) for word in SERVERS}
        for process in killed.values():
            assert process is not None
            process.kill()

        def answers() -> bool:
            try:
                return [run["status"] for run in platform.runs()[runs:]] == ["FAILURE"]
            except requests.RequestException:
                return False

        eventually(answers, "the run that was lost is recorded as failed")

    for word, process in killed.items():
        again = eventually(lambda word=word: platform.child(word), f"{word} is there again")
        assert again != process
    for name in ("code-server", "webserver", "daemon"):
        assert f"The {name} ended with -9; it is started again" in platform.output
    home.rename_into_place(home.content(new))
    eventually(lambda: home.measured() == new, "a change is measured as before")


# How it ends


def test_ctrl_c_leaves_nothing_behind_and_the_next_start_remembers_everything(home: Home, platform: Platform) -> None:
    runs, ticks, family = home.quiet(), platform.ticks(), platform.family()
    assert len(family) > 6

    assert platform.ctrl_c() == 0

    assert gone(family)
    assert "Stopping." in platform.output
    assert "Platform: not running" in home.command("status").stdout
    again = home.up()
    newest = ticks[0]["timestamp"]
    eventually(lambda: any(tick["timestamp"] > newest for tick in again.ticks()), "the sensor goes on")
    assert newest in {tick["timestamp"] for tick in again.ticks()}
    assert again.runs() == runs


def test_a_refresh_that_ctrl_c_interrupted_does_not_block_the_next_one(home: Home, platform: Platform) -> None:
    runs, lost, new = len(home.quiet()), next(home.total), next(home.total)
    with home.database.engine.connect() as blocker:
        blocker.execute(text("LOCK TABLE movies.raw_brands IN ACCESS EXCLUSIVE MODE"))
        home.rename_into_place(home.content(lost))
        eventually(lambda: [run["status"] for run in platform.runs()[runs:]] == ["STARTED"], "a run that waits")
        family = platform.family()
        platform.ctrl_c()
        # The server, which nobody uses any more, took the lock with it.
        blocker.invalidate()
    assert gone(family)

    again = home.up()
    assert again.runs()[runs]["status"] == "FAILURE"
    home.rename_into_place(home.content(new))
    eventually(lambda: home.measured() == new, "a change is measured")


def test_a_killed_platform_leaves_nothing_behind(home: Home, platform: Platform) -> None:
    family = platform.family()
    platform.process.kill()
    platform.process.wait()
    assert gone(family)
    assert home.up().process.poll() is None


def test_down_stops_it_from_another_process(home: Home, platform: Platform) -> None:
    family = platform.family()
    outcome = home.command("down")

    assert (outcome.returncode, outcome.stdout) == (0, "Stopped.\n")
    assert platform.process.wait(10) == 0
    assert gone(family)
    assert home.command("down").stdout == "Nothing was running.\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="without root, every other test is this one")
def test_a_normal_user_runs_it() -> None:
    account = pwd.getpwnam("nobody")
    with home_of_its_own() as home:
        os.chown(home.place, account.pw_uid, account.pw_gid)
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        command = home.command.with_settings(HOME=home.place, USER="nobody")
        home.platform = Platform(command, home.place / "up.log", **identity)
        home.up()

        family = home.platform.family()
        assert {process.uids().real for process in family} == {account.pw_uid}
        status = ended(command.start("status", **identity))
        assert f"up at {home.platform.url}" in status.stdout
        assert home.platform.ctrl_c() == 0
        assert gone(family)
