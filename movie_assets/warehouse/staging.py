"""Rows on their way into a table: a table of the declared types, without constraints, that only the transaction sees.

Constraints are checked by `validation`, which can say what is wrong; PostgreSQL would stop at the first row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
from adbc_driver_postgresql import dbapi
from sqlalchemy import Table

from movie_assets.warehouse.arrow import arrow_schema, record_batches
from movie_assets.warehouse.ddl import column_list, exists, quoted, sql_type
from movie_assets.warehouse.errors import RowsRefusedError
from movie_assets.warehouse.prefetch import prefetched
from movie_assets.warehouse.query import Query


@dataclass(frozen=True)
class Stage:
    """Where staged rows are. One that is not `temporary` can become the published table itself."""

    schema: str
    name: str

    @property
    def temporary(self) -> bool:
        """Whether the table lives in the session's own memory and files, outside the write-ahead log."""
        return self.schema == "pg_temp"

    @property
    def qualified(self) -> str:
        """Schema and table, quoted where needed."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"


class Frames:
    """A stream of frames, consumed once. A class of its own, because Dagster takes a bare generator for op outputs."""

    def __init__(self, frames: Iterable[pd.DataFrame]) -> None:
        self._frames = frames

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return iter(self._frames)


Rows = pd.DataFrame | Frames | Query
"""What an asset may return: a frame, a stream of frames, or a query computed in the database."""


def stage(cursor: dbapi.Cursor, table: Table, rows: Rows) -> Stage:
    """Put `rows` into a table that lives until the transaction ends, or becomes the published table if there is none.

    Raises RowsRefusedError when the rows do not have the declared columns and types; errors of a stream's producer pass
    through unchanged.
    """
    staged = _create(cursor, table)
    if isinstance(rows, Query):
        _stage_query(cursor, table, staged, rows)
    elif isinstance(rows, pd.DataFrame | Frames):
        _stage_frames(cursor, table, staged, [rows] if isinstance(rows, pd.DataFrame) else rows)
    else:
        raise RowsRefusedError(
            f"{table.fullname}: {type(rows).__name__} cannot be published. Return a pandas.DataFrame, Frames or Query."
        )
    return staged


def _create(cursor: dbapi.Cursor, table: Table) -> Stage:
    columns = ", ".join(f"{quoted(column.name)} {sql_type(column)}" for column in table.columns)
    if exists(cursor, table):
        cursor.execute(f"CREATE TEMPORARY TABLE stage ({columns}) ON COMMIT DROP")
        return Stage("pg_temp", "stage")
    # Named after the session, so that two first publications do not meet.
    cursor.execute("SELECT pg_backend_pid()")
    name = f"{table.name[:40]}_first_{cursor.fetchall()[0][0]}"
    cursor.execute(f"CREATE TABLE {quoted(str(table.schema))}.{quoted(name)} ({columns})")
    return Stage(str(table.schema), name)


def _stage_frames(cursor: dbapi.Cursor, table: Table, staged: Stage, frames: Iterable[pd.DataFrame]) -> None:
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

    # Rows are converted while the driver sends the ones before.
    converted = prefetched(batches())
    reader = pa.RecordBatchReader.from_batches(arrow_schema(table), converted)
    try:
        schema = None if staged.temporary else staged.schema
        cursor.adbc_ingest(staged.name, reader, mode="append", db_schema_name=schema, temporary=staged.temporary)
    except Exception:
        if failures:
            raise failures[0] from None
        raise


def _stage_query(cursor: dbapi.Cursor, table: Table, staged: Stage, query: Query) -> None:
    # On lines of its own, because a statement may end with a comment.
    result = f"(\n{query.sql}\n) AS result"
    cursor.execute(f"SELECT * FROM {result} LIMIT 0")
    fields = list(cursor.fetch_arrow_table().schema)
    names = [field.name for field in fields]
    found = {field.name: field for field in fields}
    declared = {field.name: field.type for field in arrow_schema(table)}
    problems = [f"missing column {name}" for name in declared if name not in found]
    problems += [f"undeclared column {name}" for name in found if name not in declared]
    problems += [f"repeated column {name}" for name in found if names.count(name) > 1]
    problems += [
        f"column {name} is {_database_type(found[name])}, declared {sql_type(table.columns[name])}"
        for name in declared
        if name in found and not _widens(found[name], declared[name])
    ]
    if problems:
        raise RowsRefusedError(
            f"{table.fullname}: {query.name} does not return the declared columns ({'; '.join(problems)}). "
            "Change the query or the declaration in movie_assets/warehouse/tables.py. Nothing was written."
        )
    columns = column_list(declared)
    cursor.execute(f"INSERT INTO {staged.qualified} ({columns}) SELECT {columns} FROM {result}")


def _widens(found: pa.Field[Any], declared: pa.DataType) -> bool:
    """Whether every value of the query's column is exactly a value of type `declared`."""
    if pa.types.is_list(found.type) and pa.types.is_list(declared):
        return _same_or_wider(found.type.value_type, declared.value_type)
    # Money and object ids travel as integers, but mean something else.
    return _database_type(found) not in {"money", "oid"} and _same_or_wider(found.type, declared)


def _same_or_wider(found: pa.DataType, declared: pa.DataType) -> bool:
    numeric = (pa.types.is_integer, pa.types.is_floating)
    if any(is_kind(found) and is_kind(declared) for is_kind in numeric):
        return bool(found.bit_width <= declared.bit_width)
    return bool(found.equals(declared))


def _database_type(field: pa.Field[Any]) -> str:
    """PostgreSQL's name of the column's type, where the driver tells."""
    return (field.metadata or {}).get(b"POSTGRESQL:type", str(field.type).encode()).decode()
