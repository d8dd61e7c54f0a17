"""One transaction from rows to a published table: stage, validate, write what differs, commit.

Readers see the old rows or the new ones. They never wait, because only rows are written: no TRUNCATE, DROP or rename.
Views, grants, comments and open snapshots survive. Whatever fails before the commit leaves the old rows.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import adbc_driver_manager
from adbc_driver_postgresql import dbapi
from sqlalchemy import Table

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import column_list, ensure_table, qualified, require_checks, require_not_null
from movie_assets.warehouse.errors import LockTimeoutError, WarehouseError
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.staging import QUALIFIED_STAGE, Rows, stage
from movie_assets.warehouse.tables import SCHEMA, key_of, mode_of
from movie_assets.warehouse.validation import validate

LOCK_TIMEOUT_SECONDS = 300.0
_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True)
class Publication:
    """What one publication did to its table. Counts are rows; `rows` is the table's size afterwards."""

    table: str
    rows: int
    inserted: int
    updated: int
    deleted: int
    unchanged: int
    seconds: float

    @property
    def changed(self) -> bool:
        """Whether any row was written or removed."""
        return bool(self.inserted or self.updated or self.deleted)


def publish(
    database: Database, table: Table, rows: Rows, *, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS
) -> Publication:
    """Make `rows` the content of `table`, by the mode that the table declares.

    Raises RowsRefusedError when the rows do not fit the declaration, DeclarationMismatchError when the stored table
    does not, LockTimeoutError when another session keeps publishing it, DatabaseUnavailableError without a server, and
    WarehouseError for anything else PostgreSQL refuses. Errors of a stream's producer pass through unchanged.
    """
    started = time.monotonic()
    ensure_schema(database)
    with database.adbc() as connection, connection.cursor() as cursor:
        try:
            # Staging comes first, and outside the lock: it may take long, and nobody else can see it.
            stage(cursor, table, rows)
            staged = validate(cursor, table)
            _lock(cursor, table, lock_timeout_seconds)
            ensure_table(cursor, table)
            deleted, updated, inserted = _write_differences(cursor, table)
            require_not_null(cursor, table)
            require_checks(cursor, table)
            if deleted or updated or inserted:
                cursor.execute(f"ANALYZE {qualified(table)}")
            total = staged if mode_of(table) == "replace" else _count(cursor, table)
            connection.commit()
        except adbc_driver_manager.Error as error:
            raise _explained(database, table, rows, error) from error
    return Publication(
        table=table.fullname,
        rows=total,
        inserted=inserted,
        updated=updated,
        deleted=deleted,
        unchanged=staged - inserted - updated,
        seconds=time.monotonic() - started,
    )


def ensure_schema(database: Database) -> None:
    """Create the schema of the published tables if it is missing.

    Raises DatabaseUnavailableError without a server and WarehouseError when the schema may not be created.
    """
    with database.adbc() as connection, connection.cursor() as cursor:
        try:
            cursor.execute("SELECT to_regnamespace($1)::text", (SCHEMA,))
            if cursor.fetchall() == [(None,)]:
                # Two sessions that create one schema at the same time would collide even with IF NOT EXISTS.
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", (SCHEMA,))
                cursor.fetchall()
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                connection.commit()
        except adbc_driver_manager.Error as error:
            raise WarehouseError(f"the schema {SCHEMA} cannot be created in {database!r}: {error}") from error


def _lock(cursor: dbapi.Cursor, table: Table, timeout_seconds: float) -> None:
    cursor.execute(f"SET LOCAL lock_timeout = {max(1, round(timeout_seconds * 1000))}")  # 0 would wait forever
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", (table.fullname,))
    cursor.fetchall()


def _write_differences(cursor: dbapi.Cursor, table: Table) -> tuple[int, int, int]:
    """Rows deleted, updated and inserted to bring the table to its staged content."""
    target = qualified(table)
    names = [column.name for column in table.columns]
    key = key_of(table)
    values = [name for name in names if name not in key]
    same_key = f"({column_list(key, 't')}) = ({column_list(key, 's')})"
    mode = mode_of(table)
    deleted = updated = 0
    if mode == "replace":
        deleted = _affected(
            cursor,
            f"DELETE FROM {target} AS t WHERE NOT EXISTS (SELECT FROM {QUALIFIED_STAGE} AS s WHERE {same_key})",
        )
    if mode in {"replace", "upsert"} and values:
        assignments = ", ".join(f"{column_list([name])} = {column_list([name], 's')}" for name in values)
        updated = _affected(
            cursor,
            f"UPDATE {target} AS t SET {assignments} FROM {QUALIFIED_STAGE} AS s WHERE {same_key}"
            f" AND ROW({column_list(values, 't')}) IS DISTINCT FROM ROW({column_list(values, 's')})",
        )
    inserted = _affected(
        cursor,
        f"INSERT INTO {target} ({column_list(names)}) SELECT {column_list(names, 's')} FROM {QUALIFIED_STAGE} AS s"
        f" WHERE NOT EXISTS (SELECT FROM {target} AS t WHERE {same_key})",
    )
    return deleted, updated, inserted


def _affected(cursor: dbapi.Cursor, sql: str) -> int:
    # Cursor.execute() runs DML as a query and loses the command tag's row count.
    statement = cursor.adbc_statement
    statement.set_sql_query(sql)
    return int(statement.execute_update())


def _count(cursor: dbapi.Cursor, table: Table) -> int:
    cursor.execute(f"SELECT count(*) FROM {qualified(table)}")
    return int(cursor.fetchall()[0][0])


def _explained(database: Database, table: Table, rows: Rows, error: adbc_driver_manager.Error) -> WarehouseError:
    if error.sqlstate == _LOCK_NOT_AVAILABLE:
        return LockTimeoutError(
            f"{table.fullname}: {_holder(database, table)}. Nothing was written; run it again later."
        )
    what = f"{table.fullname} (from {rows.name})" if isinstance(rows, Query) else table.fullname
    return WarehouseError(f"{what}: PostgreSQL refused the publication and the old rows stay: {error}")


def _holder(database: Database, table: Table) -> str:
    holders = database.rows(
        "SELECT a.pid, a.application_name, a.state, a.xact_start FROM pg_locks AS l"
        " INNER JOIN pg_stat_activity AS a ON a.pid = l.pid"
        " INNER JOIN pg_database AS d ON d.oid = l.database AND d.datname = current_database()"
        " WHERE l.locktype = 'advisory' AND l.granted"
        " AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(:name, 0)",
        {"name": table.fullname},
    )
    if not holders:
        return "another session held a lock on the table for too long"
    holder = holders[0]
    return (
        f"the session with pid {holder['pid']} ({holder['application_name'] or 'unnamed'}, {holder['state']}) "
        f"has been publishing it since {holder['xact_start']}"
    )
