"""normalized_titles: every key a film answers to."""

from collections.abc import Iterable
from typing import cast

import dagster as dg
import pandas as pd

from movie_assets.assets.spec import DATA_ENGINEERING, table_asset
from movie_assets.matching.title_batches import title_batches
from movie_assets.warehouse.staging import Frames


@dg.asset(
    **table_asset(
        "normalized_titles",
        group="films",
        layer="normalized",
        owner=DATA_ENGINEERING,
        code_version="2",
        kinds=frozenset({"python"}),
    ),
    ins={
        "raw_tmdb_movies": dg.AssetIn(
            metadata={"columns": ["tmdb_id", "title", "original_title", "alternative_titles"]}
        )
    },
)
def normalized_titles(raw_tmdb_movies: Frames) -> Frames:
    """Keys slice by slice, so that a catalogue of any size fits in memory."""
    return Frames(title_batches(cast("Iterable[pd.DataFrame]", raw_tmdb_movies)))
