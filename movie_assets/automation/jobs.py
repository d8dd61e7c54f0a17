"""What can be run as a whole."""

from __future__ import annotations

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from movie_assets.assets.raw_tmdb_movies import TMDB_TABLES
from movie_assets.automation.housekeeping import housekeeping

REFRESH = "refresh"

refresh = dg.define_asset_job(
    REFRESH,
    selection=dg.AssetSelection.all(),
    description="Read the brand file and the films, match them, measure the brands, and check every table.",
)

_CHECK_RESULTS = dg.AssetSelection.assets("check_results")

_FILMS = dg.AssetSelection.assets(*TMDB_TABLES, "normalized_titles", "normalized_movies")

refresh_rules = dg.define_asset_job(
    "refresh_rules",
    selection=dg.AssetSelection.all() - _FILMS,
    description="Read the brand file and the brands' rules, and renew everything computed from them and stored films.",
)

refresh_brands = dg.define_asset_job(
    "refresh_brands",
    selection=dg.AssetSelection.all() - _FILMS - dg.AssetSelection.assets("brand_rules"),
    description="Read the brand file, match it with the stored films, and renew everything computed from it.",
)

refresh_films = dg.define_asset_job(
    "refresh_films",
    selection=dg.AssetSelection.assets(*TMDB_TABLES).downstream() | _CHECK_RESULTS,
    description="Fetch the films again and renew everything computed from them; the brand file is not read.",
)

audit = dg.define_asset_job(
    "audit",
    selection=dg.AssetSelection.all_asset_checks() | _CHECK_RESULTS,
    description="Check every stored table without changing any but check_results, which tells what was found.",
)

JOBS: list[dg.JobDefinition | UnresolvedAssetJobDefinition] = [
    refresh,
    refresh_rules,
    refresh_brands,
    refresh_films,
    audit,
    housekeeping,
]
