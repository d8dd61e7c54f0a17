"""Stored tables and their declarations: created in full, brought in line without loss, refused with a remedy."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

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


@pytest.mark.parametrize(
    ("stored_as", "declared_as", "value"),
    [
        ("smallint", BigInteger, 7),
        ("integer", BigInteger, 2**31 - 1),
        ("integer", Double, 2**31 - 1),
        ("real", Double, 0.5),
        ("character varying(20)", Text, "twenty"),
        ("bigint", Numeric, 2**63 - 1),
        ("numeric(10,2)", Numeric, Decimal("1.50")),
        ("integer[]", ARRAY(BigInteger), [1, None]),
    ],
)
def test_a_type_that_holds_every_stored_value_is_widened_in_place(
    database: Database, stored_as: str, declared_as: TypeEngine[object], value: object
) -> None:
    narrow = "ARRAY[1, NULL]::integer[]" if isinstance(value, list) else f"'{value}'"
    run(
        database,
        "CREATE SCHEMA IF NOT EXISTS movies",
        f"CREATE TABLE movies.wide (id bigint PRIMARY KEY, value {stored_as}, note text)",
        f"INSERT INTO movies.wide VALUES (1, {narrow}, 'kept')",
    )
    table = declared(
        "wide",
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        Column("value", declared_as),
        Column("note", Text),
        mode="upsert",
    )
    publication = publish(database, table, frame((2, None, "new"), columns=("id", "value", "note")))
    assert counts(publication) == (2, 1, 0, 0, 0)
    assert f"column value was widened from {stored_as} to {sql_type(table.columns['value'])}" in publication.notices
    assert stored(database, table) == [(1, value, "kept"), (2, None, "new")]


@pytest.mark.parametrize(
    ("stored_as", "declared_as"),
    [("bigint", Integer), ("double precision", BigInteger), ("text", BigInteger), ("numeric", Double),
     ("bigint", Double), ("timestamp without time zone", DateTime(timezone=True)), ("integer[]", BigInteger)],
)  # fmt: skip
def test_a_type_that_may_lose_a_value_is_not_changed(
    database: Database, stored_as: str, declared_as: TypeEngine[object]
) -> None:
    run(
        database,
        "CREATE SCHEMA IF NOT EXISTS movies",
        f"CREATE TABLE movies.narrow (id bigint PRIMARY KEY, value {stored_as})",
    )
    table = declared(
        "narrow", Column("id", BigInteger, primary_key=True, autoincrement=False), Column("value", declared_as)
    )
    message = refusal(database, table, frame((1, None), columns=("id", "value")), DeclarationMismatchError)
    type_ = sql_type(table.columns["value"])
    assert f"ALTER TABLE movies.narrow ALTER COLUMN value TYPE {type_} USING value::{type_};" in message
    assert columns(database, table)[1][1] == stored_as


def test_a_column_that_a_view_reads_is_widened_by_a_person(database: Database) -> None:
    run(
        database,
        "CREATE SCHEMA IF NOT EXISTS movies",
        "CREATE TABLE movies.films (id bigint PRIMARY KEY, title text NOT NULL, year integer, vote double precision)",
        "CREATE VIEW movies.years AS SELECT year FROM movies.films",
    )
    message = refusal(database, films(), frame(HEAT), DeclarationMismatchError)
    assert "after dropping and before remaking movies.years" in message


def test_a_rename_is_not_guessed(database: Database) -> None:
    publish(database, films(), frame(HEAT))
    run(database, "ALTER TABLE movies.films RENAME COLUMN vote TO rating")
    message = refusal(database, films(), frame(HEAT), DeclarationMismatchError)
    assert "ALTER TABLE movies.films DROP COLUMN rating;" in message
    assert database.scalar("SELECT rating FROM movies.films") == HEAT[3]


def test_indexes_follow_the_declaration(database: Database) -> None:
    def with_index(*names: str) -> Table:
        return declared(
            "films",
            Column("id", BigInteger, primary_key=True, autoincrement=False, comment="Film id."),
            Column("title", Text),
            Column("year", BigInteger),
            Index("films_by", *names),
        )

    rows = frame((1, "Heat", 1995), columns=("id", "title", "year"))
    publish(database, with_index("title"), rows)
    changed = publish(database, with_index("year", "title"), rows)
    assert changed.notices == ("index films_by was changed as declared",)
    assert "(year, title)" in str(database.scalar("SELECT indexdef FROM pg_indexes WHERE indexname = 'films_by'"))
    without = declared("films", *(Column(c.name, c.type, primary_key=c.primary_key, comment=c.comment)
                                  for c in with_index("title").columns))  # fmt: skip
    assert publish(database, without, rows).notices == ("index films_by was dropped as declared",)
    assert database.scalar("SELECT to_regclass('movies.films_by')::text") is None


def test_a_rule_that_is_no_longer_declared_goes(database: Database) -> None:
    publish(database, with_kind(CheckConstraint("vote < 10", name="low")), frame(HEAT))
    assert publish(database, with_kind(), frame(HEAT)).notices == ("constraint films_low was dropped as declared",)
    assert "films_low" not in constraints(database)


def test_what_a_person_removed_is_restored_and_told(database: Database) -> None:
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
    publication = publish(database, table, frame(HEAT))
    assert not publication.changed
    assert set(publication.notices) == {
        "the table's comment was changed as declared",
        "the comment of column title was changed as declared",
        "index films_title_idx was missing and has been made",
        "constraint films_vote_in_range was missing and has been added",
        "column title had lost its NOT NULL",
    }
    assert constraints(database) == before
    assert columns(database, table)[1] == ("title", "text", True, "Title.")
    assert database.scalar(f"SELECT obj_description({FILMS})") == table.comment
    assert database.scalar("SELECT to_regclass('movies.films_title_idx')::text") is not None
    assert publish(database, table, frame(HEAT)).notices == ()


def test_what_a_person_added_is_kept_and_told(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT))
    run(
        database,
        "ALTER TABLE movies.films ADD CONSTRAINT mine CHECK (year > 1800), ADD CONSTRAINT one UNIQUE (title)",
        "CREATE INDEX films_year_idx ON movies.films (year)",
        "CREATE FUNCTION movies.look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE TRIGGER look AFTER INSERT ON movies.films EXECUTE FUNCTION movies.look()",
    )
    publication = publish(database, table, frame((1, "Heat", 1996, 7.9)))
    assert set(publication.notices) == {
        "constraint mine is not declared and stays",
        "constraint one is not declared and stays",
        "index films_year_idx is not declared and stays",
        "trigger look is not declared and stays",
    }
    assert "mine" in constraints(database)
    assert database.scalar("SELECT to_regclass('movies.films_year_idx')::text") is not None


def test_a_view_of_the_tables_name_is_not_published_into(database: Database) -> None:
    run(database, "CREATE SCHEMA IF NOT EXISTS movies", "CREATE VIEW movies.films AS SELECT 1::bigint AS id")
    assert "is not a table but something else" in refusal(database, films(), frame(HEAT), DeclarationMismatchError)


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
