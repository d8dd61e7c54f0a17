"""The keys of many films' titles, made by several processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd
import pyarrow as pa

from movie_assets.matching.candidates import film_title_rows
from movie_assets.parallel import mapped
from movie_assets.warehouse.arrow import record_batches
from movie_assets.warehouse.tables import normalized_titles


def title_batches(films: Iterable[pd.DataFrame]) -> Iterator[pa.RecordBatch]:
    """Rows of normalized_titles for each frame of films, as `candidates.film_title_rows` takes them, in their order."""
    for batches in mapped(_batches, films):
        yield from batches


def _batches(films: pd.DataFrame) -> list[pa.RecordBatch]:
    rows = film_title_rows(films)
    return list(record_batches(rows, normalized_titles, slice_rows=max(1, len(rows))))
