"""Outputs computed in the database: published without leaving it, refused where they do not fit."""

from __future__ import annotations

import pytest

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.errors import RowsRefusedError, WarehouseError
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.query import Query
from movie_assets_tests.warehouse import publishing_support
from movie_assets_tests.warehouse.publishing_support import counts, films, frame, refusal, stored

shared_database = publishing_support.shared_database
database = publishing_support.emptied_database

HEAT = (1, "Heat", 1995, 7.9)
ROW = "SELECT 1::bigint AS id, 'Heat' AS title, 1995 AS year, 7.9::double precision AS vote"


def test_a_query_is_computed_in_the_database(database: Database) -> None:
    publish(database, films(name="source"), frame(HEAT, (2, "Alien", 1979, 8.2)))
    query = Query("SELECT id, upper(title) AS title, year, vote FROM movies.source WHERE vote > 8")
    assert counts(publish(database, films(), query)) == (1, 1, 0, 0, 0)
    assert stored(database, films()) == [(2, "ALIEN", 1979, 8.2)]
    assert not publish(database, films(), query).changed


def test_a_query_may_read_the_table_that_it_replaces(database: Database) -> None:
    publish(database, films(), frame(HEAT))
    query = Query("SELECT id + 1 AS id, title, year, vote FROM movies.films UNION ALL SELECT * FROM movies.films")
    assert counts(publish(database, films(), query)) == (2, 1, 0, 0, 1)


def test_narrower_types_and_any_order_of_columns_fit(database: Database) -> None:
    query = Query("SELECT 1.5::real AS vote, 1995::smallint AS year, 'Heat'::varchar(9) AS title, 1::integer AS id")
    publish(database, films(), query)
    assert stored(database, films()) == [(1, "Heat", 1995, 1.5)]


@pytest.mark.parametrize("ending", ["", "\n", " -- the end", "\n-- the end\n"])
def test_a_statement_may_end_with_a_comment(database: Database, ending: str) -> None:
    assert publish(database, films(), Query(ROW + ending)).inserted == 1


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("SELECT 1::bigint AS id, 'x' AS title, 1 AS year", "missing column vote"),
        (f"SELECT *, 1 AS extra FROM ({ROW}) AS r", "undeclared column extra"),
        (f"SELECT *, 1 AS year FROM ({ROW}) AS r", "repeated column year"),
        (ROW.replace("1995", "1995.5"), "column year is numeric, declared bigint"),
        (ROW.replace("1995", "'1995'"), "column year is text, declared bigint"),
        (ROW.replace("1995", "1::money"), "column year is money, declared bigint"),
        (ROW.replace("7.9::double precision", "7"), "column vote is int4, declared double precision"),
        (ROW.replace("'Heat'", "1.5"), "column title is numeric, declared text"),
    ],
)
def test_other_columns_or_types_are_refused(database: Database, sql: str, problem: str) -> None:
    publish(database, films(), frame(HEAT))
    message = refusal(database, films(), Query(sql, name="some/query.sql"), RowsRefusedError)
    assert f"some/query.sql does not return the declared columns ({problem})" in message
    assert stored(database, films()) == [HEAT]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM movies.nowhere", '"movies.nowhere" does not exist'),
        (ROW.replace("1995", "1 / (random() * 0)::int"), "division by zero"),
    ],
)
def test_an_error_in_the_query_names_its_file(database: Database, sql: str, reason: str) -> None:
    publish(database, films(), frame(HEAT))
    message = refusal(database, films(), Query(sql, name="some/query.sql"), WarehouseError)
    assert "movies.films (from some/query.sql): PostgreSQL refused the publication" in message
    assert reason in message
    assert stored(database, films()) == [HEAT]


def test_a_query_from_a_file_knows_where_it_stands() -> None:
    query = Query.from_file("movie_assets.stats", "brand_films.sql")
    assert query.name == "movie_assets/stats/brand_films.sql"
    assert "FROM claimed_films" in query.sql


def test_a_query_reads_others_by_the_names_they_are_given(database: Database) -> None:
    one = Query("WITH inner_one AS (SELECT 1 AS x) SELECT x FROM inner_one")
    query = Query("SELECT a.x + b.x AS x FROM a CROSS JOIN b", name="sum").reading(a=one, b=Query("SELECT 2 AS x"))
    assert query.name == "sum"
    assert database.rows(query.sql) == [{"x": 3}]
