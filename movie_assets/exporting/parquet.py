"""Parquet that explains itself: declared types, NOT NULL, and the meaning of every column in the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import Column, Table

from movie_assets.warehouse.column_types import arrow_type
from movie_assets.warehouse.ddl import sql_type
from movie_assets.warehouse.tables import key_of
from movie_assets.warehouse.units import unit_of

_NULLABLE_IN_PANDAS = {pa.int64(): "Int64", pa.int32(): "Int32", pa.int16(): "Int16", pa.bool_(): "boolean"}
"""Without a hint pandas turns whole numbers beside a NULL into floating-point ones, which cut ids above 2^53."""


def parquet_schema(table: Table, columns: Sequence[str]) -> pa.Schema:
    """The Arrow schema of the table's `columns`, with comment, unit and PostgreSQL's type in each field's metadata.

    The schema's own metadata hold the table's name, comment and key, and the types that pandas restores.
    """
    chosen = [table.columns[name] for name in columns]
    metadata: dict[bytes | str, bytes | str] = {
        "table": table.fullname,
        "comment": table.comment or "",
        "key": json.dumps(key_of(table)),
        "pandas": json.dumps(_pandas_metadata(chosen)),
    }
    return pa.schema([_field(column) for column in chosen], metadata=metadata)


def _field(column: Column[Any]) -> pa.Field[Any]:
    facts = {"comment": column.comment, "unit": unit_of(column), "postgresql_type": sql_type(column)}
    metadata: dict[bytes | str, bytes | str] = {name: fact for name, fact in facts.items() if fact}
    return pa.field(column.name, arrow_type(column.type), nullable=bool(column.nullable), metadata=metadata)


def _pandas_metadata(columns: Sequence[Column[Any]]) -> dict[str, object]:
    described = []
    for column in columns:
        type_ = arrow_type(column.type)
        if type_ in _NULLABLE_IN_PANDAS:
            described.append(
                {
                    "name": column.name,
                    "field_name": column.name,
                    "pandas_type": str(type_),
                    "numpy_type": _NULLABLE_IN_PANDAS[type_],
                    "metadata": None,
                }
            )
    return {"index_columns": [], "column_indexes": [], "columns": described}
