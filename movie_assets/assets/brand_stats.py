"""brand_stats: the metrics of every brand."""

import dagster as dg

from movie_assets.assets.spec import ANALYTICS, table_asset
from movie_assets.warehouse.query import Query


@dg.asset(
    **table_asset(
        "brand_stats",
        group="statistics",
        layer="published",
        owner=ANALYTICS,
        code_version="1",
        kinds=frozenset({"sql"}),
    ),
    deps=["raw_brands", "brand_film_matches", "brand_films", "normalized_movies"],
)
def brand_stats() -> Query:
    """The statement in movie_assets/stats/brand_stats.sql."""
    return Query.from_file("movie_assets.stats", "brand_stats.sql")
