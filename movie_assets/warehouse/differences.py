"""What differs between staged rows and a stored table, and writing just that.

Readers never wait, because only rows are written: no TRUNCATE, DROP or rename. Both sides have an index over the key,
so PostgreSQL compares them in one pass, in key order or by hashing in several processes, as it sees fit.
"""

from __future__ import annotations

from typing import NamedTuple

from adbc_driver_postgresql import dbapi
from sqlalchemy import Table

from movie_assets.warehouse.ddl import column_list, qualified, quoted
from movie_assets.warehouse.staging import Stage
from movie_assets.warehouse.tables import key_of, mode_of


class Written(NamedTuple):
    """Numbers of rows."""

    inserted: int
    updated: int
    deleted: int


def write_differences(cursor: dbapi.Cursor, table: Table, stage: Stage) -> Written:
    """Bring the stored table to what is staged, by the mode that the table declares."""
    target = qualified(table)
    names = column_list(column.name for column in table.columns)
    cursor.execute(f"SELECT EXISTS (SELECT FROM {target})")
    if not cursor.fetchall()[0][0]:
        insert = f"INSERT INTO {target} ({names}) SELECT {names} FROM {stage.qualified}"
        return Written(_affected(cursor, insert), 0, 0)
    key = key_of(table)
    values = [column.name for column in table.columns if column.name not in key]
    _find_changes(cursor, table, stage)
    mode = mode_of(table)
    deleted = updated = 0
    if mode in {"replace", "snapshot"}:
        gone = " AND ".join(f"t.{quoted(name)} = c.{_stored(name)}" for name in key)
        deleted = _affected(
            cursor, f"DELETE FROM {target} AS t USING pg_temp.changes AS c WHERE c.change = 'd' AND {gone}"
        )
    if mode != "append" and values:
        assignments = ", ".join(f"{quoted(name)} = c.{quoted(name)}" for name in values)
        same = " AND ".join(f"t.{quoted(name)} = c.{quoted(name)}" for name in key)
        updated = _affected(
            cursor, f"UPDATE {target} AS t SET {assignments} FROM pg_temp.changes AS c WHERE c.change = 'u' AND {same}"
        )
    inserted = _affected(
        cursor, f"INSERT INTO {target} ({names}) SELECT {names} FROM pg_temp.changes WHERE change = 'i'"
    )
    cursor.execute("DROP TABLE pg_temp.changes")
    return Written(inserted, updated, deleted)


def _find_changes(cursor: dbapi.Cursor, table: Table, stage: Stage) -> None:
    """Put the rows to insert, update and delete into a temporary table, in one pass over both tables.

    `change` is i, u or d. The key of a row to delete is in columns of their own, since nothing is staged for it.
    """
    key = key_of(table)
    # How the keys lie decides between comparing in order and hashing.
    cursor.execute(f"ANALYZE {stage.qualified} ({column_list(key)})")
    values = [column.name for column in table.columns if column.name not in key]
    first = quoted(key[0])
    same_key = " AND ".join(f"t.{quoted(name)} = s.{quoted(name)}" for name in key)
    differ = f"ROW({column_list(values, 't')}) IS DISTINCT FROM ROW({column_list(values, 's')})" if values else "FALSE"
    stored = qualified(table)
    if mode_of(table) == "snapshot":
        stored = f"(SELECT * FROM {stored} WHERE {first} IN (SELECT {first} FROM {stage.qualified}))"
    stored_key = ", ".join(f"t.{quoted(name)} AS {_stored(name)}" for name in key)
    cursor.execute(
        f"CREATE TEMPORARY TABLE changes ON COMMIT DROP AS SELECT s.*, {stored_key},"
        f" CASE WHEN t.{first} IS NULL THEN 'i' WHEN s.{first} IS NULL THEN 'd' ELSE 'u' END AS change"
        f" FROM {stored} AS t FULL JOIN {stage.qualified} AS s ON {same_key}"
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
