"""The statements of this package, by the table that each fills."""

from __future__ import annotations

import re

from movie_assets.warehouse.ddl import column_list
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.tables import brand_stats

_PACKAGE = "movie_assets.stats"


def statement(table: str) -> Query:
    """The statement in the file of the table's name, with the films that are claimed for brands where it needs them."""
    query = Query.from_file(_PACKAGE, f"{table}.sql")
    if not re.search(r"\bFROM claimed_films\b", query.sql):
        return query
    return query.reading(claimed_films=Query.from_file(_PACKAGE, "claimed_films.sql"))


def snapshot() -> Query:
    """brand_stats as a snapshot of today, as rows of brand_stats_history."""
    columns = column_list((column.name for column in brand_stats.columns), "s")
    return Query(
        f"SELECT cast(now() AT TIME ZONE 'UTC' AS date) AS snapshot_date, {columns}, b.brands_sha256, m.scoring_version"
        " FROM movies.brand_stats AS s"
        " CROSS JOIN (SELECT min(source_sha256) AS brands_sha256 FROM movies.raw_brands) AS b"
        " INNER JOIN movies.brand_film_matches AS m ON m.brand = s.brand",
        name="brand_stats as of today",
    )
