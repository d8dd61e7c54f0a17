"""The column types that a table may declare, and what carries each between Arrow and PostgreSQL.

ADBC's binary COPY carries integers, floating-point numbers, booleans, text, dates, timestamps and arrays of them.
`numeric` and `jsonb`, which it cannot carry, travel as text through the same COPY and are cast inside the transaction;
`text_carried` turns their values into that text and back.

No table may declare a type that loses information on the way: `numeric` with a precision rounds, `timestamp` without a
time zone means any of 24 hours, `json` keeps white space and repeated names that no Python value has.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    Numeric,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

TIMESTAMP = pa.timestamp("us", tz="UTC")

# In this order: a BigInteger is an Integer to SQLAlchemy, a Double a Numeric.
_ARROW_TYPES: tuple[tuple[type[TypeEngine[Any]], pa.DataType], ...] = (
    (SmallInteger, pa.int16()),
    (BigInteger, pa.int64()),
    (Integer, pa.int32()),
    (Double, pa.float64()),
    (Boolean, pa.bool_()),
    (DateTime, TIMESTAMP),
    (Date, pa.date32()),
    (Text, pa.string()),
)

_WIDER: dict[str, frozenset[str]] = {
    "smallint": frozenset({"integer", "bigint", "double precision", "numeric"}),
    "integer": frozenset({"bigint", "double precision", "numeric"}),
    "bigint": frozenset({"numeric"}),
    "real": frozenset({"double precision"}),
    "numeric": frozenset({"numeric"}),
    "character varying": frozenset({"text"}),
}


def arrow_type(declared: TypeEngine[Any]) -> pa.DataType:
    """The Arrow type in which values of a declared column type travel.

    Raises TypeError for a type that no table may declare.
    """
    if is_text_carried(declared):
        return pa.string()
    if isinstance(declared, ARRAY) and not is_text_carried(declared.item_type) and declared.dimensions in {None, 1}:
        return pa.list_(arrow_type(declared.item_type))
    for sql, arrow in _ARROW_TYPES:
        if isinstance(declared, sql) and getattr(declared, "timezone", True):
            return arrow
    raise TypeError(f"no table may declare {declared!r}: it has no exact Arrow counterpart")


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema in which rows of a declared table travel, in column order."""
    return pa.schema([pa.field(column.name, arrow_type(column.type)) for column in table.columns])


def is_text_carried(declared: TypeEngine[Any]) -> bool:
    """Whether values of the type travel as text: `jsonb`, and `numeric` without a precision."""
    # Double is a Numeric to SQLAlchemy.
    unbounded = isinstance(declared, Numeric) and not isinstance(declared, Double) and declared.precision is None
    return isinstance(declared, JSONB) or unbounded


def text_carried_columns(table: Table) -> list[Column[Any]]:
    """The columns whose values travel as text."""
    return [column for column in table.columns if is_text_carried(column.type)]


def is_wider(stored: str, declared: str) -> bool:
    """Whether every value of the stored type is exactly a value of the declared one, both as format_type() spells."""
    if stored.endswith("[]") or declared.endswith("[]"):
        both = stored.endswith("[]") and declared.endswith("[]")
        return both and is_wider(stored.removesuffix("[]"), declared.removesuffix("[]"))
    # numeric(10,2) and character varying(20) are spelled with their limits.
    return declared in _WIDER.get(stored.split("(", maxsplit=1)[0], frozenset())
