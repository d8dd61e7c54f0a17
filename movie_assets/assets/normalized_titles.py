"""normalized_titles: every key a film answers to."""

import dagster as dg
import pyarrow as pa

from movie_assets.assets.spec import DATA_ENGINEERING, table_asset
from movie_assets.matching.title_batches import FILM_COLUMNS, title_batches
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
    ins={"raw_tmdb_movies": dg.AssetIn(metadata={"columns": list(FILM_COLUMNS)})},
)
def normalized_titles(raw_tmdb_movies: pa.RecordBatchReader) -> Frames:
    """Keys batch by batch, so that a catalogue of any size fits in memory."""
    return Frames(title_batches(raw_tmdb_movies))
