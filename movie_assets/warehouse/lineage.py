"""Which stored columns each column of a query is computed from, read off the SQL by sqlglot."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import MetaData
from sqlglot import exp, parse_one
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

from movie_assets.warehouse.ddl import sql_type
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.tables import SCHEMA, metadata

ColumnLineage = dict[str, list[tuple[str, str]]]


@lru_cache(maxsize=64)
def column_lineage(query: Query) -> ColumnLineage:
    """For each output column, the (table, column) pairs of the schema `movies` it depends on, sorted.

    Raises sqlglot.errors.SqlglotError when the statement cannot be parsed or names an unknown column.
    """
    schema = _schema(metadata)
    qualified = qualify(parse_one(query.sql, read="postgres"), schema=schema, dialect="postgres")
    if not isinstance(qualified, exp.Query):
        raise TypeError(f"{query.name} is not a SELECT")
    nodes = lineage(
        None,
        qualified,
        schema=schema,
        dialect="postgres",
        scope=build_scope(qualified),
        # Both would copy the whole statement for each column.
        copy=False,
        trim_selects=False,
    )
    result: ColumnLineage = {}
    for name, column in nodes.items():
        sources = set()
        for node in column.walk():
            if isinstance(node.expression, exp.Table) and node.expression.db == SCHEMA:
                sources.add((node.expression.name, node.name.rsplit(".", 1)[-1].strip('"')))
        result[name] = sorted(sources)
    return result


def source_tables(query: Query) -> set[str]:
    """Names of the tables of the schema `movies` that the query reads."""
    return {table.name for table in parse_one(query.sql, read="postgres").find_all(exp.Table) if table.db == SCHEMA}


def _schema(declared: MetaData) -> dict[str, object]:
    return {
        SCHEMA: {
            table.name: {column.name: sql_type(column) for column in table.columns}
            for table in declared.tables.values()
        }
    }
