"""All published tables as they were at one moment, whatever is published while they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import pyarrow as pa
from adbc_driver_postgresql import dbapi
from sqlalchemy import Table

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.reading import batches_of
from movie_assets.warehouse.tables import SCHEMA


class Snapshot:
    """One transaction's view of the warehouse. Read one table at a time: the connection carries one result."""

    def __init__(self, connection: dbapi.Connection) -> None:
        self._connection = connection
        [(seconds,)] = self.rows("SELECT cast(extract(EPOCH FROM now()) AS double precision)")
        self.taken_at = datetime.fromtimestamp(float(str(seconds)), UTC)
        """When the snapshot was taken."""

    def published(self) -> frozenset[str]:
        """Names of the tables that the schema `movies` had."""
        # to_regclass() would also find a table that appeared since, and that the snapshot sees empty.
        found = self.rows(
            "SELECT c.relname::text FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            f" WHERE n.nspname = '{SCHEMA}' AND c.relkind IN ('r', 'p')"
        )
        return frozenset(str(name) for (name,) in found)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """All rows of a small result."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    def batches(self, table: Table, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The table's rows in the order of its key, in flat memory; JSON and numeric as text.

        Raises WarehouseError when the table does not exist or lacks a column.
        """
        with self._connection.cursor() as cursor:
            yield from batches_of(cursor, table, columns, ordered=True)


@contextmanager
def snapshot(database: Database) -> Iterator[Snapshot]:
    """What the database holds now, until the block ends. Publications go on meanwhile and are not seen.

    Raises DatabaseUnavailableError when no server answers.
    """
    with database.adbc() as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield Snapshot(connection)
