"""Published tables as typed pandas frames, Arrow tables or streams of Arrow batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import adbc_driver_manager
import pandas as pd
import pyarrow as pa
from adbc_driver_postgresql import StatementOptions, dbapi
from sqlalchemy import Table

from movie_assets.warehouse.column_types import arrow_schema, is_text_carried
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import column_list, qualified, quoted
from movie_assets.warehouse.errors import WarehouseError
from movie_assets.warehouse.frames import FrameBuilder
from movie_assets.warehouse.prefetch import prefetched
from movie_assets.warehouse.tables import key_of


def read(
    database: Database, table: Table, columns: Sequence[str] | None = None, *, ordered: bool = False
) -> pd.DataFrame:
    """The table's rows as one frame: nullable integers and booleans intact, text arrays as lists.

    `ordered` sorts by the table's key. Raises WarehouseError when the table does not exist or lacks a column.
    """
    schema = _schema(table, columns)
    builder = FrameBuilder(table, schema.names)
    # One batch is converted while the next is on its way.
    for batch in prefetched(_batches(database, table, columns, ordered=ordered)):
        builder.add(batch)
    builder.add(_empty(schema))
    return builder.frame()


def read_arrow(
    database: Database, table: Table, columns: Sequence[str] | None = None, *, ordered: bool = False
) -> pa.Table:
    """The table's rows as an Arrow table; JSON and numeric as text."""
    return pa.Table.from_batches(_batches(database, table, columns, ordered=ordered), schema=_schema(table, columns))


def read_stream(
    database: Database, table: Table, columns: Sequence[str] | None = None, *, batch_bytes: int = 2**21
) -> pa.RecordBatchReader:
    """The table's rows as a stream of Arrow batches of about `batch_bytes`, in one snapshot and in flat memory.

    JSON and numeric are text.
    """
    batches = _batches(database, table, columns, ordered=False, batch_bytes=batch_bytes)
    return pa.RecordBatchReader.from_batches(_schema(table, columns), batches)


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({field.name: pa.nulls(0, field.type) for field in schema}, schema=schema)


def known_columns(table: Table, columns: Sequence[str] | None) -> list[str]:
    """The columns that are asked for, in that order; all without a choice.

    Raises WarehouseError when the table declares no such column.
    """
    return list(_schema(table, columns).names)


def _schema(table: Table, columns: Sequence[str] | None) -> pa.Schema:
    declared = arrow_schema(table)
    if columns is None:
        return declared
    if unknown := [name for name in columns if name not in declared.names]:
        raise WarehouseError(
            f"{table.fullname} has no column {', '.join(unknown)}; it has {', '.join(declared.names)}."
        )
    return pa.schema([declared.field(name) for name in columns])


def _batches(
    database: Database, table: Table, columns: Sequence[str] | None, *, ordered: bool, batch_bytes: int | None = None
) -> Iterator[pa.RecordBatch]:
    with database.adbc() as connection, connection.cursor() as cursor:
        if batch_bytes is not None:
            cursor.adbc_statement.set_options(**{StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(batch_bytes)})
        yield from batches_of(cursor, table, columns, ordered=ordered)


def batches_of(
    cursor: dbapi.Cursor, table: Table, columns: Sequence[str] | None, *, ordered: bool
) -> Iterator[pa.RecordBatch]:
    """The table's rows as the cursor's transaction sees them, batch by batch; JSON and numeric as text.

    Raises WarehouseError when the table does not exist or lacks a column.
    """
    schema = _schema(table, columns)
    order = f" ORDER BY {column_list(key_of(table), 't')}" if ordered else ""
    try:
        cursor.execute(f"SELECT {_selected(table, schema.names)} FROM {qualified(table)} AS t{order}")
        for batch in cursor.fetch_record_batch():
            # The driver annotates fields with PostgreSQL's types; the declaration is what callers rely on.
            yield pa.RecordBatch.from_arrays(
                [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)],
                schema=schema,
            )
    except (adbc_driver_manager.Error, pa.ArrowException) as error:
        raise WarehouseError(
            f"{table.fullname} cannot be read: {error}. If it was never published, run `movie-assets run` first."
        ) from error


def _selected(table: Table, names: Sequence[str]) -> str:
    return ", ".join(
        f"{quoted(name)}::text AS {quoted(name)}" if is_text_carried(table.columns[name].type) else quoted(name)
        for name in names
    )
