"""Rows that break a rule: all of the rules reported at once, with keys to look them up, and the old rows stay."""

from __future__ import annotations

import pytest
from sqlalchemy import BigInteger, Column, Text

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import sql_type
from movie_assets.warehouse.errors import RowsRefusedError
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.query import Query
from movie_assets_tests.warehouse import publishing_support
from movie_assets_tests.warehouse.publishing_support import (
    declared,
    every_type,
    films,
    frame,
    refusal,
    row_versions,
)

shared_database = publishing_support.shared_database
database = publishing_support.emptied_database

HEAT = (1, "Heat", 1995, 7.9)


def test_every_refusal_leaves_the_old_rows_untouched(database: Database) -> None:
    table = films()
    publish(database, table, frame(HEAT))
    before = row_versions(database, table)
    for rows, told in (
        (frame((2, None, 1, 1.0)), "column title: NULL is not allowed (1 row, such as (id=2))"),
        (frame((None, "x", 1, 1.0)), "column id: NULL is not allowed (1 row, such as (id=NULL))"),
        (frame(HEAT, HEAT), "key id: repeated (1 key, such as (id=1))"),
        (frame((2, "x", 1, 11.0)), "rule films_vote_in_range: vote BETWEEN 0 AND 10 (1 row, such as (id=2))"),
        (frame((2, "x", "1", 1.0)), "column year, row 1: '1' is not int64"),
        (frame((2, "x", 1, 1.0)).drop(columns="year"), "missing columns: year"),
    ):
        message = refusal(database, table, rows, RowsRefusedError)
        assert message.startswith("movies.films")
        assert told in message
        assert row_versions(database, table) == before


def test_all_broken_rules_are_reported_at_once(database: Database) -> None:
    rows = frame(*((key, None, 1, -1.0) for key in range(1, 1201)), (7, "Seven", 1995, 8.6))
    message = refusal(database, films(), rows, RowsRefusedError)
    keys = "(id=1), (id=2), (id=3), (id=4), (id=5)"
    assert message == (
        "movies.films: 1,201 rows were refused and nothing was written. "
        f"column title: NULL is not allowed (1,200 rows, such as {keys}); "
        f"rule films_vote_in_range: vote BETWEEN 0 AND 10 (1,200 rows, such as {keys}); "
        "key id: repeated (1 key, such as (id=7))"
    )


def test_an_unknown_value_breaks_no_rule(database: Database) -> None:
    assert publish(database, films(), frame((1, "Heat", None, None))).inserted == 1


def test_a_key_of_two_columns_is_told_in_full(database: Database) -> None:
    table = declared(
        "pairs",
        Column("brand", Text, primary_key=True),
        Column("id", BigInteger, primary_key=True, autoincrement=False),
    )
    rows = frame(("a", 1), ("a", 2), ("b", 1), ("a", 1), columns=("brand", "id"))
    message = refusal(database, table, rows, RowsRefusedError)
    assert "key brand, id: repeated (1 key, such as (brand=a, id=1))" in message


@pytest.mark.parametrize(
    ("column", "expression", "told"),
    [
        ("fraction", "'NaN'::float8", "column fraction: NaN is not allowed, unknown is NULL"),
        ("day", "'infinity'::date", "column day: only the years 1 to 9999 are allowed"),
        ("day", "'0044-03-15 BC'::date", "column day: only the years 1 to 9999 are allowed"),
        ("moment", "'-infinity'::timestamptz", "column moment: only the years 1 to 9999 are allowed"),
        ("moment", "'10000-01-01Z'::timestamptz", "column moment: only the years 1 to 9999 are allowed"),
        ("exact", "'NaN'::numeric", "column exact: NaN is not allowed, unknown is NULL"),
        ("days", "ARRAY['infinity'::date]", "column days: only the years 1 to 9999 are allowed"),
        ("fractions", "ARRAY[1, 'NaN'::float8]", "column fractions: NaN is not allowed, unknown is NULL"),
    ],
)
def test_a_query_cannot_publish_what_python_cannot_read(
    database: Database, column: str, expression: str, told: str
) -> None:
    table = every_type()
    selected = ", ".join(
        f"{expression if each.name == column else f'NULL::{sql_type(each)}'} AS {each.name}"
        for each in table.columns
        if each.name != "id"
    )
    message = refusal(database, table, Query(f"SELECT 1::bigint AS id, {selected}"), RowsRefusedError)
    assert f"{told} (1 row, such as (id=1))" in message
