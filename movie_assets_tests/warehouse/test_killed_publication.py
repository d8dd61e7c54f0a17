"""A publisher that is killed with SIGKILL at the worst moment: the old rows stay, complete, and nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Table

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.reading import read
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.faults.registry import Fault
from movie_assets_tests.warehouse import publishing_support, publishing_versions
from movie_assets_tests.warehouse.publishing_support import eventually, run, session, waiting_for_a_lock
from movie_assets_tests.warehouse.publishing_versions import ROWS, version

shared_database = publishing_support.shared_database
database = publishing_support.emptied_database

ROOT = Path(__file__).parents[2]
PAUSE = 4711
_EVERY_TABLE = Fault(
    family="A publisher is killed",
    name="SIGKILL between the DELETE and the other writes of any table",
    platform="PostgreSQL rolls back what was written; readers never saw any of it, and no lock or session is left",
)
# The widest, and the one that everybody reads; all others are killed with the other faults.
EXAMPLES = {"raw_tmdb_movies", "brand_stats"}
TABLES = [table for _, table in sorted(metadata.tables.items())]


@contextmanager
def publisher(database: Database, *names: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that publishes the second version of tables; killed at the end, whatever happens."""
    process = subprocess.Popen(
        [sys.executable, publishing_versions.__file__, database.libpq_uri, *names],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def nothing_is_left(database: Database) -> bool:
    """No other session, no stage, no temporary table, no advisory lock."""
    return not database.rows(
        "SELECT 'session' FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
        " UNION ALL SELECT c.relname FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid"
        " WHERE n.nspname LIKE 'pg\\_temp%' OR (n.nspname = 'movies' AND c.relname LIKE '%\\_stage\\_%')"
        " UNION ALL SELECT l.locktype FROM pg_locks AS l INNER JOIN pg_database AS d ON l.database = d.oid"
        " WHERE l.locktype = 'advisory' AND d.datname = current_database()"
    )


def first_version_is_complete(database: Database, table: Table) -> bool:
    """The stored rows are those of the first version, all of them and no other."""
    # An equal publication finds nothing to change.
    found = read(database, table, ordered=True)
    return len(found) == ROWS[1] and not publish(database, table, version(table, 1)).changed


@contextmanager
def paused_after(database: Database, table: Table, statement: str) -> Iterator[None]:
    """Meanwhile, whoever has run that kind of statement on the table waits before the next one."""
    run(
        database,
        "CREATE FUNCTION movies.pause() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN PERFORM pg_advisory_xact_lock({PAUSE}); RETURN NULL; END $$",
        f"CREATE TRIGGER pause AFTER {statement} ON {table.fullname} EXECUTE FUNCTION movies.pause()",
    )
    with session(database, f"SELECT pg_advisory_lock({PAUSE})"):
        yield
    run(database, f"DROP TRIGGER pause ON {table.fullname}", "DROP FUNCTION movies.pause()")


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        (metadata.tables["movies.brand_stats"], "INSERT"),
        *((table, "DELETE") for table in TABLES if table.name in EXAMPLES),
        *(pytest.param(table, "DELETE", marks=_EVERY_TABLE.marks) for table in TABLES if table.name not in EXAMPLES),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_a_publisher_killed_between_its_writes_leaves_the_old_rows(
    database: Database, table: Table, statement: str
) -> None:
    """Part of the work is in the table, and nobody may ever see it."""
    publish(database, table, version(table, 1))
    with paused_after(database, table, statement), publisher(database, table.name) as process:
        assert eventually(lambda: waiting_for_a_lock(database, "advisory"))
        [waiting] = waiting_for_a_lock(database, "advisory")
        assert str(waiting["query"]).startswith(statement)
        assert table.fullname in str(waiting["query"])
        assert len(read(database, table)) == ROWS[1]
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(read(database, table)) == ROWS[1]
    assert eventually(lambda: nothing_is_left(database))
    assert first_version_is_complete(database, table)
    again = publish(database, table, version(table, 2))
    updated = 20 if set(table.columns) - set(table.primary_key.columns) else 0
    assert (again.rows, again.inserted, again.updated, again.deleted) == (ROWS[2], 40, updated, 20)


def test_a_publisher_killed_while_it_sends_its_rows_leaves_the_old_rows(database: Database) -> None:
    table = metadata.tables["movies.raw_tmdb_movies"]
    publish(database, table, version(table, 1))
    with publisher(database, f"stream:{table.name}") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert eventually(lambda: nothing_is_left(database))
    assert first_version_is_complete(database, table)
    assert publish(database, table, version(table, 2)).rows == ROWS[2]


def test_a_publisher_killed_during_the_first_publication_leaves_no_table(database: Database) -> None:
    table = metadata.tables["movies.raw_brands"]
    with publisher(database, f"stream:{table.name}") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert eventually(lambda: nothing_is_left(database))
    assert database.scalar("SELECT to_regclass('movies.raw_brands')::text") is None
    assert publish(database, table, version(table, 2)).inserted == ROWS[2]
