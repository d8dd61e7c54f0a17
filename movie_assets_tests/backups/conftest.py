"""A warehouse and Dagster's database with something in them, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from movie_assets.warehouse.database import Database
from movie_assets_tests.databases import temporary_database

_FILMS = (
    "CREATE TABLE movies.films (id bigint PRIMARY KEY, title text, rating double precision, seen timestamptz,"
    " facts jsonb, raw bytea, names text[])"
)
_TITLES = r"CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN E'Zo\u00eb\t\\N' ELSE repeat('x', i::int) END"
_ROWS = (
    f"INSERT INTO movies.films SELECT i, {_TITLES}, sqrt(i), '2026-01-01'::timestamptz + i * interval '1 hour',"
    " jsonb_build_object('n', i), decode(md5(i::text), 'hex'), ARRAY['a', NULL, i::text]"
    " FROM generate_series(1, 200) AS i"
)
HARD = (
    "CREATE SCHEMA movies",
    _FILMS,
    _ROWS,
    'CREATE TABLE movies."Odd ""name" ("Odd %s column" numeric)',
    'INSERT INTO movies."Odd ""name" VALUES (\'NaN\'), (1e-20), (NULL)',
    "CREATE TABLE movies.nothing ()",
    "CREATE VIEW movies.titles AS SELECT title FROM movies.films",
)


@pytest.fixture
def databases(database: Database, server: str) -> Iterator[dict[str, Database]]:
    """Two databases as a backup names them."""
    with temporary_database(server) as url:
        dagster = Database(url)
        fill(database, *HARD)
        fill(dagster, "CREATE TABLE runs (id int)", "INSERT INTO runs SELECT generate_series(1, 30)")
        yield {"warehouse": database, "dagster": dagster}


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    """Where backups go."""
    return tmp_path / "backups"


def fill(database: Database, *statements: str) -> None:
    """Run statements in one transaction."""
    with database.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def films(database: Database) -> object:
    """What the table of films holds, as one text."""
    with database.engine.connect() as connection:
        return connection.execute(
            text("SELECT md5(string_agg(f::text, ',' ORDER BY id)) FROM movies.films AS f")
        ).scalar()
