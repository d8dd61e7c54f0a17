"""Readers while a table is republished again and again: each sees one version, whole, and never waits or fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
from sqlalchemy import BigInteger, Column, Connection, Index, Text, text

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.reading import read_stream
from movie_assets_tests.warehouse.publishing_support import declared

TABLE = declared(
    "versions",
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("filler", Text),
    Index(None, "version"),
)
SIZES = (1500, 400, 2500)
ROUNDS = 20

Seen = tuple[int, int, int]
"""Number of rows, lowest version, highest version."""


def content(version: int) -> pd.DataFrame:
    """As many rows as the version has, with keys that only partly overlap those of its neighbours."""
    size = SIZES[version % len(SIZES)]
    first = version % 2 * 300
    return pd.DataFrame({"id": range(first, first + size), "version": version, "filler": f"of version {version}"})


def whole(seen: Seen) -> bool:
    rows, lowest, highest = seen
    return lowest == highest and rows == SIZES[lowest % len(SIZES)]


def republish_beside(database: Database, *readers: Callable[[threading.Event], list[Seen]]) -> list[list[Seen]]:
    """What each reader saw from before the second publication until after the last."""
    publish(database, TABLE, content(0))
    done = threading.Event()
    with ThreadPoolExecutor() as threads:
        reading = [threads.submit(reader, done) for reader in readers]
        try:
            for version in range(1, ROUNDS + 1):
                publish(database, TABLE, content(version))
        finally:
            done.set()
        return [result.result() for result in reading]


def look(connection: Connection) -> Seen:
    row = connection.execute(text("SELECT count(*), min(version), max(version) FROM movies.versions")).one()
    return row[0], row[1], row[2]


def test_readers_never_see_an_empty_or_mixed_table(database: Database) -> None:
    def plain_reader(done: threading.Event) -> list[Seen]:
        seen = []
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # A reader that had to wait for a publisher would fail.
            connection.execute(text("SET lock_timeout = '1ms'"))
            while not done.is_set():
                seen.append(look(connection))
            seen.append(look(connection))
        return seen

    def stream_reader(done: threading.Event) -> list[Seen]:
        seen = []
        while not done.is_set():
            found = read_stream(database, TABLE, ["version"], batch_bytes=2_400).read_pandas()["version"]
            seen.append((len(found), int(found.min()), int(found.max())))
        return seen

    for seen in republish_beside(database, plain_reader, plain_reader, stream_reader):
        assert [torn for torn in seen if not whole(torn)] == []
        versions = [version for _, version, _ in seen]
        assert versions == sorted(versions)
        # The reader did look while versions came and went.
        assert len(set(versions)) > 3


def test_a_repeatable_read_transaction_sees_one_version_throughout(database: Database) -> None:
    def patient_reader(done: threading.Event) -> list[Seen]:
        seen = []
        with database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            while not done.is_set():
                seen.append(look(connection))
            seen.append(look(connection))
        return seen

    [seen] = republish_beside(database, patient_reader)
    assert len(set(seen)) == 1
    assert whole(seen[0])
