"""How a table is declared: the words that the modules of this package declare with, and what can be asked of a table.

A table's `info["mode"]` says how an output is published: `replace` (the table equals the output), `upsert` (rows are
added or changed by key, none removed), `append` (history: existing keys are kept) or `snapshot` (the rows that share
the first key column's value with the output equal the output, those of other values stay). Unless
`info["may_be_empty"]` is set, an empty output is refused: a source that failed quietly must not wipe a table.

A table's name tells whose it is: `raw_` is what a source said, `tmdb_` what was asked of TMDB, `_rejected` what could
not be read. Those are for the pipeline and its engineers; every other one is for analysts (see `roles`).

A column's comment in PostgreSQL is its meaning, its formula and what NULL means, put together from what is declared.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict, Unpack

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


class Facts(TypedDict, total=False):
    """What may be told of a column besides its meaning."""

    unit: str
    """What one of it is, where neither name nor type tell; see `units`."""
    formula: str
    """An SQL expression over columns of the same row or, in a table of statistics, over the rows named in `over`."""
    null: str
    """When the value is NULL; without it, where it is unknown."""
    withheld: str
    """Why the column is left out of an export that is made to be handed on."""


def table(
    name: str,
    comment: str,
    *parts: Column[Any] | CheckConstraint | Index,
    mode: Mode = "replace",
    may_be_empty: bool = False,
    source: str | None = None,
    over: str | None = None,
) -> Table:
    """A published table of columns, conditions and indexes; the comment says what one row is.

    `source` says who said what is in it, where that is not another table. `over` is a FROM clause: the rows over which
    its formulas aggregate, grouped by the columns of its key that they have.
    """
    info = {"mode": mode, "may_be_empty": may_be_empty, "source": source, "over": over}
    return Table(name, metadata, *parts, comment=comment, info=info)


def key(name: str, type_: type[TypeEngine[Any]] | TypeEngine[Any], comment: str, **facts: Unpack[Facts]) -> Column[Any]:
    """A column of the primary key."""
    return Column(
        name,
        type_,
        primary_key=True,
        autoincrement=False,
        comment=_commented(comment, facts),
        info={"meaning": comment, **facts},
    )


def some(
    name: str, type_: type[TypeEngine[Any]] | TypeEngine[Any], comment: str, **facts: Unpack[Facts]
) -> Column[Any]:
    """A column that always has a value."""
    return Column(name, type_, nullable=False, comment=_commented(comment, facts), info={"meaning": comment, **facts})


def maybe(
    name: str, type_: type[TypeEngine[Any]] | TypeEngine[Any], comment: str, **facts: Unpack[Facts]
) -> Column[Any]:
    """A column that is NULL where the value is unknown."""
    return Column(name, type_, nullable=True, comment=_commented(comment, facts), info={"meaning": comment, **facts})


Timestamp = DateTime(timezone=True)
Texts = ARRAY(Text)
Integers = ARRAY(BigInteger)


def _commented(meaning: str, facts: Facts) -> str:
    formula = f" Formula: {facts['formula']}." if "formula" in facts else ""
    null = f" NULL {facts['null']}." if "null" in facts else ""
    return f"{meaning}{formula}{null}"


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


def is_for_analysts(table: Table) -> bool:
    """Whether the role of analysts may read the table."""
    return not table.name.startswith(("raw_", "tmdb_")) and not table.name.endswith("_rejected")
