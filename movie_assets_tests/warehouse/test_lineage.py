"""Lineage read off the statements that the platform really runs."""

from __future__ import annotations

import pytest
from sqlglot.errors import SqlglotError

from movie_assets.stats.queries import statement
from movie_assets.warehouse.lineage import column_lineage, source_tables
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.tables import SCHEMA, metadata

QUERIES = {
    "normalized_movies": ("movie_assets.tmdb", {"raw_tmdb_movies", "normalized_titles"}),
    "brand_films": (
        "movie_assets.stats",
        {"brand_film_matches", "brand_rules", "normalized_movies", "raw_tmdb_movies", "tmdb_people_films"},
    ),
    "brand_stats": (
        "movie_assets.stats",
        {"raw_brands", "brand_film_matches", "brand_films", "brand_rules", "normalized_movies", "brand_intervals"},
    ),
}
# Constants, and count(*), come from no column.
FROM_NO_COLUMN = {
    ("brand_films", "reason"),
    ("brand_films", "reasons"),
    ("brand_stats", "scope"),
    ("brand_stats", "films"),
}


def query(table: str) -> Query:
    package = QUERIES[table][0]
    return statement(table) if package == "movie_assets.stats" else Query.from_file(package, f"{table}.sql")


@pytest.mark.parametrize("table", QUERIES)
def test_every_output_column_is_declared_and_leads_to_declared_columns(table: str) -> None:
    found = column_lineage(query(table))
    assert list(found) == [column.name for column in metadata.tables[f"{SCHEMA}.{table}"].columns]
    for name, sources in found.items():
        assert bool(sources) == ((table, name) not in FROM_NO_COLUMN), name
        for source, column in sources:
            assert source in QUERIES[table][1]
            assert column in metadata.tables[f"{SCHEMA}.{source}"].columns


@pytest.mark.parametrize("table", QUERIES)
def test_source_tables_are_those_that_the_statement_reads(table: str) -> None:
    assert source_tables(query(table)) == QUERIES[table][1]


@pytest.mark.parametrize(
    ("table", "column", "sources"),
    [
        ("normalized_movies", "normalized_title", ["normalized_titles.title_key"]),
        ("normalized_movies", "release_year", ["raw_tmdb_movies.release_date"]),
        ("normalized_movies", "vote_average", ["raw_tmdb_movies.vote_average", "raw_tmdb_movies.vote_count"]),
        (
            "brand_films",
            "tmdb_id",
            [
                "brand_film_matches.tmdb_id",
                "brand_rules.tmdb_entity_id",
                "normalized_movies.tmdb_id",
                "raw_tmdb_movies.tmdb_id",
                "tmdb_people_films.tmdb_id",
            ],
        ),
        ("brand_stats", "brand", ["raw_brands.brand"]),
        ("brand_stats", "gross_per_release_usd", ["raw_brands.releases", "raw_brands.total_gross_usd"]),
        ("brand_stats", "match_status", ["brand_film_matches.status"]),
        (
            "brand_stats",
            "vote_average_weighted",
            ["normalized_movies.vote_average", "normalized_movies.vote_count"],
        ),
        ("brand_stats", "revenue_films", ["normalized_movies.revenue_usd"]),
    ],
)
def test_a_column_leads_to_the_columns_that_it_is_computed_from(table: str, column: str, sources: list[str]) -> None:
    assert [".".join(source) for source in column_lineage(query(table))[column]] == sources


def test_an_unknown_column_is_an_error() -> None:
    with pytest.raises(SqlglotError):
        column_lineage(Query("SELECT b.nonsense FROM movies.raw_brands AS b"))


def test_a_statement_that_is_no_select_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"some/query\.sql is not a SELECT"):
        column_lineage(Query("DELETE FROM movies.raw_brands", name="some/query.sql"))
