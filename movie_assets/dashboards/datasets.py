"""What Superset knows of the published tables: their columns with types and meanings, as they are declared.

`python -m movie_assets.dashboards.datasets` writes that into the files of deploy/superset/assets/datasets; their
metrics and queries are written by people. A test fails when a file says anything else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Column, Date, DateTime, Table
from sqlglot import exp, parse_one

from movie_assets.dashboards.places import ASSETS
from movie_assets.files import write_atomically
from movie_assets.warehouse.ddl import sql_type
from movie_assets.warehouse.tables import SCHEMA, metadata

DATASETS = ASSETS / "datasets"


def with_declared_columns(dataset: dict[str, Any]) -> dict[str, Any]:
    """The dataset with what the declarations say of it.

    A published table gets all its columns, in order, and the table's comment. A dataset with a query keeps its columns,
    and those that carry the name of a column of a table in it get that one's type and meaning. One of another schema is
    left alone. Raises KeyError for a table that is not declared.
    """
    if dataset.get("sql"):
        sources = tables_of(dataset["sql"])
        return dataset | {"columns": [_of_query(column, sources) for column in dataset["columns"]]}
    if dataset["schema"] != SCHEMA:
        return dataset
    table = metadata.tables[f"{dataset['schema']}.{dataset['table_name']}"]
    columns = [_of_table(column) for column in table.columns]
    return dataset | {"description": str(table.comment), "columns": columns}


def tables_of(sql: str) -> list[Table]:
    """The published tables that a query reads, in the order of their names."""
    names = {f"{found.db}.{found.name}" for found in parse_one(sql, read="postgres").find_all(exp.Table)}
    return [metadata.tables[name] for name in sorted(names) if name.startswith(f"{SCHEMA}.")]


def written(dataset: dict[str, Any]) -> str:
    """The dataset as its file holds it."""
    return yaml.dump(dataset, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=118)


class _Dumper(yaml.SafeDumper):
    """Writes a query as lines."""


def _lines_as_lines(_: _Dumper, text: str) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _lines_as_lines)


def _of_table(column: Column[Any]) -> dict[str, Any]:
    return {
        "column_name": str(column.name),
        "type": sql_type(column),
        "is_dttm": isinstance(column.type, Date | DateTime),
        "description": str(column.comment),
    }


def _of_query(column: dict[str, Any], sources: list[Table]) -> dict[str, Any]:
    named = [table.columns[column["column_name"]] for table in sources if column["column_name"] in table.columns]
    return column | _of_table(named[0]) if named else column


def main(directory: Path = DATASETS) -> None:
    """Write every file anew."""
    for path in sorted(directory.glob("*.yaml")):
        dataset = yaml.safe_load(path.read_text(encoding="utf-8"))
        write_atomically(path, written(with_declared_columns(dataset)).encode())


if __name__ == "__main__":
    main()
