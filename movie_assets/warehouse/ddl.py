"""Statements made from a declaration, and the comparison of a stored table with its declaration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from adbc_driver_postgresql import dbapi
from sqlalchemy import CheckConstraint, Column, Index, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import (
    AddConstraint,
    CreateIndex,
    CreateTable,
    DDLElement,
    SetColumnComment,
    SetTableComment,
)

from movie_assets.warehouse.errors import DeclarationMismatchError
from movie_assets.warehouse.tables import key_of

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
# format_type() spells types in full; declarations compile to the short spelling.
_FULL_SPELLING = {"TIMESTAMP WITH TIME ZONE": "timestamp with time zone", "DOUBLE PRECISION": "double precision"}


def quoted(name: str) -> str:
    """An identifier, quoted where PostgreSQL needs it."""
    return str(_DIALECT.identifier_preparer.quote(name))


def qualified(table: Table) -> str:
    """Schema and table, quoted where needed."""
    return str(_DIALECT.identifier_preparer.format_table(table))


def column_list(names: Iterable[str], alias: str | None = None) -> str:
    """Comma-separated identifiers, each behind `alias` when one is given."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(prefix + quoted(name) for name in names)


def sql_type(column: Column[Any]) -> str:
    """The column's type as PostgreSQL's format_type() spells it."""
    spelled = str(column.type.compile(dialect=_DIALECT))
    base, brackets = (spelled[:-2], "[]") if spelled.endswith("[]") else (spelled, "")
    return _FULL_SPELLING.get(base, base.lower()) + brackets


def check_constraints(table: Table) -> dict[str, str]:
    """Name and condition of every declared CHECK constraint, sorted by name."""
    checks = [constraint for constraint in table.constraints if isinstance(constraint, CheckConstraint)]
    return {_check_name(check): str(check.sqltext) for check in sorted(checks, key=lambda check: str(check.name))}


def exists(cursor: dbapi.Cursor, table: Table) -> bool:
    """Whether the table is stored, as far as this transaction sees."""
    # Read from the catalogue's tables: to_regclass() may answer from a cache that does not know of the latest commit.
    cursor.execute(
        "SELECT EXISTS (SELECT FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = $1 AND c.relname = $2)",
        (table.schema, table.name),
    )
    return bool(cursor.fetchall()[0][0])


def adopt(cursor: dbapi.Cursor, table: Table, qualified_name: str) -> None:
    """Make a table of the declared columns and checked rows the declared table: name, key, constraints, comments.

    The key's index is built over all rows at once, which is quicker than row by row.
    """
    cursor.execute(f"ALTER TABLE {qualified_name} RENAME TO {quoted(table.name)}")
    _execute(cursor, AddConstraint(table.primary_key))
    require_not_null(cursor, table)
    require_checks(cursor, table)
    _execute(cursor, *(CreateIndex(index) for index in _indexes(table)), *_comments(table))


def ensure_table(cursor: dbapi.Cursor, table: Table) -> None:
    """Create the table, or bring the stored one in line where that cannot lose anything.

    Added: columns, indexes and comments. Dropped: NOT NULL and CHECK constraints that the declaration has loosened or
    changed; `require_checks` adds the declared ones. Raises DeclarationMismatchError for undeclared columns, other
    types or another key, with the statements a person would run.
    """
    stored = _stored_columns(cursor, table)
    if not stored:
        _execute(cursor, CreateTable(table), *(CreateIndex(index) for index in _indexes(table)), *_comments(table))
        return
    _refuse_mismatch(cursor, table, stored)
    for column in table.columns:
        if column.name not in stored:
            # Existing rows have no value yet; `require_not_null` follows once the rows are published.
            cursor.execute(f"ALTER TABLE {qualified(table)} ADD COLUMN {quoted(column.name)} {sql_type(column)}")
            _execute(cursor, SetColumnComment(column))
        elif column.nullable and stored[column.name][1]:
            cursor.execute(f"ALTER TABLE {qualified(table)} ALTER COLUMN {quoted(column.name)} DROP NOT NULL")
    _drop_changed_checks(cursor, table)
    _add_missing_indexes(cursor, table)
    _renew_comments(cursor, table)


def require_not_null(cursor: dbapi.Cursor, table: Table) -> None:
    """Set NOT NULL where it is declared but not stored yet."""
    stored = _stored_columns(cursor, table)
    for column in table.columns:
        if not column.nullable and not stored[column.name][1]:
            cursor.execute(f"ALTER TABLE {qualified(table)} ALTER COLUMN {quoted(column.name)} SET NOT NULL")


def require_checks(cursor: dbapi.Cursor, table: Table) -> None:
    """Add the CHECK constraints that are declared but not stored; rows that were replaced may have violated them."""
    checks = _names(cursor, "SELECT conname::text FROM pg_constraint WHERE conrelid = to_regclass($1)", table)
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint) and _check_name(constraint).strip('"') not in checks:
            _execute(cursor, AddConstraint(constraint))


def _check_name(check: CheckConstraint) -> str:
    return str(_DIALECT.identifier_preparer.format_constraint(check))


