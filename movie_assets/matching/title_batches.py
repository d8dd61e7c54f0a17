"""The keys of many films' titles, made by several processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd
import pyarrow as pa

from movie_assets.matching.candidates import title_rows
from movie_assets.parallel import mapped
from movie_assets.warehouse.column_types import arrow_schema
from movie_assets.warehouse.tables import normalized_titles


def title_batches(films: Iterable[pd.DataFrame]) -> Iterator[pa.RecordBatch]:
    """Rows of normalized_titles for each frame of films, as `candidates.film_title_rows` takes them, in their order."""
    for batches in mapped(_batches, films):
        yield from batches


def _batches(films: pd.DataFrame) -> list[pa.RecordBatch]:
    rows = title_rows(films)
    if not rows:
        return []
    schema = arrow_schema(normalized_titles)
    arrays = [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return [pa.RecordBatch.from_arrays(arrays, schema=schema)]
