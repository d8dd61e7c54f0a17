"""Stored tables and their declarations: created in full, brought in line without loss, refused with a remedy."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import BigInteger, CheckConstraint, Column, Double, Table, Text

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import sql_type
from movie_assets.warehouse.errors import DeclarationMismatchError, WarehouseError
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.tables import Mode, metadata
from movie_assets_tests.warehouse import publishing_support
from movie_assets_tests.warehouse.publishing_support import counts, declared, films, frame, refusal, run, stored
from movie_assets_tests.warehouse.publishing_versions import ROWS, version

shared_database = publishing_support.shared_database
database = publishing_support.emptied_database

HEAT = (1, "Heat", 1995, 7.9)
FILMS = "'movies.films'::regclass"


def with_kind(*more: Column[object] | CheckConstraint, mode: Mode = "replace") -> Table:
    """`films` of a later release: with a column `kind`."""
    return declared(
        "films",
        Column("id", BigInteger, primary_key=True, autoincrement=False, comment="Film id."),
        Column("title", Text, nullable=False, comment="Title."),
        Column("year", BigInteger, comment="Year."),
        Column("vote", Double, comment="Vote."),
        *more,
        mode=mode,
    )


def constraints(database: Database) -> dict[object, object]:
    rows = database.rows(
        "SELECT conname, pg_get_constraintdef(oid) AS rule FROM pg_constraint"
        f" WHERE conrelid = {FILMS} AND contype <> 'n'"
    )
    return {row["conname"]: row["rule"] for row in rows}


def columns(database: Database, table: Table) -> list[tuple[object, ...]]:
    rows = database.rows(
        "SELECT attname, format_type(atttypid, atttypmod) AS type, attnotnull, col_description(attrelid, attnum) AS c"
        " FROM pg_attribute WHERE attrelid = to_regclass(:name) AND attnum > 0 ORDER BY attnum",
        {"name": table.fullname},
    )
    return [tuple(row.values()) for row in rows]


def test_every_declared_table_is_created_as_declared_and_takes_its_rows(database: Database) -> None:
    for table in metadata.tables.values():
        assert publish(database, table, version(table, 1)).rows == ROWS[1]
        assert columns(database, table) == [
            (column.name, sql_type(column), not column.nullable, column.comment) for column in table.columns
        ]
        assert database.scalar("SELECT obj_description(to_regclass(:name))", name=table.fullname) == table.comment
        # The stored table equals its declaration: nothing to add, nothing to refuse.
        assert not publish(database, table, version(table, 1)).changed


def test_key_rules_and_indexes_are_created(database: Database) -> None:
    publish(database, films(), frame(HEAT))
    assert constraints(database) == {
        "films_pkey": "PRIMARY KEY (id)",
        "films_vote_in_range": "CHECK (((vote >= (0)::double precision) AND (vote <= (10)::double precision)))",
    }
    assert database.scalar("SELECT indexdef FROM pg_indexes WHERE indexname = 'films_title_idx'") is not None


def test_a_new_column_is_added_in_place(database: Database) -> None:
    publish(database, films(), frame(HEAT))
    run(database, "CREATE VIEW movies.titles AS SELECT title FROM movies.films")
    table = with_kind(Column("kind", Text, comment="Kind."))
    rows = frame((*HEAT, "crime"), columns=("id", "title", "year", "vote", "kind"))
    assert counts(publish(database, table, rows)) == (1, 0, 1, 0, 0)
    assert stored(database, table) == [(*HEAT, "crime")]
    assert columns(database, table)[-1] == ("kind", "text", False, "Kind.")
    assert database.scalar("SELECT title FROM movies.titles") == "Heat"


def test_a_new_required_column_is_added_in_place(database: Database) -> None:
    publish(database, films(), frame(HEAT))
    table = with_kind(Column("kind", Text, nullable=False))
    publish(database, table, frame((*HEAT, "crime"), columns=("id", "title", "year", "vote", "kind")))
    assert columns(database, table)[-1][2] is True


def test_a_new_required_column_without_values_for_kept_rows_changes_nothing(database: Database) -> None:
    publish(database, films("append"), frame(HEAT))
    table = with_kind(Column("kind", Text, nullable=False), mode="append")
    rows = frame((2, "Alien", 1979, 8.2, "horror"), columns=("id", "title", "year", "vote", "kind"))
    assert "contains null values" in refusal(database, table, rows, WarehouseError)
    assert stored(database, films()) == [HEAT]


def test_a_column_that_may_now_be_null_takes_null(database: Database) -> None:
    publish(
        database,
        with_kind(Column("kind", Text, nullable=False)),
        frame((*HEAT, "x"), columns=("id", "title", "year", "vote", "kind")),
    )
    table = with_kind(Column("kind", Text))
    publish(database, table, frame((*HEAT, None), columns=("id", "title", "year", "vote", "kind")))
    assert stored(database, table) == [(*HEAT, None)]


def test_a_rule_that_changed_is_changed_in_place(database: Database) -> None:
    rule = "vote BETWEEN 0 AND {}"
    publish(database, with_kind(CheckConstraint(rule.format(10), name="vote_in_range")), frame(HEAT))
    percent = with_kind(CheckConstraint(rule.format(100), name="vote_in_range"))
    publish(database, percent, frame((1, "Heat", 1995, 79.0)))
    # Stricter again: the old row breaks the new rule, but it is replaced.
    stars = with_kind(CheckConstraint(rule.format(5), name="vote_in_range"))
    publish(database, stars, frame((1, "Heat", 1995, 4.0)))
    assert "(5)::double precision" in str(constraints(database)["films_vote_in_range"])


def test_an_unchanged_rule_is_left_alone(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT))
    oid = "SELECT oid::text FROM pg_constraint WHERE conname = 'films_vote_in_range'"
    before = database.scalar(oid)
    publish(database, table, frame((1, "Heat", 1995, 8.0)))
    assert database.scalar(oid) == before


def test_what_a_person_removed_is_restored(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT))
    before = constraints(database)
    run(
        database,
        "COMMENT ON TABLE movies.films IS NULL",
        "COMMENT ON COLUMN movies.films.title IS 'Something else.'",
        "DROP INDEX movies.films_title_idx",
        "ALTER TABLE movies.films DROP CONSTRAINT films_vote_in_range, ALTER COLUMN title DROP NOT NULL",
    )
    assert not publish(database, table, frame(HEAT)).changed
    assert constraints(database) == before
    assert columns(database, table)[1] == ("title", "text", True, "Title.")
    assert database.scalar(f"SELECT obj_description({FILMS})") == table.comment
    assert database.scalar("SELECT to_regclass('movies.films_title_idx')::text") is not None


def test_what_a_person_added_is_kept(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT))
    run(database, "ALTER TABLE movies.films ADD CONSTRAINT mine CHECK (year > 1800)")
    publish(database, table, frame((1, "Heat", 1996, 7.9)))
    assert "mine" in constraints(database)


@pytest.mark.parametrize(
    "drift",
    [
        "ALTER TABLE movies.films ADD COLUMN notes text",
        "ALTER TABLE movies.films ALTER COLUMN year TYPE text",
        "ALTER TABLE movies.films ALTER COLUMN vote TYPE numeric USING vote::numeric",
        "ALTER TABLE movies.films DROP CONSTRAINT films_pkey",
        "ALTER TABLE movies.films DROP CONSTRAINT films_pkey, ADD CONSTRAINT odd PRIMARY KEY (title)",
        "ALTER TABLE movies.films DROP COLUMN id, ADD PRIMARY KEY (title)",
        "ALTER TABLE movies.films ADD COLUMN a text, ADD COLUMN b text, ALTER COLUMN year TYPE integer",
    ],
)
def test_a_difference_that_could_lose_data_is_refused_with_the_statements_that_mend_it(
    database: Database, drift: str
) -> None:
    table = films()
    publish(database, table, frame(HEAT))
    run(database, drift)
    before = database.rows("SELECT * FROM movies.films")
    message = refusal(database, table, frame((1, "Heat", 1996, 7.9)), DeclarationMismatchError)
    assert "movies.films is stored differently from its declaration" in message
    assert database.rows("SELECT * FROM movies.films") == before
    remedies = re.findall(r"ALTER TABLE [^;]+;", message)
    assert remedies
    if "fill it" in message:
        remedies.insert(1, "UPDATE movies.films SET id = 1;")
    run(database, *remedies)
    assert publish(database, table, frame((1, "Heat", 1996, 7.9))).rows == 1