def _names(cursor: dbapi.Cursor, sql: str, table: Table) -> set[str]:
    cursor.execute(sql, (qualified(table),))
    return {name for (name,) in cursor.fetchall()}


def _execute(cursor: dbapi.Cursor, *statements: DDLElement) -> None:
    for statement in statements:
        cursor.execute(str(statement.compile(dialect=_DIALECT)))


def _indexes(table: Table) -> list[Index]:
    return sorted(table.indexes, key=lambda index: str(index.name))


def _comments(table: Table) -> list[DDLElement]:
    return [SetTableComment(table), *(SetColumnComment(column) for column in table.columns)]


def _stored_columns(cursor: dbapi.Cursor, table: Table) -> dict[str, tuple[str, bool, str | None]]:
    """Type, NOT NULL and comment of each stored column; empty when the table does not exist."""
    cursor.execute(
        "SELECT attname::text, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum)"
        " FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (qualified(table),),
    )
    return {name: (type_, not_null, comment) for name, type_, not_null, comment in cursor.fetchall()}


def _refuse_mismatch(cursor: dbapi.Cursor, table: Table, stored: dict[str, tuple[str, bool, str | None]]) -> None:
    name = qualified(table)
    remedies = [f"ALTER TABLE {name} DROP COLUMN {quoted(c)};" for c in stored if c not in table.columns]
    remedies += [
        f"ALTER TABLE {name} ALTER COLUMN {quoted(column.name)} TYPE {sql_type(column)}"
        f" USING {quoted(column.name)}::{sql_type(column)};"
        for column in table.columns
        if column.name in stored and stored[column.name][0] != sql_type(column)
    ]
    constraint, key = _stored_key(cursor, table)
    if key != key_of(table):
        drop = f" DROP CONSTRAINT {quoted(constraint)}," if key else ""
        remedies += [
            f"ALTER TABLE {name} ADD COLUMN {quoted(c)} {sql_type(table.columns[c])}; /* fill it, then */"
            for c in key_of(table)
            if c not in stored
        ]
        remedies.append(f"ALTER TABLE {name}{drop} ADD PRIMARY KEY ({column_list(key_of(table))});")
    if remedies:
        raise DeclarationMismatchError(
            f"{table.fullname} is stored differently from its declaration in movie_assets/warehouse/tables.py. "
            "Nothing was changed, because that could lose data. If the declaration is right, run: " + " ".join(remedies)
        )


def _stored_key(cursor: dbapi.Cursor, table: Table) -> tuple[str, tuple[str, ...]]:
    """Name and columns of the primary key; empty without one."""
    cursor.execute(
        "SELECT c.conname::text, a.attname::text FROM pg_constraint AS c"
        " CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (attnum, place)"
        " INNER JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.attnum"
        " WHERE c.conrelid = to_regclass($1) AND c.contype = 'p' ORDER BY k.place",
        (qualified(table),),
    )
    rows = cursor.fetchall()
    return rows[0][0] if rows else "", tuple(column for _, column in rows)


def _drop_changed_checks(cursor: dbapi.Cursor, table: Table) -> None:
    """Drop CHECK constraints that are stored with another condition than declared."""
    # PostgreSQL rewrites conditions, so the declared ones are compared as it would store them.
    parts = [f"{quoted(column.name)} {sql_type(column)}" for column in table.columns]
    parts += [f"CONSTRAINT {name} CHECK ({condition})" for name, condition in check_constraints(table).items()]
    cursor.execute(f"CREATE TEMPORARY TABLE declared ({', '.join(parts)}) ON COMMIT DROP")
    changed = _names(
        cursor,
        "SELECT s.conname::text FROM pg_constraint AS s INNER JOIN pg_constraint AS d ON s.conname = d.conname"
        " WHERE s.conrelid = to_regclass($1) AND d.conrelid = 'pg_temp.declared'::regclass AND s.contype = 'c'"
        " AND pg_get_expr(s.conbin, s.conrelid) <> pg_get_expr(d.conbin, d.conrelid)",
        table,
    )
    for name in sorted(changed):
        cursor.execute(f"ALTER TABLE {qualified(table)} DROP CONSTRAINT {quoted(name)}")


def _add_missing_indexes(cursor: dbapi.Cursor, table: Table) -> None:
    stored = _names(
        cursor,
        "SELECT c.relname::text FROM pg_index AS i INNER JOIN pg_class AS c ON i.indexrelid = c.oid"
        " WHERE i.indrelid = to_regclass($1)",
        table,
    )
    for index in _indexes(table):
        if str(index.name) not in stored:
            _execute(cursor, CreateIndex(index))


def _renew_comments(cursor: dbapi.Cursor, table: Table) -> None:
    stored = _stored_columns(cursor, table)
    for column in table.columns:
        if stored[column.name][2] != column.comment:
            _execute(cursor, SetColumnComment(column))
    cursor.execute("SELECT obj_description(to_regclass($1), 'pg_class')", (qualified(table),))
    row = cursor.fetchone()
    if row is None or row[0] != table.comment:
        _execute(cursor, SetTableComment(table))
