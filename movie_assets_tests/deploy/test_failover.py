"""The primary dies in the middle of a refresh, its standby is promoted, and the platform goes on by itself."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from movie_assets.automation.sensors import CONTENT_TAG
from movie_assets.warehouse.connection import WAREHOUSE_DATABASE
from movie_assets.warehouse.database import Database
from movie_assets_tests.commands.processes import PATIENCE_SECONDS, eventually
from movie_assets_tests.deploy.replication import Pair, pair
from movie_assets_tests.faults.bench import brands_of
from movie_assets_tests.faults.live import Live, live
from movie_assets_tests.faults.tables import assert_equal, contents

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(280)]

ACCEPTED_SECONDS = 60.0
RAW_BRANDS = "SELECT md5(string_agg(b::text, '' ORDER BY b.brand)) FROM movies.raw_brands AS b"


class Witness:
    """Commits one number after the other, and keeps those whose commit was confirmed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self.confirmed: set[int] = set()
        with database.engine.begin() as connection:
            connection.execute(text("CREATE TABLE public.witness (n bigint PRIMARY KEY)"))

    def stored(self) -> set[int]:
        """What the database holds now."""
        return {int(row["n"]) for row in self._database.rows("SELECT n FROM public.witness")}

    @contextmanager
    def writing(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._thread.join()

    def _write(self) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            try:
                with self._database.engine.connect() as connection:
                    while not self._stopping.is_set():
                        with connection.begin():
                            connection.execute(text("INSERT INTO public.witness VALUES (:n)"), {"n": number})
                        self.confirmed.add(number)
                        number += 1
            except DBAPIError:
                time.sleep(0.1)


@pytest.fixture
def servers() -> Iterator[Pair]:
    with pair() as made:
        yield made


@pytest.fixture
def home(servers: Pair) -> Iterator[Live]:
    """A platform on the pair."""
    with live(None, servers) as made:  # type: ignore[arg-type]
        yield made


def succeeds(home: Live, version: str, seconds: float) -> None:
    """Wait until a refresh of that version of the brand file has succeeded, however many fail before."""
    tag = {"key": CONTENT_TAG, "value": hashlib.sha256(brands_of(version).encode()).hexdigest()}

    def newest() -> bool:
        runs = home.runs()
        return bool(runs) and runs[-1]["status"] == "SUCCESS" and tag in runs[-1]["tags"]

    eventually(newest, f"a refresh of version {version} succeeds", seconds)


def test_a_killed_primary_costs_no_committed_row_and_less_than_a_minute(
    servers: Pair, home: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    database = Database(servers.dsn(WAREHOUSE_DATABASE))
    witness = Witness(database)
    children = {name: home.child(name).pid for name in ("code_server", "daemon", "dagster_webserver")}
    undisturbed, before = contents(database), database.scalar(RAW_BRANDS)
    succeeded = {run["runId"] for run in home.runs() if run["status"] == "SUCCESS"}
    with witness.writing():
        eventually(lambda: len(witness.confirmed) > 50, "commits are confirmed")
        runs = len(home.runs())
        home.edit("b")
        home.started_after(runs)
        eventually(lambda: database.scalar(RAW_BRANDS) != before, "the refresh has published a table")
        confirmed = set(witness.confirmed)
        servers.primary.kill()
        start = time.monotonic()
        servers.promote()
        promoted = time.monotonic() - start
        succeeds(home, "b", ACCEPTED_SECONDS)
        seconds = time.monotonic() - start
    interrupted = home.runs()[runs]["status"]
    assert servers.standby.database.scalar("SELECT pg_is_in_recovery()") is False
    assert confirmed <= witness.confirmed <= witness.stored()
    assert max(witness.confirmed) > max(confirmed), "the witness went on, on the new primary"
    assert succeeded <= {run["runId"] for run in home.runs()}
    assert database.scalar(RAW_BRANDS) != before
    assert children == {name: home.child(name).pid for name in children}, "a process had to be started again"
    home.edit("a")
    succeeds(home, "a", PATIENCE_SECONDS)
    assert_equal(contents(database), undisturbed)
    with capsys.disabled():
        print(
            f"\nfailover: promoted in {promoted:.1f} s, next successful refresh after {seconds:.1f} s; the run in "
            f"progress ended as {interrupted}; {len(confirmed)} commits were confirmed before, all are there"
        )
