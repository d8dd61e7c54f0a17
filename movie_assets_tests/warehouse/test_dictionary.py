"""The data dictionary says what is declared, and PostgreSQL says the same."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import ARRAY, Column, Table, Text

from movie_assets.commands.dictionary import COMMAND, dictionary
from movie_assets.settings import PROJECT_ROOT, Settings
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import sql_type
from movie_assets.warehouse.dictionary import data_dictionary, null_meaning
from movie_assets.warehouse.evolution import ensure_table
from movie_assets.warehouse.publishing import ensure_schema
from movie_assets.warehouse.tables import metadata
from movie_assets.warehouse.units import unit_of
from movie_assets_tests.warehouse.publishing_support import declared

PAGE = PROJECT_ROOT / "docs" / "data-dictionary.md"
TABLES = metadata.sorted_tables


def is_text(column: Column[object]) -> bool:
    return isinstance(column.type.item_type if isinstance(column.type, ARRAY) else column.type, Text)


def test_the_page_is_what_the_command_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == dictionary(Settings()), f"Declarations changed. Run: {COMMAND}"


def test_every_table_and_column_is_on_the_page_with_its_key_and_type() -> None:
    page = PAGE.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert set(sections) == {table.name for table in TABLES}
    for table in TABLES:
        grain = ", ".join(f"`{column.name}`" for column in table.primary_key.columns)
        assert f"- One row per: {grain} " in sections[table.name]
        rows = re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", sections[table.name], re.MULTILINE)
        assert rows == [(column.name, sql_type(column)) for column in table.columns]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_number_has_a_unit_and_every_column_a_meaning(table: Table) -> None:
    assert [column.name for column in table.columns if not is_text(column) and unit_of(column) is None] == []
    assert [column.name for column in table.columns if not column.info["meaning"]] == []


def test_a_declared_unit_comes_before_that_of_the_name() -> None:
    table = declared("units", Column("vote_count", Text), Column("some_usd", Text, info={"unit": "cents"}))
    assert [unit_of(column) for column in table.columns] == [None, "cents"]


def test_null_is_told_for_columns_that_may_be_null_and_for_no_others() -> None:
    for table in TABLES:
        for column in table.columns:
            assert (null_meaning(column) is not None) == column.nullable
            # A column that always has a value cannot tell when it has none.
            assert column.nullable or "null" not in column.info, (table.name, column.name)


def test_comments_in_postgresql_hold_meaning_formula_and_null(database: Database) -> None:
    ensure_schema(database)
    with database.adbc() as connection, connection.cursor() as cursor:
        for table in TABLES:
            ensure_table(cursor, table)
        connection.commit()
    for table in TABLES:
        assert database.scalar(f"SELECT obj_description('{table.fullname}'::regclass)") == table.comment
        stored = database.rows(
            "SELECT attname AS name, col_description(attrelid, attnum) AS comment FROM pg_attribute"
            f" WHERE attrelid = '{table.fullname}'::regclass AND attnum > 0 ORDER BY attnum"
        )
        assert [row["name"] for row in stored] == table.columns.keys()
        for column, row in zip(table.columns, stored, strict=True):
            assert row["comment"] == column.comment
            for fact in ("meaning", "formula", "null"):
                assert str(column.info.get(fact, "")) in row["comment"]


def test_signs_of_the_markup_stay_inside_their_cell() -> None:
    table = declared("odd", Column("a", Text, primary_key=True, comment="this | that\nand more"))
    page = data_dictionary([table], {"odd": ["raw_brands"]}, "make it")
    assert "| `a` | text |  | this \\| that and more |  | - |\n" in page
    assert "- Computed from: `raw_brands`\n" in page
