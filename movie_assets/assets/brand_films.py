"""brand_films and brand_films_left_out: which films count for a brand, which do not, and why."""

from collections.abc import Iterator

import dagster as dg

from movie_assets.assets.spec import ANALYTICS, table_asset
from movie_assets.stats.queries import statement
from movie_assets.warehouse.query import Query


def _out(name: str) -> dg.AssetOut:
    return dg.AssetOut(
        **table_asset(
            name,
            group="statistics",
            layer="published",
            owner=ANALYTICS,
            code_version="2",
            kinds=frozenset({"sql"}),
        )
    )


@dg.multi_asset(
    name="brand_films",
    outs={name: _out(name) for name in ("brand_films", "brand_films_left_out")},
    deps=["brand_film_matches", "brand_rules", "normalized_movies", "raw_tmdb_movies", "tmdb_people_films"],
)
def brand_films() -> Iterator[dg.Output[Query]]:
    """The statements of the same names in movie_assets/stats, over claimed_films.sql."""
    for name in ("brand_films", "brand_films_left_out"):
        yield dg.Output(statement(name), output_name=name)
