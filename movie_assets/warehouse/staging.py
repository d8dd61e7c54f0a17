"""Rows on their way into a table: a table of the declared columns without rules, which only the transaction sees.

Rules are checked by `validation`, which can say what is wrong; PostgreSQL would stop at the first row. The stage is an
ordinary table and not a temporary one, because only those are scanned by several processes and can become the published
table itself. It is made and dropped, or adopted, within one transaction, so nobody else ever sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
from adbc_driver_postgresql import dbapi
from sqlalchemy import Column, Table

from movie_assets.warehouse.arrow import record_batches
from movie_assets.warehouse.column_types import arrow_schema, is_text_carried, text_carried_columns
from movie_assets.warehouse.ddl import quoted, sql_type
from movie_assets.warehouse.errors import RowsRefusedError
from movie_assets.warehouse.prefetch import prefetched
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.stored import exists

PIECE_BYTES = 65_536
"""Size of the pieces handed to the driver, which encodes one and then sends it: they fit into the socket's buffer, so
that it encodes the next one while the server reads the last. With larger pieces the two take turns."""


@dataclass(frozen=True)
class Stage:
    """Where staged rows are. One that is `logged` can become the published table itself."""

    schema: str
    name: str
    logged: bool

    @property
    def qualified(self) -> str:
        """Schema and table, quoted where needed."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def key_index(self) -> str:
        """Name of the unique index over the key, once `validation` has made it."""
        return f"{self.name}_key"


Piece = pd.DataFrame | pa.RecordBatch
"""Part of a stream: a frame, or Arrow rows that have the declared schema already."""


class Frames:
    """A stream of frames or of Arrow rows. A class of its own: Dagster takes a bare generator for op outputs."""

    def __init__(self, frames: Iterable[Piece]) -> None:
        self._frames = frames

    @property
    def repeatable(self) -> bool:
        """Whether the frames can be gone through again, unlike those of a generator."""
        return not isinstance(self._frames, Iterator)

    def __iter__(self) -> Iterator[Piece]:
        return iter(self._frames)


Rows = pd.DataFrame | Frames | Query
"""What an asset may return: a frame, a stream of frames, or a query computed in the database."""


def stage(cursor: dbapi.Cursor, table: Table, rows: Rows) -> Stage:
    """Put `rows` into a table of this transaction.

    Raises RowsRefusedError when the rows do not have the declared columns and types; errors of a stream's producer pass
    through unchanged.
    """
    cursor.execute("SELECT pg_backend_pid()")
    # Named after the session, so that two publications do not meet. Unlogged unless it may be adopted.
    staged = Stage(
        str(table.schema), f"{table.name[:40]}_stage_{cursor.fetchall()[0][0]}", logged=not exists(cursor, table)
    )
    if isinstance(rows, Query):
        _stage_query(cursor, table, staged, rows)
    elif isinstance(rows, pd.DataFrame | Frames):
        _stage_frames(cursor, table, staged, [rows] if isinstance(rows, pd.DataFrame) else rows)
    else:
        raise RowsRefusedError(
            f"{table.fullname}: {type(rows).__name__} cannot be published. Return a pandas.DataFrame, Frames or Query."
        )
    return staged


def _create(staged: Stage) -> str:
    return f"CREATE {'' if staged.logged else 'UNLOGGED '}TABLE {staged.qualified}"


def _stage_frames(cursor: dbapi.Cursor, table: Table, staged: Stage, frames: Iterable[Piece]) -> None:
    columns = ", ".join(f"{quoted(column.name)} {_carrier(column)}" for column in table.columns)
    cursor.execute(f"{_create(staged)} ({columns})")

    def batches() -> Iterator[pa.RecordBatch]:
        row = 0
        for frame in frames:
            if isinstance(frame, pa.RecordBatch):
                yield _of_declared_schema(frame, table)
            else:
                yield from record_batches(frame, table, first_row=row)
            row += len(frame)

    # Rows are converted while the driver sends the ones before, which needs nothing of Python's meanwhile.
    for batch in prefetched(batches()):
        reader = pa.Table.from_batches([batch]).to_reader(max_chunksize=_piece_rows(batch))
        cursor.adbc_ingest(staged.name, reader, mode="append", db_schema_name=staged.schema)
    casts = [
        f"ALTER COLUMN {quoted(column.name)} TYPE {sql_type(column)} USING {quoted(column.name)}::{sql_type(column)}"
        for column in text_carried_columns(table)
    ]
    if casts:
        cursor.execute(f"ALTER TABLE {staged.qualified} {', '.join(casts)}")


def _of_declared_schema(batch: pa.RecordBatch, table: Table) -> pa.RecordBatch:
    if not batch.schema.equals(arrow_schema(table)):
        raise RowsRefusedError(
            f"{table.fullname}: Arrow rows do not have the declared columns and types. Make them by `record_batches`."
        )
    return batch


def _carrier(column: Column[Any]) -> str:
    return "text" if is_text_carried(column.type) else sql_type(column)


def _piece_rows(batch: pa.RecordBatch) -> int:
    return max(1, len(batch) * PIECE_BYTES // max(1, batch.nbytes))


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
        if name in found and not _fits(found[name], table.columns[name], declared[name])
    ]
    if problems:
        raise RowsRefusedError(
            f"{table.fullname}: {query.name} does not return the declared columns ({'; '.join(problems)}). "
            "Change the query or the declaration in movie_assets/warehouse/tables. Nothing was written."
        )
    # Computed into a new table, which several processes may do; INSERT has only one.
    typed = ", ".join(f"{quoted(c.name)}::{sql_type(c)} AS {quoted(c.name)}" for c in table.columns)
    cursor.execute(f"{_create(staged)} AS SELECT {typed} FROM {result}")


def _fits(found: pa.Field[Any], column: Column[Any], declared: pa.DataType) -> bool:
    """Whether every value of the query's column is exactly a value of the declared column."""
    if is_text_carried(column.type):
        return _database_type(found) == sql_type(column)
    if pa.types.is_list(found.type) and pa.types.is_list(declared):
        return _same_or_wider(found.type.value_type, declared.value_type)
    # These travel as numbers or text, but mean something else.
    return _database_type(found) not in {"money", "oid", "numeric", "jsonb", "json"} and _same_or_wider(
        found.type, declared
    )


def _same_or_wider(found: pa.DataType, declared: pa.DataType) -> bool:
    numeric = (pa.types.is_integer, pa.types.is_floating)
    if any(is_kind(found) and is_kind(declared) for is_kind in numeric):
        return bool(found.bit_width <= declared.bit_width)
    return bool(found.equals(declared))


def _database_type(field: pa.Field[Any]) -> str:
    """PostgreSQL's name of the column's type, where the driver tells."""
    return (field.metadata or {}).get(b"POSTGRESQL:type", str(field.type).encode()).decode()
