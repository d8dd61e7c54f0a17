"""Published tables as typed pandas frames, whole or in slices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import adbc_driver_manager
import pandas as pd
import pyarrow as pa
from sqlalchemy import Table

from movie_assets.warehouse.arrow import arrow_schema, to_pandas
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import column_list, qualified
from movie_assets.warehouse.errors import WarehouseError
from movie_assets.warehouse.tables import key_of


def read(
    database: Database, table: Table, columns: Sequence[str] | None = None, *, ordered: bool = False
) -> pd.DataFrame:
    """The table's rows as one frame: nullable integers and booleans intact, text arrays as lists.

    `ordered` sorts by the table's key. Raises WarehouseError when the table does not exist or lacks a column.
    """
    return to_pandas(read_arrow(database, table, columns, ordered=ordered))


def read_arrow(
    database: Database, table: Table, columns: Sequence[str] | None = None, *, ordered: bool = False
) -> pa.Table:
    """The table's rows as an Arrow table of the declared types."""
    return pa.Table.from_batches(_batches(database, table, columns, ordered=ordered), schema=_schema(table, columns))


def read_slices(
    database: Database, table: Table, columns: Sequence[str] | None = None, *, rows: int = 50_000
) -> Iterator[pd.DataFrame]:
    """The table's rows as frames of `rows` rows, the last one shorter, in one snapshot and in flat memory."""
    waiting = _schema(table, columns).empty_table()
    for batch in _batches(database, table, columns, ordered=False):
        # The driver's batches are made by size and may hold any number of rows.
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
        while len(waiting) >= rows:
            yield to_pandas(waiting.slice(0, rows))
            waiting = waiting.slice(rows)
    if len(waiting):
        yield to_pandas(waiting)


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
    database: Database, table: Table, columns: Sequence[str] | None, *, ordered: bool
) -> Iterator[pa.RecordBatch]:
    schema = _schema(table, columns)
    order = f" ORDER BY {column_list(key_of(table))}" if ordered else ""
    with database.adbc() as connection, connection.cursor() as cursor:
        try:
            cursor.execute(f"SELECT {column_list(schema.names)} FROM {qualified(table)}{order}")
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
