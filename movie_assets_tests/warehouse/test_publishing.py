"""Publishing: what each mode writes, what stays as it was, who waits for whom, and what a failure leaves behind."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from sqlalchemy import BigInteger, Column, Text, text

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.errors import (
    DatabaseUnavailableError,
    LockTimeoutError,
    RowsRefusedError,
    WarehouseError,
)
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.reading import read
from movie_assets.warehouse.staging import Frames
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.warehouse import publishing_support
from movie_assets_tests.warehouse.publishing_support import (
    counts,
    declared,
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
BIG = (3, "Big", 1988, None)


# Modes


def test_replace_makes_the_table_equal_to_the_output(database: Database) -> None:
    table = films()
    assert counts(publish(database, table, frame(HEAT, ALIEN, BIG))) == (3, 3, 0, 0, 0)
    remade = (2, "Alien", 1979, 8.3)
    new = (4, "Up", 2009, 8.0)
    assert counts(publish(database, table, frame(new, remade, HEAT))) == (3, 1, 1, 1, 1)
    assert stored(database, table) == [HEAT, remade, new]


def test_upsert_keeps_rows_that_the_output_does_not_name(database: Database) -> None:
    table = films("upsert")
    publish(database, table, frame(HEAT, ALIEN))
    remade = (2, "Alien", None, 8.3)
    assert counts(publish(database, table, frame(remade, BIG))) == (3, 1, 1, 0, 0)
    assert stored(database, table) == [HEAT, remade, BIG]


def test_append_never_changes_a_row_that_is_there(database: Database) -> None:
    table = films("append")
    publish(database, table, frame(HEAT, ALIEN))
    assert counts(publish(database, table, frame((2, "Alien 2", 1986, 8.0), BIG))) == (3, 1, 0, 0, 1)
    assert stored(database, table) == [HEAT, ALIEN, BIG]


def test_a_table_of_keys_alone_is_published(database: Database) -> None:
    table = declared(
        "pairs",
        Column("brand", Text, primary_key=True),
        Column("id", BigInteger, primary_key=True, autoincrement=False),
    )
    publish(database, table, frame(("a", 1), ("a", 2), columns=("brand", "id")))
    again = publish(database, table, frame(("a", 2), ("b", 2), columns=("brand", "id")))
    assert counts(again) == (2, 1, 0, 1, 1)
    assert stored(database, table) == [("a", 2), ("b", 2)]


def test_an_equal_republication_writes_no_row(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT, ALIEN, BIG))
    before = row_versions(database, table)
    again = publish(database, table, frame(BIG, HEAT, ALIEN))
    assert counts(again) == (3, 0, 0, 0, 3)
    assert not again.changed
    assert row_versions(database, table) == before


def test_only_rows_that_differ_are_written(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT, ALIEN, BIG))
    before = row_versions(database, table)
    # Unknown to known, and known to unknown: NULLs count as values of their own.
    publish(database, table, frame(HEAT, (2, "Alien", None, 8.2), (3, "Big", 1988, 7.3)))
    after = row_versions(database, table)
    assert after[1] == before[1]
    assert after[2] != before[2]
    assert after[3] != before[3]


def test_columns_may_come_in_any_order(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT)[["vote", "title", "id", "year"]])
    assert stored(database, table) == [HEAT]


# Empty outputs


@pytest.mark.parametrize("rows", [frame(), Frames([]), Frames([frame(), frame()])])
def test_an_empty_output_does_not_wipe_a_table(database: Database, rows: pd.DataFrame | Frames) -> None:
    table = films()
    publish(database, table, frame(HEAT))
    assert "never empty" in refusal(database, table, rows, RowsRefusedError)
    assert stored(database, table) == [HEAT]


def test_a_table_that_may_be_empty_can_be_emptied(database: Database) -> None:
    table = films(may_be_empty=True)
    publish(database, table, frame(HEAT, ALIEN))
    assert counts(publish(database, table, frame())) == (0, 0, 0, 2, 0)
    assert stored(database, table) == []


# Streams


def test_a_stream_of_frames_is_one_output(database: Database) -> None:
    table = films()
    assert counts(publish(database, table, Frames([frame(HEAT), frame(), frame(ALIEN, BIG)]))) == (3, 3, 0, 0, 0)
    assert stored(database, table) == [HEAT, ALIEN, BIG]


def test_a_stream_is_never_held_in_memory(database: Database) -> None:
    table = films()
    size = 40

    def slices() -> Iterator[pd.DataFrame]:
        for start in range(size):
            yield frame(*((start * 1000 + i, "x" * 1000 + str(i), 2000, 5.0) for i in range(1000)))

    tracemalloc.start()
    try:
        assert publish(database, table, Frames(slices())).rows == size * 1000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # The whole stream is over 40 MB of text; one frame is over 1 MB.
    assert peak < 15_000_000


def test_row_numbers_count_from_the_start_of_the_stream(database: Database) -> None:
    rows = Frames([frame(HEAT, ALIEN), frame(BIG, (4, "Up", "2009", 8.0))])
    message = refusal(database, films(), rows, RowsRefusedError)
    assert "column year, row 4: '2009'" in message


def test_an_error_of_the_producer_passes_through_and_the_old_rows_stay(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT))
    error = ConnectionResetError("the source hung up")

    def failing() -> Iterator[pd.DataFrame]:
        yield frame(ALIEN)
        raise error

    with pytest.raises(ConnectionResetError) as caught:
        publish(database, table, Frames(failing()))
    assert caught.value is error
    assert stored(database, table) == [HEAT]
    assert counts(publish(database, table, frame(ALIEN))) == (1, 1, 0, 1, 0)


def test_an_interrupt_of_the_producer_stays_an_interrupt(database: Database) -> None:
    def interrupted() -> Iterator[pd.DataFrame]:
        yield frame(ALIEN)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(database, films(), Frames(interrupted()))


@pytest.mark.parametrize("rows", [None, [{"id": 1}], {"id": [1]}, "rows"])
def test_what_is_no_frame_stream_or_query_is_refused(database: Database, rows: object) -> None:
    message = refusal(database, films(), rows, RowsRefusedError)  # type: ignore[arg-type]
    assert message.startswith(f"movies.films: {type(rows).__name__} cannot be published. Return a pandas.DataFrame")


# What survives


def test_views_grants_comments_and_indexes_survive(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT, ALIEN))
    reader = f"reader_{database.url.database}"
    run(
        database,
        "CREATE VIEW movies.good AS SELECT title FROM movies.films WHERE vote > 8",
        f"CREATE ROLE {reader}",
        f"GRANT SELECT ON movies.films TO {reader}",
        "CREATE INDEX films_by_year ON movies.films (year)",
        "COMMENT ON VIEW movies.good IS 'Films above 8.'",
    )
    try:
        before = database.scalar("SELECT 'movies.films'::regclass::oid::text")
        publish(database, table, frame((1, "Heat", 1995, 9.0), BIG))
        assert database.scalar("SELECT string_agg(title, ',') FROM movies.good") == "Heat"
        assert database.scalar(f"SELECT has_table_privilege('{reader}', 'movies.films', 'SELECT')") is True
        assert database.scalar("SELECT to_regclass('movies.films_by_year')::text") == "movies.films_by_year"
        assert database.scalar("SELECT obj_description('movies.good'::regclass)") == "Films above 8."
        assert database.scalar("SELECT obj_description('movies.films'::regclass)") == table.comment
        assert database.scalar("SELECT 'movies.films'::regclass::oid::text") == before
    finally:
        run(database, f"DROP OWNED BY {reader}", f"DROP ROLE {reader}")


def test_an_open_snapshot_keeps_its_rows(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT, ALIEN))
    select = text("SELECT id, title, year, vote FROM movies.films ORDER BY id")
    with session(database, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ") as reader:
        assert [tuple(row) for row in reader.execute(select)] == [HEAT, ALIEN]
        publish(database, table, frame(BIG))
        publish(database, table, frame((9, "Nine", 2009, 5.8)))
        assert [tuple(row) for row in reader.execute(select)] == [HEAT, ALIEN]


def test_a_reader_never_makes_the_publisher_wait(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT))
    with session(database, "SELECT * FROM movies.films"):
        # A statement that needed the table for itself would run into this limit.
        publish(database, table, frame(ALIEN), lock_timeout_seconds=1)
    assert stored(database, table) == [ALIEN]


def test_nothing_temporary_is_left_behind(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT))
    refusal(database, table, frame((1, None, 1995, 7.9)), RowsRefusedError)
    assert eventually(
        lambda: (
            not database.rows(
                "SELECT relname FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid"
                " WHERE n.nspname LIKE 'pg_temp%'"
            )
        )
    )


# Locks


def test_a_second_publisher_waits_for_the_first(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT))
    lock = "SELECT pg_advisory_xact_lock(hashtextextended('movies.films', 0))"
    with ThreadPoolExecutor() as threads:
        with session(database, lock):
            second = threads.submit(publish, database, table, frame(ALIEN))
            assert eventually(lambda: waiting_for_a_lock(database, "advisory"))
            assert not second.done()
            assert stored(database, table) == [HEAT]
        assert counts(second.result()) == (1, 1, 0, 1, 0)
    assert stored(database, table) == [ALIEN]


def test_publishers_of_one_table_take_turns(database: Database) -> None:
    table = films()
    outputs = [frame(*((key, f"v{version}", version, 1.0) for key in range(50))) for version in range(8)]
    with ThreadPoolExecutor(8) as threads:
        publications = list(threads.map(lambda rows: publish(database, table, rows), outputs))
    assert sum(publication.inserted for publication in publications) == 50
    assert sum(publication.updated for publication in publications) == 50 * 7
    assert len(set(read(database, table)["title"])) == 1


def test_first_publications_of_many_tables_at_once_succeed(database: Database) -> None:
    barrier = threading.Barrier(6)

    def first(number: int) -> int:
        barrier.wait()
        return publish(database, films(name=f"films_{number}"), frame(HEAT)).inserted

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(first, range(6))) == [1] * 6


def test_the_lock_timeout_names_the_holder(database: Database, server: str) -> None:
    table = films()
    publish(database, table, frame(HEAT))
    lock = "SELECT pg_advisory_xact_lock(hashtextextended('movies.films', 0))"
    with temporary_database(server) as elsewhere, session(Database(elsewhere), lock), session(database, lock) as holder:
        # The same lock in another database of the server is another lock, of another session.
        pid = holder.execute(text("SELECT pg_backend_pid()")).scalar_one()
        message = refusal(database, table, frame(ALIEN), LockTimeoutError, lock_timeout_seconds=0.05)
    assert f"the session with pid {pid} (movie_assets, idle in transaction) has been publishing it since" in message
    assert stored(database, table) == [HEAT]


def test_no_patience_at_all_is_not_endless_patience(database: Database) -> None:
    lock = "SELECT pg_advisory_xact_lock(hashtextextended('movies.films', 0))"
    # Should the publisher wait after all, PostgreSQL ends the holder and the publication succeeds.
    with session(database, "SET idle_in_transaction_session_timeout = '20s'", lock):
        refusal(database, films(), frame(ALIEN), LockTimeoutError, lock_timeout_seconds=0)


def test_the_lock_is_per_table(database: Database) -> None:
    other = films(name="other_films")
    with session(database, "SELECT pg_advisory_xact_lock(hashtextextended('movies.films', 0))"):
        assert publish(database, other, frame(HEAT), lock_timeout_seconds=1).inserted == 1


# What PostgreSQL refuses


def test_without_a_server_the_publication_says_so(database: Database) -> None:
    nowhere = Database(database.url.set(host="127.0.0.1", port=1, query={}).render_as_string(hide_password=False))
    message = refusal(nowhere, films(), frame(HEAT), DatabaseUnavailableError)
    assert "no PostgreSQL answers" in message
    assert "MOVIE_ASSETS_DATABASE_URL" in message


def test_without_the_right_to_write_the_old_rows_stay_and_postgresql_is_quoted(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT))
    run(
        database,
        "CREATE FUNCTION movies.no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'closed for the night'; END $$",
        "CREATE TRIGGER no BEFORE INSERT ON movies.films EXECUTE FUNCTION movies.no()",
    )
    message = refusal(database, table, frame(ALIEN), WarehouseError)
    assert "movies.films: PostgreSQL refused the publication and the old rows stay" in message
    assert "closed for the night" in message
    assert stored(database, table) == [HEAT]


def test_a_schema_that_may_not_be_created_is_explained(database: Database) -> None:
    role = f"stranger_{database.url.database}"
    run(database, f"CREATE ROLE {role} LOGIN")
    try:
        stranger = Database(database.url.set(username=role).render_as_string(hide_password=False))
        message = refusal(stranger, films(), frame(HEAT), WarehouseError)
        assert "the schema movies cannot be created" in message
        assert "permission denied" in message
    finally:
        run(database, f"DROP ROLE {role}")
