"""How a table is declared: the words that the modules of this package declare with, and what can be asked of a table.

A table's `info["mode"]` says how an output is published: `replace` (the table equals the output), `upsert` (rows are
added or changed by key, none removed), `append` (history: existing keys are kept) or `snapshot` (the rows that share
the first key column's value with the output equal the output, those of other values stay). Unless
`info["may_be_empty"]` is set, an empty output is refused: a source that failed quietly must not wipe a table.
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, DateTime, Index, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

SCHEMA = "movies"

Mode = Literal["replace", "upsert", "append", "snapshot"]

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_name)s_idx",
    },
)


def table(
    name: str,
    comment: str,
    *parts: Column[Any] | CheckConstraint | Index,
    mode: Mode = "replace",
    may_be_empty: bool = False,
) -> Table:
    """A published table of columns, conditions and indexes; the comment says what one row is."""
    return Table(name, metadata, *parts, comment=comment, info={"mode": mode, "may_be_empty": may_be_empty})


def key(name: str, type_: type[TypeEngine[Any]] | TypeEngine[Any], comment: str) -> Column[Any]:
    """A column of the primary key."""
    return Column(name, type_, primary_key=True, autoincrement=False, comment=comment)


def some(name: str, type_: type[TypeEngine[Any]] | TypeEngine[Any], comment: str) -> Column[Any]:
    """A column that always has a value."""
    return Column(name, type_, nullable=False, comment=comment)


def maybe(name: str, type_: type[TypeEngine[Any]] | TypeEngine[Any], comment: str) -> Column[Any]:
    """A column that is NULL where the value is unknown."""
    return Column(name, type_, nullable=True, comment=comment)


Timestamp = DateTime(timezone=True)
Texts = ARRAY(Text)
Integers = ARRAY(BigInteger)


def mode_of(table: Table) -> Mode:
    """How an output for the table is published."""
    mode: Mode = table.info["mode"]
    return mode


def may_be_empty(table: Table) -> bool:
    """Whether an output without rows is meant, not a failure upstream."""
    return bool(table.info["may_be_empty"])


def key_of(table: Table) -> tuple[str, ...]:
    """Names of the primary key's columns, in order of declaration."""
    return tuple(column.name for column in table.primary_key.columns)
