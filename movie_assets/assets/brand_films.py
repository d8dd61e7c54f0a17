"""brand_films: which films count for a brand, and why."""

import dagster as dg

from movie_assets.assets.spec import ANALYTICS, table_asset
from movie_assets.warehouse.query import Query


@dg.asset(
    **table_asset(
        "brand_films",
        group="statistics",
        layer="published",
        owner=ANALYTICS,
        code_version="1",
        kinds=frozenset({"sql"}),
    ),
    deps=["brand_film_matches"],
)
def brand_films() -> Query:
    """The statement in movie_assets/stats/brand_films.sql."""
    return Query.from_file("movie_assets.stats", "brand_films.sql")
