"""The keys of many films' titles, made by several processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa

from movie_assets.matching.candidates import title_rows
from movie_assets.parallel import mapped
from movie_assets.warehouse.arrow import one_batch
from movie_assets.warehouse.column_types import arrow_schema
from movie_assets.warehouse.tables import normalized_titles

FILM_COLUMNS: Final = ("tmdb_id", "title", "original_title", "alternative_titles")
"""What a batch of films must hold, as in raw_tmdb_movies."""

# So few films at a time are worked on in the processor's cache.
_AT_ONCE: Final = 500


def title_batches(films: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Rows of normalized_titles for each batch of films, in their order; see `candidates.film_title_rows`."""
    return mapped(_titles, films)


def _titles(films: pa.RecordBatch) -> pa.RecordBatch:
    schema = arrow_schema(normalized_titles)
    few = (films.slice(start, _AT_ONCE) for start in range(0, len(films), _AT_ONCE))
    return one_batch((_keys(some, schema) for some in few), schema)


def _keys(films: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    rows = title_rows(zip(*(films.column(name).to_pylist() for name in FILM_COLUMNS), strict=True))
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
