"""Tables made for one test, sessions of other clients, and ways to look at what is stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pandas as pd
import pytest
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.errors import WarehouseError
from movie_assets.warehouse.publishing import Publication, publish
from movie_assets.warehouse.staging import Rows
from movie_assets.warehouse.tables import Mode, metadata
from movie_assets_tests.databases import temporary_database


@pytest.fixture(scope="module")
def shared_database(server: str) -> Iterator[Database]:
    """A database that the tests of a module use one after the other; making one each would take most of their time."""
    with temporary_database(server) as url:
        yield Database(url)


@pytest.fixture
def emptied_database(shared_database: Database) -> Iterator[Database]:
    """The module's database, without anything published."""
    yield shared_database
    run(shared_database, "DROP SCHEMA IF EXISTS movies, movies_ingest CASCADE")


def declared(
    name: str,
    *parts: Column[object] | CheckConstraint | Index,
    mode: Mode = "replace",
    may_be_empty: bool = False,
    comment: str = "A table made for a test.",
) -> Table:
    """A table that belongs to no other test, declared as movie_assets/warehouse/tables declare their own."""
    own = MetaData(schema=metadata.schema, naming_convention=metadata.naming_convention)
    return Table(name, own, *parts, comment=comment, info={"mode": mode, "may_be_empty": may_be_empty})


def films(mode: Mode = "replace", *, name: str = "films", may_be_empty: bool = False) -> Table:
    """Films with a title, a year and a vote."""
    return declared(
        name,
        Column("id", BigInteger, primary_key=True, autoincrement=False, comment="Film id."),
        Column("title", Text, nullable=False, comment="Title."),
        Column("year", BigInteger, comment="Year."),
        Column("vote", Double, comment="Vote."),
        CheckConstraint("vote BETWEEN 0 AND 10", name="vote_in_range"),
        Index(None, "title"),
        mode=mode,
        may_be_empty=may_be_empty,
    )


def every_type() -> Table:
    """A table with a nullable column of each type that a table may declare."""
    return declared(
        "every_type",
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        Column("number", BigInteger),
        Column("fraction", Double),
        Column("flag", Boolean),
        Column("words", Text),
        Column("day", Date),
        Column("moment", DateTime(timezone=True)),
        Column("numbers", ARRAY(BigInteger)),
        Column("texts", ARRAY(Text)),
        Column("small", SmallInteger),
        Column("medium", Integer),
        Column("exact", Numeric),
        Column("document", JSONB),
        Column("fractions", ARRAY(Double)),
        Column("flags", ARRAY(Boolean)),
        Column("days", ARRAY(Date)),
        Column("moments", ARRAY(DateTime(timezone=True))),
    )


def frame(*rows: tuple[object, ...], columns: Sequence[str] = ("id", "title", "year", "vote")) -> pd.DataFrame:
    """Rows as Python objects, nothing inferred."""
    return pd.DataFrame({name: pd.Series([row[i] for row in rows], dtype=object) for i, name in enumerate(columns)})


def stored(database: Database, table: Table) -> list[tuple[object, ...]]:
    """The rows of a table with one key column, in order of that key, as another client sees them."""
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table.fullname} ORDER BY 1"))]


def row_versions(database: Database, table: Table) -> dict[object, object]:
    """The transaction that wrote each row, by the row's key."""
    return {row["id"]: row["xmin"] for row in database.rows(f"SELECT id, xmin::text FROM {table.fullname}")}


def counts(publication: Publication) -> tuple[int, int, int, int, int]:
    """Rows afterwards, inserted, updated, deleted, unchanged."""
    return (
        publication.rows,
        publication.inserted,
        publication.updated,
        publication.deleted,
        publication.unchanged,
    )


def refusal(database: Database, table: Table, rows: Rows, expected: type[WarehouseError], **options: float) -> str:
    """The message with which a publication is refused."""
    with pytest.raises(expected) as caught:
        publish(database, table, rows, **options)
    return str(caught.value)


@contextmanager
def session(database: Database, *statements: str) -> Iterator[Connection]:
    """Another client's open transaction that has run `statements`; rolled back at the end."""
    with database.engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
        yield connection


def run(database: Database, *statements: str) -> None:
    """Run statements as a person would, and commit."""
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def eventually(condition: Callable[[], object], seconds: float = 30) -> bool:
    """Whether the condition comes true; only a broken program takes the whole time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def waiting_for_a_lock(database: Database, kind: str) -> list[Mapping[str, object]]:
    """Sessions of this database that wait for a lock of that kind."""
    return list(
        database.rows(
            "SELECT a.pid, a.query FROM pg_stat_activity AS a INNER JOIN pg_locks AS l ON l.pid = a.pid"
            " WHERE a.datname = current_database() AND NOT l.granted AND l.locktype = :kind",
            {"kind": kind},
        )
    )
