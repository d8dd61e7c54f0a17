"""Publications whose connection breaks, whose server dies or whose disk is full: old rows or new ones, whole, once."""

from __future__ import annotations

import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets.warehouse.errors import (
    CommitUnknownError,
    ConflictError,
    ConnectionLostError,
    LockTimeoutError,
    WarehouseError,
)
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.recovery import transaction_id, was_committed
from movie_assets.warehouse.staging import Frames
from movie_assets_tests.conftest import traversable_directory
from movie_assets_tests.faults.plugin import Seen
from movie_assets_tests.faults.registry import Fault
from movie_assets_tests.warehouse import publishing_support
from movie_assets_tests.warehouse.cutting_proxy import cut_at
from movie_assets_tests.warehouse.publishing_support import (
    counts,
    eventually,
    films,
    frame,
    refusal,
    row_versions,
    run,
    session,
    stored,
    waiting_for_a_lock,
)

shared_database = publishing_support.shared_database
database = publishing_support.emptied_database

HEAT = (1, "Heat", 1995, 7.9)
ALIEN = (2, "Alien", 1979, 8.2)
OLD = [HEAT, ALIEN]
REMADE = (2, "Alien", 1979, 8.3)
NEW = [REMADE, (3, "Up", 2009, 8.0)]
CHANGED = (2, 1, 1, 1, 0)
"""What a publication of NEW over OLD reports."""

# As it is sent; another statement contains READ COMMITTED.
COMMIT = b"COMMIT\0"

# One statement of each step, in the order in which they are sent.
STEPS = {
    "staging": b"COPY ",
    "validation": b"count(*) FILTER",
    "key": b"CREATE UNIQUE INDEX",
    "lock": b"pg_advisory_xact_lock",
    "comparison": b"FULL JOIN",
    "delete": b"DELETE FROM movies.films",
    "update": b"UPDATE movies.films",
    "insert": b"INSERT INTO movies.films",
    "analyze": b"ANALYZE movies.films",
    "commit": COMMIT,
}
steps = pytest.mark.parametrize("marker", STEPS.values(), ids=STEPS)


def stream(*rows: tuple[object, ...]) -> Frames:
    """Rows that can be read once."""
    return Frames(frame(row) for row in rows)


