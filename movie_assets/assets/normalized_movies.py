"""normalized_movies: films with typed columns, computed in PostgreSQL."""

import dagster as dg

from movie_assets.assets.spec import DATA_ENGINEERING, table_asset
from movie_assets.warehouse.query import Query


@dg.asset(
    **table_asset(
        "normalized_movies",
        group="films",
        layer="normalized",
        owner=DATA_ENGINEERING,
        code_version="1",
        kinds=frozenset({"sql"}),
    ),
    deps=["raw_tmdb_movies", "normalized_titles"],
)
def normalized_movies() -> Query:
    """The statement in movie_assets/tmdb/normalized_movies.sql."""
    return Query.from_file("movie_assets.tmdb", "normalized_movies.sql")
