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
from movie_assets.warehouse.ddl import (
    adopt,
    column_list,
    ensure_table,
    exists,
    qualified,
    quoted,
    require_checks,
    require_not_null,
)
from movie_assets.warehouse.errors import LockTimeoutError, WarehouseError
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.staging import Rows, Stage, stage
from movie_assets.warehouse.tables import SCHEMA, key_of, mode_of
from movie_assets.warehouse.validation import validate

LOCK_TIMEOUT_SECONDS = 300.0
_LOCK_NOT_AVAILABLE = "55P03"
_SESSION = (
    # For sorting and joining a million rows in memory; temporary tables would else be read through 8 MB.
    "SET temp_buffers = '64MB'",
    "SET work_mem = '64MB'",
    "SET maintenance_work_mem = '256MB'",
)


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
            for setting in _SESSION:
                cursor.execute(setting)
            # Staging comes first, and outside the lock: it may take long, and nobody else can see it.
            staged_rows = stage(cursor, table, rows)
            staged = validate(cursor, table, staged_rows)
            _lock(cursor, table, lock_timeout_seconds)
            deleted, updated, inserted = _write(cursor, table, staged_rows, staged)
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


def _write(cursor: dbapi.Cursor, table: Table, stage: Stage, staged: int) -> tuple[int, int, int]:
    """Rows deleted, updated and inserted to bring the stored table to what is staged."""
    if not stage.temporary and not exists(cursor, table):
        adopt(cursor, table, stage.qualified)
        return 0, 0, staged
    ensure_table(cursor, table)
    written = _write_differences(cursor, table, stage)
    require_not_null(cursor, table)
    require_checks(cursor, table)
    if not stage.temporary:
        # Somebody else published first while these rows were staged.
        cursor.execute(f"DROP TABLE {stage.qualified}")
    return written


def _write_differences(cursor: dbapi.Cursor, table: Table, stage: Stage) -> tuple[int, int, int]:
    target = qualified(table)
    names = [column.name for column in table.columns]
    key = key_of(table)
    values = [name for name in names if name not in key]
    _find_changes(cursor, table, stage)
    mode = mode_of(table)
    deleted = updated = 0
    if mode == "replace":
        gone = " AND ".join(f"t.{quoted(name)} = c.{_stored(name)}" for name in key)
        deleted = _affected(
            cursor, f"DELETE FROM {target} AS t USING pg_temp.changes AS c WHERE c.change = 'd' AND {gone}"
        )
    if mode in {"replace", "upsert"} and values:
        assignments = ", ".join(f"{quoted(name)} = c.{quoted(name)}" for name in values)
        same = " AND ".join(f"t.{quoted(name)} = c.{quoted(name)}" for name in key)
        updated = _affected(
            cursor, f"UPDATE {target} AS t SET {assignments} FROM pg_temp.changes AS c WHERE c.change = 'u' AND {same}"
        )
    inserted = _affected(
        cursor,
        f"INSERT INTO {target} ({column_list(names)}) SELECT {column_list(names)} FROM pg_temp.changes"
        " WHERE change = 'i'",
    )
    return deleted, updated, inserted


def _find_changes(cursor: dbapi.Cursor, table: Table, stage: Stage) -> None:
    """Put the rows to insert, update and delete into a temporary table, in one pass over both tables.

    `change` is i, u or d. The key of a row to delete is in columns of their own, since nothing is staged for it.
    """
    key = key_of(table)
    values = [column.name for column in table.columns if column.name not in key]
    first = quoted(key[0])
    same_key = " AND ".join(f"t.{quoted(name)} = s.{quoted(name)}" for name in key)
    differ = f"ROW({column_list(values, 't')}) IS DISTINCT FROM ROW({column_list(values, 's')})" if values else "FALSE"
    stored_key = ", ".join(f"t.{quoted(name)} AS {_stored(name)}" for name in key)
    cursor.execute(
        f"CREATE TEMPORARY TABLE changes ON COMMIT DROP AS SELECT s.*, {stored_key},"
        f" CASE WHEN t.{first} IS NULL THEN 'i' WHEN s.{first} IS NULL THEN 'd' ELSE 'u' END AS change"
        f" FROM {qualified(table)} AS t FULL JOIN {stage.qualified} AS s ON {same_key}"
        f" WHERE t.{first} IS NULL OR s.{first} IS NULL OR {differ}"
    )
    cursor.execute("ANALYZE pg_temp.changes")


def _stored(name: str) -> str:
    return quoted(f"stored {name}")


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
