"""brand_film_candidates and brand_film_matches: which film each brand's #1 release is, with the evidence."""

from datetime import UTC, datetime

import dagster as dg
import pandas as pd

from movie_assets.assets.spec import ANALYTICS, table_asset
from movie_assets.matching.candidates import find_candidates, top_releases
from movie_assets.matching.decision import matches_frame
from movie_assets.matching.scoring import SCORING_VERSION, candidates_frame, score_candidates
from movie_assets.warehouse.connection import Warehouse


def _out(name: str) -> dg.AssetOut:
    return dg.AssetOut(
        **table_asset(
            name,
            group="matching",
            layer="matched",
            owner=ANALYTICS,
            code_version=SCORING_VERSION,
            kinds=frozenset({"python", "sql"}),
        )
    )


@dg.multi_asset(
    name="brand_film_matches",
    outs={
        "brand_film_candidates": _out("brand_film_candidates"),
        "brand_film_matches": _out("brand_film_matches"),
    },
    ins={
        "raw_brands": dg.AssetIn(metadata={"columns": ["brand", "top_release", "top_release_gross_usd", "source_line"]})
    },
    deps=["normalized_titles", "normalized_movies"],
)
def brand_film_matches(
    warehouse: dg.ResourceParam[Warehouse], raw_brands: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Candidates by a join in PostgreSQL, scores and decisions in Python."""
    releases = top_releases(raw_brands)
    candidates = find_candidates(warehouse.database, releases)
    scored = score_candidates(candidates, releases, today=datetime.now(UTC).date())
    return candidates_frame(scored), matches_frame(releases, scored)
