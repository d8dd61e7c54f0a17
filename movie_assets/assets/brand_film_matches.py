"""brand_film_candidates, brand_film_matches and brand_match_overrides: which film each #1 release is, and why."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg
import pandas as pd

from movie_assets.assets.spec import ANALYTICS, table_asset
from movie_assets.matching.decision import matches_frame
from movie_assets.matching.model import top_releases
from movie_assets.matching.overrides import read_overrides
from movie_assets.matching.overriding import EFFECTS, overrides_frame
from movie_assets.matching.releases import match_releases
from movie_assets.matching.scoring import SCORING_VERSION, candidates_frame
from movie_assets.settings import Settings
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
    outs={name: _out(name) for name in ("brand_film_candidates", "brand_film_matches", "brand_match_overrides")},
    ins={
        "raw_brands": dg.AssetIn(metadata={"columns": ["brand", "top_release", "top_release_gross_usd", "source_line"]})
    },
    deps=["normalized_titles", "normalized_movies"],
)
def brand_film_matches(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
    raw_brands: pd.DataFrame,
) -> Iterator[dg.Output[pd.DataFrame]]:
    """Candidates by a join in PostgreSQL, scores and decisions in Python; people's decisions win."""
    matching = match_releases(
        warehouse.database,
        top_releases(raw_brands),
        today=datetime.now(UTC).date(),
        overrides=read_overrides(settings.match_overrides),
    )
    for override in matching.overrides:
        if override.effect != "decides":
            told = (override.source_line, override.brand, override.top_release, EFFECTS[override.effect])
            context.log.warning("override on line %d, %s, %s: %s", *told)
    statuses = Counter(match.status for match in matching.matches)
    yield dg.Output(candidates_frame(matching.candidates), output_name="brand_film_candidates")
    yield dg.Output(
        matches_frame(matching.matches),
        output_name="brand_film_matches",
        metadata={"scoring_version": SCORING_VERSION, **{status: statuses[status] for status in sorted(statuses)}},
    )
    yield dg.Output(
        overrides_frame(matching.overrides),
        output_name="brand_match_overrides",
        metadata={"source": dg.MetadataValue.path(settings.match_overrides)},
    )
