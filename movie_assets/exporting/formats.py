"""Rows of a declared table as CSV, JSON or Parquet, batch by batch, so that memory stays flat."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
from sqlalchemy import Table

from movie_assets.errors import MovieAssetsError
from movie_assets.exporting.parquet import parquet_schema
from movie_assets.exporting.spreadsheets import without_formulas
from movie_assets.warehouse.column_types import arrow_type

_ROWS_AT_ONCE = 1_000


class Format(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def write_rows(
    file: IO[bytes],
    table: Table,
    columns: Sequence[str],
    batches: Iterable[pa.RecordBatch],
    format_: Format,
    *,
    safe_for_spreadsheets: bool = False,
) -> int:
    """Write batches of the table's `columns` and return the number of rows.

    CSV and JSON are UTF-8. In CSV, lists are JSON arrays, NULL is an empty field and an empty text is "";
    `safe_for_spreadsheets` puts a single quote before text that would be run as a formula.

    Raises MovieAssetsError when a value cannot be written in the format.
    """
    try:
        match format_:
            case Format.CSV:
                return _write_csv(file, table, columns, batches, safe=safe_for_spreadsheets)
            case Format.JSON:
                return _write_json(file, batches)
            case Format.PARQUET:
                return _write_parquet(file, parquet_schema(table, columns), batches)
    except pa.ArrowException as error:
        raise MovieAssetsError(f"{table.fullname} cannot be written as {format_}: {error}") from error


def _write_csv(
    file: IO[bytes], table: Table, columns: Sequence[str], batches: Iterable[pa.RecordBatch], *, safe: bool
) -> int:
    types = {name: arrow_type(table.columns[name].type) for name in columns}
    schema = pa.schema([(name, pa.string() if pa.types.is_list(type_) else type_) for name, type_ in types.items()])
    rows = 0
    with pa_csv.CSVWriter(file, schema, write_options=pa_csv.WriteOptions(quoting_style="needed")) as csv:
        for batch in batches:
            flat = [_json_lists(column) if pa.types.is_list(column.type) else column for column in batch.columns]
            if safe:
                flat = [without_formulas(column) if pa.types.is_string(column.type) else column for column in flat]
            csv.write_batch(pa.RecordBatch.from_arrays(flat, schema=schema))
            rows += len(batch)
    return rows


def _write_json(file: IO[bytes], batches: Iterable[pa.RecordBatch]) -> int:
    rows = 0
    for row in _rows(batches):
        file.write(b",\n " if rows else b"[\n ")
        file.write(json.dumps(row, ensure_ascii=False, default=_json_value).encode())
        rows += 1
    file.write(b"\n]\n" if rows else b"[]\n")
    return rows


def _write_parquet(file: IO[bytes], schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    rows = 0
    with pa_parquet.ParquetWriter(file, schema, compression="zstd") as parquet:
        for batch in batches:
            parquet.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
            rows += len(batch)
    return rows


def _rows(batches: Iterable[pa.RecordBatch]) -> Iterator[dict[str, Any]]:
    for batch in batches:
        # A batch holds up to megabytes of rows, which as Python objects are a multiple of that.
        for start in range(0, len(batch), _ROWS_AT_ONCE):
            yield from batch.slice(start, _ROWS_AT_ONCE).to_pylist()


def _json_lists(column: pa.Array[Any]) -> pa.StringArray:
    texts = [
        None if value is None else json.dumps(value, ensure_ascii=False, default=_json_value)
        for value in column.to_pylist()
    ]
    return pa.array(texts, pa.string())


def _json_value(value: object) -> str:
    isoformat = getattr(value, "isoformat", None)
    if isoformat is None:
        raise TypeError(f"{type(value).__name__} has no JSON form")
    return str(isoformat())
