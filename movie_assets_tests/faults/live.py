"""A running platform that tests break, and what the person at its UI sees."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import requests
from sqlalchemy import Connection, text

from movie_assets.automation.sensors import CONTENT_TAG
from movie_assets.warehouse.connection import WAREHOUSE_DATABASE
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets_tests.commands.home import FINISHED, Home
from movie_assets_tests.commands.processes import Platform, alive, eventually, place_for_all
from movie_assets_tests.faults.bench import Bench, brands_of
from movie_assets_tests.faults.tables import assert_equal, assert_whole, contents

RECOVERY_SECONDS = 150.0
_EVENTS = """{logsForRun(runId: "%s") {... on EventConnection {events {__typename
... on ExecutionStepFailureEvent {error {message errorChain {error {message}}}}
... on AssetCheckEvaluationEvent {evaluation {success checkName description}}
... on EngineEvent {message} ... on RunFailureEvent {message}}}}}"""


class Live(Home):
    """`movie-assets up` on a brand file in a directory of its own, with the bundled films.

    `reference` tells what the tables hold without a fault. `server` is the PostgreSQL that the platform uses when that
    is not the embedded one of its own home.
    """

    def __init__(self, place: Path, reference: Bench, server: EmbeddedServer | None = None) -> None:
        super().__init__(place)
        self.reference = reference
        self.csv = place / "inbox" / "brands.csv"
        self.csv.parent.mkdir()
        self.csv.write_text(brands_of("a"), encoding="utf-8")
        self.version = "a"
        settings: dict[str, object] = {"MOVIE_ASSETS_BRANDS_CSV": self.csv, "MOVIE_ASSETS_WATCH_SECONDS": 3}
        if server is not None:
            settings["MOVIE_ASSETS_DATABASE_URL"] = server.dsn(WAREHOUSE_DATABASE)
        self.server = server or EmbeddedServer(self.command.home)
        self.command = self.command.with_settings(**settings)

    @property
    def database(self) -> Database:
        return Database(self.server.dsn(WAREHOUSE_DATABASE))

    @property
    def postgres(self) -> list[psutil.Process]:
        """The postmaster and its children."""
        pid = self.server.status().pid
        assert pid is not None
        return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]

    @property
    def running(self) -> Platform:
        assert self.platform is not None
        return self.platform

    def child(self, word: str) -> psutil.Process:
        """The server of the platform whose command line has the word."""
        return eventually(lambda: self.running.child(word), f"{word} is there")

    def run_process(self) -> psutil.Process:
        """The process of the run in progress."""

        def found() -> psutil.Process | None:
            family = self.child("code_server").children(recursive=True)
            # Runs are forked by a child of the code server that was forked for that.
            forked = [process for process in family if process.ppid() != self.child("code_server").pid]
            return next(filter(alive, forked), None)

        return eventually(found, "a run's process")

    def edit(self, version: str | None = None) -> str:
        """Put the other version of the brand file (or the given one) in its place; returns the version."""
        self.version = version or ("b" if self.version == "a" else "a")
        self.rename_into_place(brands_of(self.version))
        return self.version

    def put(self, content: bytes) -> str:
        """Put any content in the file's place; returns its SHA-256, by which `run_for` finds the run."""
        beside = self.csv.with_suffix(".new")
        beside.write_bytes(content)
        beside.replace(self.csv)
        return hashlib.sha256(content).hexdigest()

    def remove(self) -> None:
        """Remove whatever is at the file's place."""
        if self.csv.is_dir() and not self.csv.is_symlink():
            shutil.rmtree(self.csv)
        else:
            self.csv.unlink(missing_ok=True)

    def runs(self) -> list[dict[str, Any]]:
        """All runs, oldest first; none while the UI does not answer."""
        try:
            return self.running.runs()
        except (requests.RequestException, AssertionError):
            return []

    def started_after(self, known: int) -> dict[str, Any]:
        """The first run beyond the known ones, once it has started."""
        return eventually(
            lambda: next((run for run in self.runs()[known:] if run["status"] == "STARTED"), None), "a run starts"
        )

    def run_for(self, sha256: str) -> dict[str, Any]:
        """The newest run for that content, once it has ended."""

        def ended() -> dict[str, Any] | None:
            tag = {"key": CONTENT_TAG, "value": sha256}
            found = [run for run in self.runs() if tag in run["tags"]]
            return found[-1] if found and found[-1]["status"] in FINISHED else None

        return eventually(ended, "the run for the content ends")

    def told_of(self, run: dict[str, Any]) -> str:
        """What the UI shows of a run: its status, errors of its steps, checks that did not pass."""
        events = self.running.ask(_EVENTS % run["runId"])["logsForRun"]["events"]
        said = [str(run["status"])]
        for event in events:
            if event["__typename"] == "ExecutionStepFailureEvent":
                said += [event["error"]["message"], *(e["error"]["message"] for e in event["error"]["errorChain"])]
            elif event["__typename"] == "AssetCheckEvaluationEvent" and not event["evaluation"]["success"]:
                said.append(f"{event['evaluation']['checkName']}: {event['evaluation']['description']}")
            elif event.get("message"):
                said.append(event["message"])
        return "\n".join(said)

    def tick_reasons(self) -> str:
        """What the UI shows of the sensor's newest ticks."""
        return "\n".join(str(tick["skipReason"]) for tick in self.running.ticks()[:30])

    def newest_reason(self) -> str:
        """What the UI shows of the newest tick that has ended without a run; one that has just begun has no reason."""
        return next((str(tick["skipReason"]) for tick in self.running.ticks() if tick["skipReason"]), "")

    def assert_whole(self) -> None:
        """Every table is that of version a of the brands or of version b."""
        assert_whole(contents(self.database), *(self.reference.expected(version, "a") for version in "ab"))

    def recovered(self, seconds: float = RECOVERY_SECONDS) -> None:
        """Without anybody's doing, every table comes to what it is without the fault, and no run is in progress."""
        expected = self.reference.expected(self.version, "a")
        deadline = time.monotonic() + seconds
        sha256 = hashlib.sha256(brands_of(self.version).encode()).hexdigest()
        while True:
            runs = self.runs()
            quiet = runs and all(run["status"] in FINISHED for run in runs)
            tags = {tag["value"] for tag in runs[-1]["tags"]} if runs else set()
            if quiet and runs[-1]["status"] == "SUCCESS" and sha256 in tags:
                break
            if time.monotonic() > deadline:
                newest = [self.told_of(run) for run in runs[-2:]]
                raise AssertionError(f"not recovered; {newest}, {self.tick_reasons()}, {self.running.output}")
            time.sleep(0.3)
        assert_equal(contents(self.database), expected)

    def refreshed(self) -> None:
        """The next edit is refreshed as if nothing had happened."""
        self.edit()
        self.recovered()

    @contextmanager
    def held(self) -> Iterator[Connection]:
        """Meanwhile a refresh that starts waits before it writes its first table."""
        with self.database.engine.connect() as blocker:
            blocker.execute(text("LOCK TABLE movies.raw_brands IN ACCESS EXCLUSIVE MODE"))
            yield blocker
            blocker.invalidate()


@contextmanager
def live(reference: Bench, server: EmbeddedServer | None = None) -> Iterator[Live]:
    """A running platform."""
    with place_for_all() as place:
        home = Live(place, reference, server)
        try:
            home.up()
            yield home
        finally:
            if home.platform is not None:
                home.platform.__exit__()
