"""What the documentation says of the bundled data: the figures of the notebook, the formulas of the data dictionary."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Column, Table
from sqlglot import exp, parse_one

from movie_assets.exporting.folder import export_all
from movie_assets.exporting.formats import Format
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.tables import key_of, metadata
from movie_assets_tests import notebook
from movie_assets_tests.checks.refreshed import platform, refresh
from movie_assets_tests.databases import temporary_database

FORMULAS = [
    pytest.param(table, column, id=f"{table.name}.{column.name}")
    for table in metadata.sorted_tables
    for column in table.columns
    # The history has the columns of another day.
    if "formula" in column.info and table.name != "brand_stats_history"
]
KEY_IN_FILMS = {"brand": "f.brand", "genre": "genre", "release_year": "m.release_year"}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def sample(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with the bundled data, refreshed once."""
    with temporary_database(server) as url, dg.DagsterInstance.ephemeral() as instance:
        assert refresh(platform(url, tmp_path_factory.mktemp("home")), instance).success
        yield Database(url)


def test_the_notebook_prints_what_it_quotes_and_draws_what_it_shows(
    sample: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_all(sample, metadata.sorted_tables, tmp_path / "exports", Format.PARQUET)
    monkeypatch.setenv("MOVIE_ASSETS_DATABASE_URL", sample.libpq_uri)

    runs = notebook.run(tmp_path)

    assert len(runs) >= 8
    for run in runs:
        assert run.printed == run.quoted, f"The figures changed. If that is meant, run: {notebook.COMMAND}"
    page = notebook.PAGE.read_text(encoding="utf-8")
    for chart in notebook.CHARTS:
        assert f"]({chart})" in page
        # The place of a mark depends on the fonts of the machine, what is drawn does not.
        assert drawn(tmp_path / chart) == drawn(notebook.PAGE.parent / chart), f"{chart} changed: {notebook.COMMAND}"


def drawn(chart: Path) -> tuple[list[str], int]:
    """The texts of a chart, sorted, and the number of its shapes."""
    root = ET.parse(chart).getroot()  # noqa: S314
    texts = sorted("".join(element.itertext()) for element in root.iter(f"{SVG}text"))
    assert texts
    return texts, sum(1 for _ in root.iter(f"{SVG}path"))


def test_every_figure_in_the_notebooks_text_is_one_that_it_prints() -> None:
    page = notebook.PAGE.read_text(encoding="utf-8")
    printed = "".join(re.findall(r"^```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL))
    text = re.sub(r"^```.*?^```|`[^`]*`|\]\([^)]*\)", "", page, flags=re.MULTILINE | re.DOTALL)
    assert [figure for figure in re.findall(r"\d[\d.,]*\b", text) if figure not in printed] == []


@pytest.mark.parametrize(("table", "column"), FORMULAS)
def test_a_formula_in_the_dictionary_gives_what_is_stored(
    sample: Database, table: Table, column: Column[object]
) -> None:
    formula = parse_one(column.info["formula"], read="postgres").transform(dividing_as_documented)
    sql = formula.sql("postgres")
    if isinstance(formula.find(exp.AggFunc), exp.AggFunc) and not formula.find(exp.Window):
        names = [name for name in key_of(table) if name in KEY_IN_FILMS]
        grouped = ", ".join(KEY_IN_FILMS[name] for name in names)
        of_a_row = " AND ".join(f"t.{name} = c.{name}" for name in names)
        computed = ", ".join(f"{KEY_IN_FILMS[name]} AS {name}" for name in names)
        rows = sample.rows(
            f"SELECT t.{column.name} AS stored, c.value FROM {table.fullname} AS t INNER JOIN"
            f" (SELECT {computed}, {sql} AS value FROM {table.info['over']} GROUP BY {grouped}) AS c ON {of_a_row}"
            + (" WHERE t.scope = 'filmography'" if "scope" in table.columns else "")
        )
    else:
        rows = sample.rows(f"SELECT {column.name} AS stored, {sql} AS value FROM {table.fullname}")
        # NULL is what the dictionary says beside the formula.
        rows = [row for row in rows if row["stored"] is not None]
    assert rows
    assert [row for row in rows if not equal(row["stored"], row["value"])] == []


def dividing_as_documented(node: exp.Expression) -> exp.Expression:
    """Numbers divide as real numbers, and by zero to NULL."""
    if isinstance(node, exp.Div):
        divisor = exp.Anonymous(this="nullif", expressions=[node.expression.copy(), exp.Literal.number(0)])
        return exp.Div(this=exp.cast(node.this.copy(), "double precision", dialect="postgres"), expression=divisor)
    return node


def equal(stored: object, value: object) -> bool:
    if isinstance(stored, int | float) and not isinstance(stored, bool) and value is not None:
        return math.isclose(stored, float(str(value)), rel_tol=1e-9, abs_tol=1e-12)
    return stored == value
