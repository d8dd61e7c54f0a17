"""brand_comparison, brand_overlaps, genre_stats and yearly_stats: brands beside each other, by genre and by year."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from movie_assets.assets.spec import ANALYTICS, NOT_WAITED_FOR, table_asset
from movie_assets.stats.comparison import comparison_frame
from movie_assets.stats.filmographies import filmographies
from movie_assets.stats.queries import statement
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.query import Query

_IN_SQL = ("brand_overlaps", "genre_stats", "yearly_stats")


def _out(name: str) -> dg.AssetOut:
    kind = "sql" if name in _IN_SQL else "python"
    return dg.AssetOut(
        **table_asset(
            name, group="statistics", layer="published", owner=ANALYTICS, code_version="1", kinds=frozenset({kind})
        )
    )


@dg.multi_asset(
    name="brand_comparison",
    outs={name: _out(name) for name in ("brand_comparison", *_IN_SQL)},
    deps=["brand_rules", "brand_films", "normalized_movies"],
    op_tags=NOT_WAITED_FOR,
)
def brand_comparison(
    warehouse: dg.ResourceParam[Warehouse],
) -> Iterator[dg.Output[pd.DataFrame] | dg.Output[Query]]:
    """Differences with intervals by the bootstrap; the others by the statements of their names."""
    yield dg.Output(comparison_frame(filmographies(warehouse.database)), output_name="brand_comparison")
    for name in _IN_SQL:
        yield dg.Output(statement(name), output_name=name)
