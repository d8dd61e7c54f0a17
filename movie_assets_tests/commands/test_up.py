"""`make run`, which is `movie-assets up`: what it does by itself, what it refuses, and Ctrl-C."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from movie_assets.automation.schedules import SCHEDULES
from movie_assets.automation.sensors import SENSORS
from movie_assets.settings import PROJECT_ROOT
from movie_assets.warehouse.connection import DAGSTER_DATABASE, WAREHOUSE_DATABASE
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.commands.home import Home, gone, home_of_its_own
from movie_assets_tests.commands.processes import Platform, eventually

TABLES = {table.name for table in metadata.sorted_tables}
BIN = Path(sys.executable).parent
# The environment that runs this test is complete; `-o` keeps make from building it again.
MAKE_RUN = ("make", "-C", str(PROJECT_ROOT), "run", f"VENV={BIN.parent}", "-o", f"{BIN.parent}/.runtime")


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """A home of which `make run` starts the platform."""
    with home_of_its_own(MAKE_RUN) as home:
        yield home


# By itself


def test_everything_is_refreshed_and_checked_by_itself_after_the_first_start(platform: Platform) -> None:
    data = platform.ask(
        "{assetNodes {assetKey {path} isMaterializable assetMaterializations(limit: 1) {runId} "
        "assetChecksOrError {... on AssetChecks {checks {name executionForLatestMaterialization "
        "{status evaluation {success severity}}}}}}}"
    )
    nodes = {node["assetKey"]["path"][-1]: node for node in data["assetNodes"]}
    assert set(nodes) == TABLES | {"brands_csv", "brand_report"}
    assert {name for name, node in nodes.items() if node["isMaterializable"]} == TABLES | {"brand_report"}
    assert nodes["brand_report"]["assetMaterializations"]
    for name in TABLES:
        assert nodes[name]["assetMaterializations"], name
        checks = nodes[name]["assetChecksOrError"]["checks"]
        assert checks, name
        for check in checks:
            evaluation = check["executionForLatestMaterialization"]["evaluation"]
            assert evaluation["success"] or evaluation["severity"] == "WARN", (name, check)
    first = platform.runs()[0]
    assert {"key": "dagster/sensor_name", "value": "brand_file_changes"} in first["tags"]


def test_only_the_ui_listens_and_only_on_this_machine(platform: Platform) -> None:
    listening = set()
    for process in platform.family():
        # A run may have ended meanwhile.
        with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError):
            for connection in process.net_connections("inet"):
                if connection.status in (psutil.CONN_LISTEN, psutil.CONN_NONE):
                    listening.add(f"http://{connection.laddr.ip}:{connection.laddr.port}")
    assert listening == {platform.url}
    assert platform.url.startswith("http://127.0.0.1:")


def test_every_sensor_and_every_schedule_is_on_and_works(platform: Platform) -> None:
    data = platform.ask(
        '{repositoryOrError(repositorySelector: {repositoryName: "__repository__", repositoryLocationName: '
        '"movie_assets"}) {... on Repository {sensors {name sensorState {status}} schedules {name scheduleState '
        "{status}}}}}"
    )["repositoryOrError"]
    sensors = {sensor["name"]: sensor["sensorState"]["status"] for sensor in data["sensors"]}
    schedules = {schedule["name"]: schedule["scheduleState"]["status"] for schedule in data["schedules"]}
    assert sensors == dict.fromkeys([sensor.name for sensor in SENSORS], "RUNNING")
    assert schedules == dict.fromkeys([schedule.name for schedule in SCHEDULES], "RUNNING")
    for name in sensors:
        ended = eventually(
            lambda name=name: [tick for tick in platform.ticks(name) if tick["status"] != "STARTED"],
            f"a tick of {name}",
        )
        assert {tick["status"] for tick in ended} <= {"SKIPPED", "SUCCESS"}, name


# The brand file changes


def test_an_edit_of_the_brand_file_is_one_refresh(home: Home, platform: Platform) -> None:
    new, runs = next(home.total), len(home.quiet())

    home.rename_into_place(home.content(new))
    eventually(lambda: home.measured() == new, "a file renamed into place is measured")

    later = home.quiet()[runs:]
    assert [(run["jobName"], run["status"]) for run in later] == [("refresh_brands", "SUCCESS")]
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


# Ctrl-C


def test_make_run_serves_the_ui_and_ctrl_c_ends_it(platform: Platform) -> None:
    family = platform.family()
    assert requests.get(platform.url, timeout=60).ok

    platform.ctrl_c()

    assert gone(family)
    with pytest.raises(requests.ConnectionError):
        requests.get(platform.url, timeout=60)
