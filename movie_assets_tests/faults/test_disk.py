"""Disks without room: real file systems of a few megabytes, mounted for the test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from movie_assets.warehouse.connection import WAREHOUSE_DATABASE
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.commands.processes import place_for_all
from movie_assets_tests.faults.bench import Bench
from movie_assets_tests.faults.plugin import Seen
from movie_assets_tests.faults.registry import Fault
from movie_assets_tests.faults.tables import assert_equal

pytestmark = pytest.mark.timeout(240)

FAMILY = "The disk is full"
MEGABYTES = 8


@contextmanager
def small_disk(path: Path, megabytes: int = MEGABYTES) -> Iterator[Path]:
    """A file system of that size at `path`; the test fails with the reason where none may be mounted."""
    path.mkdir(parents=True, exist_ok=True)
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(path)]
    mounted = subprocess.run(mounting, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.fail(
            f"a small file system cannot be mounted ({mounted.stderr.strip()}): run as root, --cap-add=SYS_ADMIN"
        )
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


@contextmanager
def filled(disk: Path, left: int = 0) -> Iterator[None]:
    """Meanwhile the disk has no more than `left` bytes of room."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        piece = b"\0" * 4096
        try:
            while os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize > left:
                file.write(piece)
                file.flush()
        except OSError:
            pass
    try:
        yield
    finally:
        ballast.unlink()


@Fault(
    FAMILY,
    "Less room on the embedded server's disk than MOVIE_ASSETS_MIN_FREE_BYTES when a refresh begins",
    "nothing is written; the old rows stay",
    where="the failed run's error",
    shows=("MOVIE_ASSETS_MIN_FREE_BYTES asks for", "Nothing was written and the old rows stay"),
    person="free some room on that disk",
)
def test_a_nearly_full_disk(shared: Bench, seen: Seen) -> None:
    old, new = shared.version, shared.other
    shared.put(new, new)
    outcome = shared.run("refresh", MOVIE_ASSETS_MIN_FREE_BYTES=10**18)
    assert outcome["status"] == "FAILURE"
    seen(outcome["said"])
    assert_equal(shared.contents(), shared.expected(old, old))
    shared.refreshed(new)


@Fault(
    FAMILY,
    "PostgreSQL's disk is full in the middle of a publication (a table space of 8 MB)",
    "PostgreSQL rolls the publication back; the old rows stay",
    where="the failed run's error",
    shows=("No space left on device", "the old rows stay", "The server has no room for the rows"),
    person="free some room on the server's disk",
)
def test_a_full_disk_of_postgresql(shared: Bench, seen: Seen) -> None:
    old, new = shared.version, shared.other
    shared.put(new, new)
    with place_for_all() as place, small_disk(place / "disk") as disk:
        account = shared.postmaster.uids().real
        os.chown(disk, account, account)
        administer(shared, f"CREATE TABLESPACE small LOCATION '{disk}'")
        administer(shared, f"ALTER DATABASE {WAREHOUSE_DATABASE} SET default_tablespace = small")
        try:
            with filled(disk):
                outcome = shared.run("refresh")
            assert outcome["status"] == "FAILURE"
            seen(outcome["said"])
            assert_equal(shared.contents(), shared.expected(old, old))
        finally:
            administer(shared, f"ALTER DATABASE {WAREHOUSE_DATABASE} RESET default_tablespace")
        shared.refreshed(new)
        # Indexes that were made meanwhile may lie there.
        for table in metadata.sorted_tables:
            administer(shared, f"ALTER TABLE {table.fullname} SET TABLESPACE pg_default", WAREHOUSE_DATABASE)
        administer(shared, "ALTER INDEX ALL IN TABLESPACE small SET TABLESPACE pg_default", WAREHOUSE_DATABASE)
        administer(shared, "DROP TABLESPACE small")


@Fault(
    FAMILY,
    "The disk of Dagster's home is full, where the output of steps is kept",
    "the refresh succeeds; what its steps print is not kept",
    where="the run's status",
    shows=("SUCCESS",),
)
def test_a_full_disk_of_dagster(shared: Bench, seen: Seen) -> None:
    new = shared.other
    shared.put(new, new)
    configuration = (shared.home / "dagster" / "dagster.yaml").read_bytes()
    with small_disk(shared.home / "dagster") as disk:
        (disk / "dagster.yaml").write_bytes(configuration)
        with filled(disk):
            seen(shared.run("refresh")["status"])
    assert_equal(shared.contents(), shared.expected(new, new))
    shared.refreshed(new)


@Fault(
    FAMILY,
    "No room for the report (the home's disk), while PostgreSQL has some",
    "every table is published; the report stays what it was",
    where="the failed run's error",
    shows=("report.html cannot be written: No space left on device",),
    person="free some room on that disk",
)
def test_no_room_for_the_report(shared: Bench, seen: Seen) -> None:
    new = shared.other
    shared.put(new, new)
    with place_for_all() as place, small_disk(place / "disk") as disk:
        url = shared.server.dsn(WAREHOUSE_DATABASE)
        dagster = shared.server.dsn("dagster")
        settings = {"MOVIE_ASSETS_DATABASE_URL": url, "MOVIE_ASSETS_DAGSTER_DATABASE_URL": dagster}
        (disk / "home").mkdir()
        with filled(disk, left=100_000):
            outcome = shared.run("refresh", MOVIE_ASSETS_HOME=disk / "home", **settings)
        assert outcome["status"] == "FAILURE"
        seen(outcome["said"])
    assert_equal(shared.contents(), shared.expected(new, new))
    shared.refreshed(new)


def administer(bench: Bench, statement: str, database: str = "postgres") -> None:
    """Run a statement that no transaction may hold."""
    engine = Database(bench.server.dsn(database)).engine
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
