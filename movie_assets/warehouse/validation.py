"""Staged rows against the declaration: NOT NULL, keys and CHECK constraints, all of them reported at once."""

from __future__ import annotations

from typing import Any

from adbc_driver_postgresql import dbapi
from sqlalchemy import ARRAY, Column, Date, DateTime, Numeric, Table
from sqlalchemy.types import TypeEngine

from movie_assets.warehouse.ddl import check_constraints, column_list, quoted
from movie_assets.warehouse.errors import RowsRefusedError
from movie_assets.warehouse.staging import Stage
from movie_assets.warehouse.tables import key_of, may_be_empty

EXAMPLES = 5

# Only a query can make these: pandas has no such dates, and NaN in a frame is NULL.
_UNREADABLE: tuple[tuple[type[TypeEngine[Any]], str, str], ...] = (
    (Numeric, "NaN is not allowed, unknown is NULL", "= 'NaN'"),  # floating-point columns among them
    (Date, "only the years 1 to 9999 are allowed", "NOT BETWEEN '0001-01-01' AND '9999-12-31'"),
    (
        DateTime,
        "only the years 1 to 9999 are allowed",
        "NOT BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'",
    ),
)


def validate(cursor: dbapi.Cursor, table: Table, stage: Stage) -> int:
    """The number of staged rows, which have a unique index over their key afterwards.

    Raises RowsRefusedError with every violated rule, its count and up to five example keys.
    """
    rules = {
        f"column {column.name}: NULL is not allowed": f"{quoted(column.name)} IS NULL"
        for column in table.columns
        if not column.nullable
    }
    rules |= {
        f"column {column.name}: {rule}": _violation(column, violated)
        for column in table.columns
        for type_, rule, violated in _UNREADABLE
        if isinstance(_element_type(column), type_)
    }
    rules |= {f"rule {name}: {sql}": f"NOT ({sql})" for name, sql in check_constraints(table).items()}
    counts = ", ".join(f"count(*) FILTER (WHERE {violated})" for violated in rules.values())
    staged, *violations = _row(
        cursor, f"SELECT {', '.join(['count(*)', *([counts] if counts else [])])} FROM {stage.qualified}"
    )
    problems = [
        f"{rule} ({count:,} {'row' if count == 1 else 'rows'}, such as {_examples(cursor, table, stage, violated)})"
        for (rule, violated), count in zip(rules.items(), violations, strict=True)
        if count
    ]
    problems += _repeated_keys(cursor, table, stage)
    if not staged and not may_be_empty(table):
        problems.append("there are no rows, and this table is never empty: its source has probably failed")
    if problems:
        raise RowsRefusedError(
            f"{table.fullname}: {staged:,} rows were refused and nothing was written. " + "; ".join(problems)
        )
    return int(staged)


def _element_type(column: Column[Any]) -> TypeEngine[Any]:
    type_: TypeEngine[Any] = column.type
    return type_.item_type if isinstance(type_, ARRAY) else type_


def _violation(column: Column[Any], violated: str) -> str:
    name = quoted(column.name)
    if isinstance(column.type, ARRAY):
        return f"EXISTS (SELECT FROM unnest({name}) AS element WHERE element {violated})"
    return f"{name} {violated}"


def _examples(cursor: dbapi.Cursor, table: Table, stage: Stage, violated: str) -> str:
    key = column_list(key_of(table))
    cursor.execute(
        f"SELECT ({_as_text(table)}) FROM {stage.qualified} WHERE {violated} ORDER BY {key} LIMIT {EXAMPLES}"
    )
    return ", ".join(example for (example,) in cursor.fetchall())


def _repeated_keys(cursor: dbapi.Cursor, table: Table, stage: Stage) -> list[str]:
    """What is said of repeated keys. Without any, the stage has a unique index over its key afterwards."""
    key = column_list(key_of(table))
    # The driver refuses to go on after an error, even to a savepoint; so the server itself goes on.
    cursor.execute(
        "DO $publishing$ BEGIN"
        f" CREATE UNIQUE INDEX {quoted(stage.key_index)} ON {stage.qualified} ({key});"
        " EXCEPTION WHEN unique_violation THEN NULL; END $publishing$"
    )
    (indexed,) = _row(cursor, f"SELECT relhasindex FROM pg_class WHERE oid = '{stage.qualified}'::regclass")
    if indexed:
        return []
    repeated = f"SELECT {key} FROM {stage.qualified} GROUP BY {key} HAVING count(*) > 1"
    (count,) = _row(cursor, f"SELECT count(*) FROM ({repeated}) AS repeated")
    cursor.execute(f"SELECT {_as_text(table)} FROM ({repeated}) AS repeated ORDER BY {key} LIMIT {EXAMPLES}")
    examples = ", ".join(example for (example,) in cursor.fetchall())
    return [f"key {key}: repeated ({count:,} {'key' if count == 1 else 'keys'}, such as {examples})"]


def _as_text(table: Table) -> str:
    parts = " || ', ' || ".join(f"'{name}=' || coalesce({quoted(name)}::text, 'NULL')" for name in key_of(table))
    return f"'(' || {parts} || ')'"


def _row(cursor: dbapi.Cursor, sql: str) -> tuple[int, ...]:
    cursor.execute(sql)
    row = cursor.fetchone()
    if row is None:
        raise AssertionError("an aggregate without GROUP BY returns one row")
    return tuple(row)