def nothing_is_left(database: Database) -> bool:
    """No stage and no other session."""
    return not database.rows(
        "SELECT relname FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'movies' AND c.relkind = 'r' AND c.relname <> 'films'"
        " UNION ALL SELECT 'session' FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )


# The connection is cut


@steps
@pytest.mark.parametrize("delivered", [False, True], ids=["before", "while"])
def test_a_cut_connection_is_replaced_and_the_rows_are_published_once(
    database: Database, marker: bytes, delivered: bool
) -> None:
    publish(database, films(), frame(*OLD))
    before = row_versions(database, films())
    with cut_at(database, marker, delivered=delivered) as (cut, proxy):
        assert counts(publish(cut, films(), frame(*NEW))) == CHANGED
    assert proxy.cuts == 1
    assert stored(database, films()) == NEW
    after = row_versions(database, films())
    # One transaction wrote all of it.
    assert len(set(after.values())) == 1
    assert after[2] != before[2]
    assert eventually(lambda: nothing_is_left(database))


@steps
def test_rows_that_cannot_be_read_twice_are_lost_cleanly(database: Database, marker: bytes) -> None:
    publish(database, films(), frame(*OLD))
    with cut_at(database, marker) as (cut, _):
        message = refusal(cut, films(), stream(*NEW), ConnectionLostError)
    assert "Nothing was written and the old rows stay. Its rows came as a stream" in message
    assert stored(database, films()) == OLD
    assert eventually(lambda: nothing_is_left(database))
    assert counts(publish(database, films(), stream(*NEW))) == CHANGED


def test_a_commit_without_an_answer_was_done_and_is_not_repeated(database: Database) -> None:
    publish(database, films(), frame(*OLD))
    with cut_at(database, COMMIT, delivered=True) as (cut, proxy):
        # A stream could not be repeated: the first attempt is the one that counts.
        assert counts(publish(cut, films(), stream(*NEW))) == CHANGED
    assert proxy.cuts == 1
    assert stored(database, films()) == NEW


def test_a_commit_of_which_no_server_tells_is_told_as_unknown(database: Database) -> None:
    publish(database, films(), frame(*OLD))
    with cut_at(database, COMMIT, delivered=True, closed_afterwards=True) as (cut, _):
        message = refusal(cut, films(), frame(*NEW), CommitUnknownError, reconnect_seconds=0.5)
    assert "no server that ran then has told" in message
    assert eventually(lambda: stored(database, films()) == NEW)
    # Publishing again, as the message says, writes nothing twice.
    assert not publish(database, films(), frame(*NEW)).changed


def test_a_transaction_that_a_killed_server_never_stored_was_not_committed(database: Database) -> None:
    with database.adbc() as connection, connection.cursor() as cursor:
        number = transaction_id(cursor)
        connection.commit()
    assert was_committed(database, films(), number, patience_seconds=1)
    # After a crash the server gives out again the numbers of which it has stored nothing.
    own, start = number.split(" ", 1)
    assert not was_committed(database, films(), f"{int(own) + 1000} {start}", patience_seconds=1)
    # So a commit of that number on a server that was restarted may be another transaction's.
    with pytest.raises(CommitUnknownError):
        was_committed(database, films(), f"{own} 2001-01-01 00:00:00+00", patience_seconds=1)


def test_a_connection_that_keeps_breaking_is_given_up(database: Database) -> None:
    publish(database, films(), frame(*OLD))
    # On a busy machine the first attempt alone may take longer than the shortest of these, and is then the only one.
    for seconds in (0.5, 5.0, 50.0):
        with cut_at(database, b"FULL JOIN", times=1000) as (cut, proxy):
            message = refusal(cut, films(), frame(*NEW), ConnectionLostError, reconnect_seconds=seconds)
        assert "was lost during writing" in message
        assert stored(database, films()) == OLD
        if proxy.cuts > 1:
            break
    assert proxy.cuts > 1


@pytest.mark.parametrize("marker", [b"COPY ", COMMIT])
def test_a_first_publication_that_was_cut_is_published_once(database: Database, marker: bytes) -> None:
    run(database, "CREATE SCHEMA IF NOT EXISTS movies")
    with cut_at(database, marker) as (cut, proxy):
        assert counts(publish(cut, films(), frame(*OLD))) == (2, 2, 0, 0, 0)
    assert proxy.cuts == 1
    assert stored(database, films()) == OLD
    assert eventually(lambda: nothing_is_left(database))


def test_a_session_that_an_administrator_ends_is_replaced(database: Database) -> None:
    publish(database, films(), frame(*OLD))
    lock = "SELECT pg_advisory_xact_lock(hashtextextended('movies.films', 0))"
    results: list[tuple[int, ...]] = []
    with session(database, lock) as holder:
        publisher = threading.Thread(target=lambda: results.append(counts(publish(database, films(), frame(*NEW)))))
        publisher.start()
        assert eventually(lambda: waiting_for_a_lock(database, "advisory"))
        [waiting] = waiting_for_a_lock(database, "advisory")
        database.scalar("SELECT pg_terminate_backend(:pid)", pid=waiting["pid"])
        assert eventually(lambda: waiting["pid"] not in [w["pid"] for w in waiting_for_a_lock(database, "advisory")])
        holder.rollback()
    publisher.join()
    assert results == [CHANGED]


# Conflicts with other sessions


def test_a_session_that_locks_rows_step_by_step_is_waited_for(database: Database) -> None:
    publish(database, films(), frame(*OLD))
    results: list[tuple[int, ...]] = []
    with session(database, "SELECT FROM movies.films WHERE id = 2 FOR UPDATE") as other:
        publisher = threading.Thread(target=lambda: results.append(counts(publish(database, films(), frame(*NEW)))))
        publisher.start()
        assert eventually(lambda: waiting_for_a_lock(database, "relation"))
        # Had the publisher deleted this row already, each would now wait for the other.
        other.execute(text("UPDATE movies.films SET vote = 1 WHERE id = 1"))
        other.commit()
    publisher.join()
    assert results == [CHANGED]
    assert stored(database, films()) == NEW


@pytest.mark.parametrize(("repeatable", "attempts"), [(True, 2), (False, 1)])
def test_a_conflict_is_resolved_by_doing_it_again(database: Database, repeatable: bool, attempts: int) -> None:
    publish(database, films(), frame(*OLD))
    run(
        database,
        "CREATE SEQUENCE movies.attempts",
        "CREATE FUNCTION movies.conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF nextval('movies.attempts') = 1 THEN RAISE 'as in a deadlock' USING ERRCODE = 'deadlock_detected'; END IF;"
        " RETURN NULL; END $$",
        "CREATE TRIGGER conflict AFTER UPDATE ON movies.films EXECUTE FUNCTION movies.conflict()",
    )
    if repeatable:
        assert counts(publish(database, films(), frame(*NEW))) == CHANGED
        assert stored(database, films()) == NEW
    else:
        assert "another session did to the table" in refusal(database, films(), stream(*NEW), ConflictError)
        assert stored(database, films()) == OLD
    assert database.scalar("SELECT last_value FROM movies.attempts") == attempts


@pytest.mark.parametrize(
    ("statement", "mode"),
    [
        ("SELECT FROM movies.films WHERE id = 2 FOR UPDATE", "RowShareLock"),
        ("LOCK TABLE movies.films IN SHARE MODE", "ShareLock"),
        ("LOCK TABLE movies.films IN ACCESS EXCLUSIVE MODE", "AccessExclusiveLock"),
    ],
)
def test_a_lock_of_another_session_is_waited_for_and_then_named(database: Database, statement: str, mode: str) -> None:
    publish(database, films(), frame(*OLD))
    with session(database, statement) as holder:
        pid = holder.execute(text("SELECT pg_backend_pid()")).scalar_one()
        message = refusal(database, films(), frame(*NEW), LockTimeoutError, lock_timeout_seconds=0.1)
    assert f"pid {pid} (movie_assets, idle in transaction) has held a {mode} on it since" in message
    assert stored(database, films()) == OLD


# The server dies, or has no room


@pytest.fixture(scope="module")
def own_home() -> Iterator[Path]:
    """Where the servers of these tests keep their data, one after the other; to make a cluster takes seconds."""
    with traversable_directory() as directory:
        yield directory


@pytest.fixture
def own_server(own_home: Path) -> Iterator[EmbeddedServer]:
    """A server that the test may kill."""
    with EmbeddedServer(own_home) as server:
        yield server


@pytest.fixture
def own_database(own_server: EmbeddedServer) -> Database:
    database = Database(own_server.dsn("movie_assets"))
    run(database, "DROP SCHEMA IF EXISTS movies CASCADE")
    publish(database, films(), frame(*OLD))
    return database


def postmaster(server: EmbeddedServer) -> int:
    pid = server.status().pid
    assert pid is not None
    return pid


def killer(server: EmbeddedServer) -> Callable[[], None]:
    """Kills the postmaster and every process of its, as a power cut would."""

    def kill() -> None:
        parent = psutil.Process(postmaster(server))
        family = [parent, *parent.children(recursive=True)]
        for process in family:
            os.kill(process.pid, signal.SIGSTOP)
        for process in family:
            os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs(family, timeout=30)

    return kill


@Fault(
    family="PostgreSQL fails",
    name="Killed at each of ten statements of a publication whose rows cannot be had again",
    platform="the publication fails with the old rows in place; of a killed commit it says that nobody knows, and doing"
    " it again writes nothing twice",
    where="the failed step's error",
    shows=("was lost during",),
)
@steps
def test_a_server_killed_at_any_step_has_the_old_rows_when_it_is_back(
    own_server: EmbeddedServer, own_database: Database, marker: bytes, seen: Seen
) -> None:
    with cut_at(own_database, marker, on_cut=killer(own_server)) as (cut, proxy):
        # During the commit nobody could tell, with the server gone.
        expected = CommitUnknownError if marker == COMMIT else ConnectionLostError
        seen(refusal(cut, films(), stream(*NEW), expected, reconnect_seconds=1))
        assert proxy.cuts == 1
    own_server.acquire()
    try:
        assert stored(own_database, films()) == OLD
        assert counts(publish(own_database, films(), stream(*NEW))) == CHANGED
    finally:
        own_server.release()


@Fault(
    family="PostgreSQL fails",
    name="Killed while rows are staged, written or committed, and back within a minute",
    platform="the publication is done again on a new connection, once",
)
@pytest.mark.parametrize("marker", [STEPS["staging"], STEPS["update"], STEPS["commit"]])
def test_a_server_that_comes_back_in_time_is_published_to(
    own_server: EmbeddedServer, own_database: Database, marker: bytes
) -> None:
    def restart() -> None:
        killer(own_server)()
        threading.Thread(target=own_server.acquire).start()

    with cut_at(own_database, marker, on_cut=restart) as (cut, proxy):
        assert counts(publish(cut, films(), frame(*NEW))) == CHANGED
    assert proxy.cuts == 1
    assert stored(own_database, films()) == NEW
    own_server.release()


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Processes started meanwhile can write no longer file, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_server_without_room_keeps_the_old_rows_and_says_what_to_do(home: Path) -> None:
    many = frame(*((key, "x" * 1000, 2000, 5.0) for key in range(3, 30_000)))
    with EmbeddedServer(home) as server:
        publish(Database(server.dsn("movie_assets")), films(), frame(*OLD))
    # The segments of the write-ahead log are files of 16 MB.
    with files_of_at_most(20_000_000):
        server.acquire()
    try:
        database = Database(server.dsn("movie_assets"))
        message = refusal(database, films(), many, WarehouseError)
        assert "the old rows stay" in message
        assert "no room for the rows" in message
        assert stored(database, films()) == OLD
        assert counts(publish(database, films(), frame(*NEW))) == CHANGED
    finally:
        server.release()
    with server:
        assert publish(Database(server.dsn("movie_assets")), films(), many).rows == len(many)
