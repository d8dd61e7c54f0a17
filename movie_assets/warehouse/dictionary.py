"""The data dictionary: every published table and column as Markdown, from the declarations alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Table

from movie_assets.warehouse.ddl import sql_type
from movie_assets.warehouse.tables import Mode, key_of, may_be_empty, mode_of
from movie_assets.warehouse.units import unit_of

_MODES: dict[Mode, str] = {
    "replace": "each refresh leaves exactly its own rows (`replace`)",
    "upsert": "each refresh adds or changes rows by key and removes none (`upsert`)",
    "append": "each refresh adds rows and changes none (`append`)",
    "snapshot": "each refresh replaces the rows of its own {first} and leaves the others (`snapshot`)",
}

_HEAD = """# Data dictionary

Every table of the schema `movies`, as `movie_assets/warehouse/tables/` declares it. Meanings, formulas and the words
on NULL are the columns' comments in PostgreSQL (`movie-assets psql`: `\\d+ movies.brand_stats`) and Dagster's UI, too.
`{command}` writes this page; a test fails when it says anything else.

- **NULL** means unknown, never zero; the last column tells when that is, where more can be said. A dash: never NULL.
- **Formulas** are PostgreSQL expressions; numbers divide as real numbers. One that aggregates does so over the rows
  named above its table, by the columns of the key. A division by zero is NULL.
- **Units**: a fraction is 1 where it is the whole. Amounts are nominal: of their year, not adjusted for inflation.

| table | one row per | what it holds |
|---|---|---|
"""


def data_dictionary(tables: Iterable[Table], inputs: Mapping[str, Sequence[str]], command: str) -> str:
    """The dictionary as Markdown, tables in the order given.

    `inputs` names what each table is computed from; `command` is what makes the page again.
    """
    declared = list(tables)
    overview = "".join(
        f"| [{table.name}](#{table.name}) | {', '.join(key_of(table))} | {_cell(table.comment or '')} |\n"
        for table in declared
    )
    sections = (_section(table, inputs.get(table.name, ())) for table in declared)
    return _HEAD.format(command=command) + overview + "".join(f"\n{section}" for section in sections)


def null_meaning(column: Column[Any]) -> str | None:
    """When the column is NULL; None where it never is."""
    return None if not column.nullable else str(column.info.get("null", "where it is unknown"))


def _section(table: Table, inputs: Sequence[str]) -> str:
    key = key_of(table)
    facts = {
        "One row per": f"{', '.join(f'`{name}`' for name in key)} (the primary key)",
        "Source": table.info.get("source"),
        "Computed from": ", ".join(f"`{name}`" for name in inputs),
        "Published": _MODES[mode_of(table)].format(first=f"`{key[0]}`"),
        "Without rows": "possible" if may_be_empty(table) else "never; an empty output is refused",
        "Formulas aggregate over": f"`{table.info['over']}`" if table.info.get("over") else None,
    }
    told = "".join(f"- {name}: {fact}\n" for name, fact in facts.items() if fact)
    rows = "".join(_row(column) for column in table.columns)
    head = "| column | type | unit | meaning | formula | NULL |\n|---|---|---|---|---|---|\n"
    return f"## {table.name}\n\n{table.comment}\n\n{told}\n{head}{rows}"


def _row(column: Column[Any]) -> str:
    formula = column.info.get("formula")
    withheld = column.info.get("withheld")
    meaning = str(column.info.get("meaning", column.comment or ""))
    if withheld:
        meaning += f" Not in `export --all`: {withheld}."
    cells = (
        f"`{column.name}`",
        sql_type(column),
        unit_of(column) or "",
        _cell(meaning),
        f"`{_cell(formula)}`" if formula else "",
        _cell(null_meaning(column) or "-"),
    )
    return f"| {' | '.join(cells)} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
