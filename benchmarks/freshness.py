"""From a saved brand file to committed numbers: seconds from the file's rename to the new row of brand_stats.

    python -m benchmarks.freshness --edits 30 --peer-edits 10 --json freshness.json

One brand's total is edited again and again, each time when the platform is idle. Ours is `movie-assets up`; the peer is
`dagster dev` on the same assets, tables and file with Dagster's own queue, an executor with a process for each step and
a sensor that polls (`benchmarks/default_platform.py`). An edit that is not seen within five minutes counts as not seen.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg2
import requests
from sqlalchemy.engine import make_url

from movie_assets.settings import PROJECT_ROOT
from movie_assets.warehouse.connection import WAREHOUSE_DATABASE
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets_tests.commands.processes import CommandLine, Platform, eventually, place_for_all

BRANDS = (PROJECT_ROOT / "data" / "brands.csv").read_text(encoding="utf-8")
EDITED, TOTAL = "Pixar", "6078217662"
GIVEN_UP_SECONDS = 300.0
LOOK_EVERY_SECONDS = 0.01
FINISHED = {"SUCCESS", "FAILURE", "CANCELED"}
RUNS = "{runsOrError {... on Runs {results {runId status}}}}"


class BrandFile:
    """The brand file under measurement, and the table that is to follow it."""

    def __init__(self, path: Path, home: Path) -> None:
        self._path = path
        self._home = home
        self._total = 7_000_000_000
        path.write_text(BRANDS, encoding="utf-8")

    def edit(self) -> int:
        """Another total for one brand, renamed into place; returns it."""
        self._total += 1
        beside = self._path.with_suffix(".new")
        beside.write_text(BRANDS.replace(TOTAL, str(self._total)), encoding="utf-8")
        beside.replace(self._path)
        return self._total

    def seconds_of_an_edit(self) -> float | None:
        """How long brand_stats takes to show the edit to another session; None when it does not."""
        url = make_url(EmbeddedServer(self._home).dsn(WAREHOUSE_DATABASE))
        connection = psycopg2.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                total = self.edit()
                started = time.perf_counter()
                while time.perf_counter() - started < GIVEN_UP_SECONDS:
                    cursor.execute(
                        "SELECT total_gross_usd FROM movies.brand_stats WHERE brand = %s AND scope = 'top_release'",
                        (EDITED,),
                    )
                    if cursor.fetchall() == [(total,)]:
                        return time.perf_counter() - started
                    time.sleep(LOOK_EVERY_SECONDS)
        finally:
            connection.close()
        return None


@contextmanager
def ours(command: CommandLine, place: Path) -> Iterator[str]:
    """`movie-assets up`, with the first refresh done; gives the UI's address."""
    with Platform(command, place / "up.log") as up:
        up.ready()
        eventually(lambda: any(run["status"] == "SUCCESS" for run in up.runs()), "the first refresh")
        yield up.url


@contextmanager
def dagsters_own(command: CommandLine, place: Path) -> Iterator[str]:
    """`dagster dev` on the same home's tables, with an instance of its own; gives the UI's address."""
    instance = place / "default_instance"
    instance.mkdir()
    (instance / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    port = "38473"
    words = [sys.executable, "-m", "dagster", "dev", "-m", "benchmarks.default_platform", "-p", port]
    given = command.environment | {"DAGSTER_HOME": str(instance)}
    with (place / "dev.log").open("wb") as log:
        process = subprocess.Popen(
            words, cwd=PROJECT_ROOT, env=given, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _answers(url), "dagster dev is up")
        # Its sensor takes the file it finds first for a change.
        eventually(lambda: _runs(url), "the first run", GIVEN_UP_SECONDS)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            process.kill()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/server_info", timeout=2).ok
    except requests.RequestException:
        return False


def _runs(url: str) -> list[dict[str, Any]]:
    answer = requests.post(f"{url}/graphql", json={"query": RUNS}, timeout=60).json()
    found: list[dict[str, Any]] = answer["data"]["runsOrError"]["results"]
    return found


def _idle(url: str) -> bool:
    return all(run["status"] in FINISHED for run in _runs(url))


def measured(url: str, seconds_of_an_edit: Callable[[], float | None], edits: int, name: str) -> dict[str, Any]:
    """So many edits one after the other, at moments that no loop of the platform is in step with."""
    moments = random.Random(7)  # noqa: S311 - nothing secret
    found: list[float | None] = []
    for number in range(edits):
        eventually(lambda: _idle(url), "runs end", GIVEN_UP_SECONDS)
        time.sleep(2 + 5 * moments.random())
        found.append(seconds_of_an_edit())
        print(f"{name}: edit {number + 1} of {edits}: {_shown(found[-1])}", flush=True)
    seen = sorted(seconds for seconds in found if seconds is not None)
    return {
        "edits": edits,
        "seen": len(seen),
        "median": round(median(seen), 2),
        "p95": round(quantiles(seen, n=20, method="inclusive")[-1], 2),
        "highest": round(seen[-1], 2),
        "seconds": [None if seconds is None else round(seconds, 2) for seconds in found],
    }


def _shown(seconds: float | None) -> str:
    return "not seen" if seconds is None else f"{seconds:.2f} s"


def run(edits: int, peer_edits: int) -> dict[str, Any]:
    """Both on one home, one after the other."""
    result: dict[str, Any] = {"cores": os.cpu_count(), "python": platform.python_version()}
    with place_for_all() as place:
        csv = place / "brands.csv"
        command = CommandLine(place / "home", place, MOVIE_ASSETS_BRANDS_CSV=csv)
        file = BrandFile(csv, command.home)
        with ours(command, place) as url:
            result["ours"] = measured(url, file.seconds_of_an_edit, edits, "movie-assets up")
        if peer_edits:
            # Held here: with a process for each step there are moments at which nobody uses the server.
            with EmbeddedServer(command.home), dagsters_own(command, place) as url:
                result["peer"] = measured(url, file.seconds_of_an_edit, peer_edits, "Dagster's defaults")
            result["ratio"] = round(result["peer"]["median"] / result["ours"]["median"], 1)
    return result


def main() -> None:
    """Run it and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=30)
    parser.add_argument("--peer-edits", type=int, default=10, help="0 leaves Dagster's defaults out")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = run(options.edits, options.peer_edits)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    print(f"{found['cores']} cores, seconds from the brand file's rename to committed brand_stats")
    for name, key in (("movie-assets up", "ours"), ("Dagster's defaults", "peer")):
        if key in found:
            part = found[key]
            print(
                f"{name:20} median {part['median']:6.2f}  95th percentile {part['p95']:6.2f}"
                f"  highest {part['highest']:6.2f}  seen {part['seen']} of {part['edits']}"
            )


if __name__ == "__main__":
    main()
