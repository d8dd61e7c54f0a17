"""The primary dies in the middle of a refresh, its standby is promoted, and the platform goes on by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from movie_assets.warehouse.connection import WAREHOUSE_DATABASE
from movie_assets.warehouse.database import Database
from movie_assets_tests.commands.processes import eventually
from movie_assets_tests.deploy.replication import Pair, pair
from movie_assets_tests.faults.bench import bench
from movie_assets_tests.faults.live import live

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


def test_a_killed_primary_costs_no_committed_row_and_less_than_a_minute(
    servers: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    with bench() as reference, live(reference, servers) as home:  # type: ignore[arg-type]
        database = Database(servers.dsn(WAREHOUSE_DATABASE))
        witness = Witness(database)
        children = {name: home.child(name).pid for name in ("code_server", "daemon", "dagster_webserver")}
        # So that the time to recover is not that of working out what is expected.
        for version in "ab":
            reference.expected(version, "a")
        before = database.scalar(RAW_BRANDS)
        succeeded = {run["runId"] for run in home.runs() if run["status"] == "SUCCESS"}
        with witness.writing():
            eventually(lambda: len(witness.confirmed) > 50, "commits are confirmed")
            runs = len(home.runs())
            home.edit()
            home.started_after(runs)
            eventually(lambda: database.scalar(RAW_BRANDS) != before, "the refresh has published a table")
            confirmed = set(witness.confirmed)
            servers.primary.kill()
            start = time.monotonic()
            servers.promote()
            promoted = time.monotonic() - start
            home.recovered(ACCEPTED_SECONDS)
            seconds = time.monotonic() - start
        in_the_middle = next(run["status"] for run in home.runs()[runs:])
        assert seconds < ACCEPTED_SECONDS
        assert servers.standby.database.scalar("SELECT pg_is_in_recovery()") is False
        assert confirmed <= witness.confirmed <= witness.stored()
        assert max(witness.confirmed) > max(confirmed), "the witness went on, on the new primary"
        assert succeeded <= {run["runId"] for run in home.runs()}
        assert children == {name: home.child(name).pid for name in children}, "no process had to be started again"
        home.refreshed()
    with capsys.disabled():
        print(
            f"\nfailover: promoted in {promoted:.1f} s, next successful refresh after {seconds:.1f} s; the run in "
            f"progress ended as {in_the_middle}; {len(confirmed)} confirmed commits, all there"
        )
