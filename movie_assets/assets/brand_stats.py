"""brand_intervals, brand_stats and brand_stats_history: the metrics of every brand, their uncertainty, their past."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from movie_assets.assets.spec import ANALYTICS, table_asset
from movie_assets.settings import Settings
from movie_assets.stats.filmographies import filmographies
from movie_assets.stats.intervals import intervals_frame
from movie_assets.stats.queries import snapshot, statement
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.query import Query


def _out(name: str, kind: str) -> dg.AssetOut:
    return dg.AssetOut(
        **table_asset(
            name, group="statistics", layer="published", owner=ANALYTICS, code_version="2", kinds=frozenset({kind})
        )
    )


@dg.multi_asset(
    name="brand_stats",
    outs={
        "brand_intervals": _out("brand_intervals", "python"),
        "brand_stats": _out("brand_stats", "sql"),
        "brand_stats_history": _out("brand_stats_history", "sql"),
    },
    deps=["raw_brands", "brand_film_matches", "brand_rules", "brand_films", "normalized_movies"],
    internal_asset_deps={
        "brand_intervals": {dg.AssetKey(name) for name in ("brand_rules", "brand_films", "normalized_movies")},
        "brand_stats": {
            dg.AssetKey(name)
            for name in (
                "raw_brands",
                "brand_film_matches",
                "brand_rules",
                "brand_films",
                "normalized_movies",
                "brand_intervals",
            )
        },
        "brand_stats_history": {dg.AssetKey(name) for name in ("raw_brands", "brand_film_matches", "brand_stats")},
    },
)
def brand_stats(
    settings: dg.ResourceParam[Settings], warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.Output[pd.DataFrame] | dg.Output[Query]]:
    """Intervals by the bootstrap; metrics by movie_assets/stats/brand_stats.sql; today's snapshot of the metrics.

    Who looks at the metrics in Dagster's UI finds the report there, which the same run writes of them.
    """
    yield dg.Output(intervals_frame(filmographies(warehouse.database)), output_name="brand_intervals")
    yield dg.Output(
        statement("brand_stats"),
        output_name="brand_stats",
        metadata={
            "report": dg.MetadataValue.path(settings.report),
            "report_preview": dg.MetadataValue.asset(dg.AssetKey("brand_report")),
        },
    )
    yield dg.Output(snapshot(), output_name="brand_stats_history")
