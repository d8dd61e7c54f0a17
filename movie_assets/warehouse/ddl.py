"""Statements made from a declaration: names, types, constraints, indexes and comments as PostgreSQL spells them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import DDLElement

# Drivers that fill parameters in by % would have every % of a comment doubled.
_DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
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


def compiled(statement: DDLElement) -> str:
    """A statement of SQLAlchemy's as text."""
    return str(statement.compile(dialect=_DIALECT))


def indexes(table: Table) -> list[Index]:
    """The declared indexes, sorted by name."""
    return sorted(table.indexes, key=lambda index: str(index.name))


def literal(value: str | None) -> str:
    """A text as an SQL literal; NULL for None."""
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def _check_name(check: CheckConstraint) -> str:
    return str(_DIALECT.identifier_preparer.format_constraint(check))
