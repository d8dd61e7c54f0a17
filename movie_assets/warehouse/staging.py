"""Rows on their way into a table: a temporary table of the declared types, without constraints.

Constraints are checked by `validation`, which can say what is wrong; PostgreSQL would stop at the first row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd
import pyarrow as pa
from adbc_driver_postgresql import dbapi
from sqlalchemy import Table

from movie_assets.warehouse.arrow import arrow_schema, record_batches
from movie_assets.warehouse.ddl import column_list, quoted, sql_type
from movie_assets.warehouse.errors import RowsRefusedError
from movie_assets.warehouse.query import Query

STAGE = "stage"
QUALIFIED_STAGE = f"pg_temp.{STAGE}"


class Frames:
    """A stream of frames, consumed once. A class of its own, because Dagster takes a bare generator for op outputs."""

    def __init__(self, frames: Iterable[pd.DataFrame]) -> None:
        self._frames = frames

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return iter(self._frames)


Rows = pd.DataFrame | Frames | Query
"""What an asset may return: a frame, a stream of frames, or a query computed in the database."""


def stage(cursor: dbapi.Cursor, table: Table, rows: Rows) -> None:
    """Put `rows` into a temporary table that lives until the transaction ends.

    Raises RowsRefusedError when the rows do not have the declared columns and types; errors of a stream's producer pass
    through unchanged.
    """
    columns = ", ".join(f"{quoted(column.name)} {sql_type(column)}" for column in table.columns)
    cursor.execute(f"CREATE TEMPORARY TABLE {STAGE} ({columns}) ON COMMIT DROP")
    if isinstance(rows, Query):
        _stage_query(cursor, table, rows)
    else:
        _stage_frames(cursor, table, [rows] if isinstance(rows, pd.DataFrame) else rows)
    cursor.execute(f"ANALYZE {QUALIFIED_STAGE}")


def _stage_frames(cursor: dbapi.Cursor, table: Table, frames: Iterable[pd.DataFrame]) -> None:
    failures: list[BaseException] = []

    def batches() -> Iterator[pa.RecordBatch]:
        row = 0
        try:
            for frame in frames:
                yield from record_batches(frame, table, first_row=row)
                row += len(frame)
        except BaseException as error:
            # Arrow's C stream carries only a message; the original is raised below.
            failures.append(error)
            raise

    reader = pa.RecordBatchReader.from_batches(arrow_schema(table), batches())
    try:
        cursor.adbc_ingest(STAGE, reader, mode="append", temporary=True)
    except Exception:
        if failures:
            raise failures[0] from None
        raise


def _stage_query(cursor: dbapi.Cursor, table: Table, query: Query) -> None:
    cursor.execute(f"SELECT * FROM ({query.sql}) AS result LIMIT 0")
    found = {field.name: field.type for field in cursor.fetch_arrow_table().schema}
    declared = {field.name: field.type for field in arrow_schema(table)}
    problems = [f"missing column {name}" for name in declared if name not in found]
    problems += [f"undeclared column {name}" for name in found if name not in declared]
    problems += [
        f"column {name} is {found[name]}, declared {declared[name]}"
        for name in declared
        if name in found and not _widens(found[name], declared[name])
    ]
    if problems:
        raise RowsRefusedError(
            f"{table.fullname}: {query.name} does not return the declared columns ({'; '.join(problems)}). "
            "Change the query or the declaration in movie_assets/warehouse/tables.py. Nothing was written."
        )
    names = column_list(column.name for column in table.columns)
    cursor.execute(f"INSERT INTO {QUALIFIED_STAGE} ({names}) SELECT {names} FROM ({query.sql}) AS result")


def _widens(found: pa.DataType, declared: pa.DataType) -> bool:
    """Whether every value of type `found` is exactly a value of type `declared`."""
    if pa.types.is_list(found) and pa.types.is_list(declared):
        return _widens(found.value_type, declared.value_type)
    if pa.types.is_integer(found) and pa.types.is_integer(declared):
        return bool(found.bit_width <= declared.bit_width)
    return bool(found.equals(declared))
