"""brand_report: the published statistics as one HTML page in the home."""

import dagster as dg

from movie_assets.assets.spec import (
    ANALYTICS,
    DOMAIN_TAG,
    FOLLOWS_ITS_SOURCES,
    LAYER_TAG,
    NOT_WAITED_FOR,
    RENEWED_DAILY,
)
from movie_assets.report import TABLES, preview_markdown, write_report
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse


@dg.asset(
    key="brand_report",
    description=(
        "One HTML page without anything to load: brands ranked with intervals, popularity against rating, "
        "concentration, comparisons, coverage, what is in review. Its file is report.html in MOVIE_ASSETS_HOME; "
        "`movie-assets report` writes the same page."
    ),
    deps=list(TABLES),
    group_name="statistics",
    owners=[ANALYTICS],
    kinds={"html"},
    tags={DOMAIN_TAG: "statistics", LAYER_TAG: "published"},
    code_version="1",
    op_tags=NOT_WAITED_FOR,
    automation_condition=FOLLOWS_ITS_SOURCES,
    freshness_policy=RENEWED_DAILY,
)
def brand_report(
    settings: dg.ResourceParam[Settings], warehouse: dg.ResourceParam[Warehouse]
) -> dg.MaterializeResult[None]:
    """The page, and of its leading brands a table that Dagster's UI shows."""
    path = write_report(warehouse.database, settings.report, cache=settings.cache)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(path)),
            "bytes": path.stat().st_size,
            "preview": dg.MetadataValue.md(preview_markdown(warehouse.database)),
        }
    )
