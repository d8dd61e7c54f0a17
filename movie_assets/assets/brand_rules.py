"""brand_rules: what people mapped to the brands, held against what the films say."""

import dagster as dg
import pandas as pd

from movie_assets.assets.spec import ANALYTICS, table_asset
from movie_assets.settings import Settings
from movie_assets.stats.rules import rules_frame
from movie_assets.tmdb.rules import read_brand_rules, rules_sha256
from movie_assets.warehouse.connection import Warehouse

SHA256 = "sha256"
"""Under which name a materialization tells the content of the file of rules."""


@dg.asset(
    **table_asset(
        "brand_rules",
        group="statistics",
        layer="published",
        owner=ANALYTICS,
        code_version="1",
        kinds=frozenset({"csv"}),
    ),
    deps=["normalized_movies"],
)
def brand_rules(
    settings: dg.ResourceParam[Settings], warehouse: dg.ResourceParam[Warehouse]
) -> dg.MaterializeResult[pd.DataFrame]:
    """The rows of MOVIE_ASSETS_BRAND_RULES."""
    # Taken first: rules that are saved while these are read are told from them.
    sha256 = rules_sha256(settings.brand_rules)
    rules = read_brand_rules(settings.brand_rules)
    return dg.MaterializeResult(
        value=rules_frame(warehouse.database, rules),
        metadata={"source": dg.MetadataValue.path(settings.brand_rules), SHA256: sha256},
    )
