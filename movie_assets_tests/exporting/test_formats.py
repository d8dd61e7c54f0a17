"""Rows as CSV, JSON and Parquet: what a reader gets back is what is stored."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table

from movie_assets.exporting.formats import Format, write_rows
from movie_assets.exporting.spreadsheets import without_formulas
from movie_assets.warehouse.arrow import record_batches
from movie_assets.warehouse.column_types import arrow_schema
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.warehouse.publishing_support import every_type, films, frame

FILMS = films()
NAMES = FILMS.columns.keys()
DANGEROUS = "=+-@\t\r\n"

ROW = {
    "id": 1,
    "number": 2**53 + 1,
    "fraction": 0.1,
    "flag": True,
    "words": 'a "b", c',
    "day": date(2026, 11, 24),
    "moment": datetime(2026, 11, 24, 12, 30, tzinfo=UTC),
    "numbers": [1, None, -(2**62)],
    "texts": ["", "ż", None],
    "small": -1,
    "medium": 2,
    "flags": [True, None],
    "days": [date(1, 1, 1)],
    "moments": [datetime(2026, 11, 24, tzinfo=UTC)],
}


def exported(rows: pd.DataFrame, format_: Format, *, safe: bool = False) -> bytes:
    file = io.BytesIO()
    batches = record_batches(rows, FILMS)
    assert write_rows(file, FILMS, NAMES, batches, format_, safe_for_spreadsheets=safe) == len(rows)
    return file.getvalue()


def of_every_type(format_: Format) -> bytes:
    table = every_type()
    names = table.columns.keys()
    rows = frame(*(tuple(row.get(name) for name in names) for row in (ROW, {"id": 2})), columns=names)
    file = io.BytesIO()
    write_rows(file, table, names, record_batches(rows, table), format_)
    return file.getvalue()


def test_parquet_keeps_types_lists_time_zones_and_nulls() -> None:
    found = pa_parquet.read_table(io.BytesIO(of_every_type(Format.PARQUET)))
    assert found.schema.types == arrow_schema(every_type()).types
    assert found.schema.field("moment").type.tz == "UTC"
    first, second = found.to_pylist()
    assert {name: first[name] for name in ROW} == ROW
    assert {name for name, value in second.items() if value is not None} == {"id"}


def test_pandas_reads_whole_numbers_beside_nulls_as_whole_numbers() -> None:
    read = pd.read_parquet(io.BytesIO(of_every_type(Format.PARQUET)))
    types = read.dtypes.astype(str)
    assert types[["id", "number", "medium", "small", "flag"]].tolist() == [
        "Int64",
        "Int64",
        "Int32",
        "Int16",
        "boolean",
    ]
    assert types["moment"].endswith("UTC]")
    # As a floating-point number it would have lost its last digit.
    assert read["number"][0] == 2**53 + 1
    assert read["number"].isna().tolist() == [False, True]


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_parquet_explains_each_column(table: Table) -> None:
    file = io.BytesIO()
    write_rows(file, table, table.columns.keys(), [], Format.PARQUET)
    schema = pa_parquet.read_schema(io.BytesIO(file.getvalue()))
    for column in table.columns:
        facts = schema.field(column.name).metadata
        assert facts[b"comment"].decode() == column.comment
        assert schema.field(column.name).nullable == column.nullable
    assert schema.metadata[b"comment"].decode() == table.comment
    assert json.loads(schema.metadata[b"key"]) == [column.name for column in table.primary_key.columns]
    if "total_gross_usd" in table.columns:
        assert schema.field("total_gross_usd").metadata[b"unit"] == b"nominal US dollars"


def test_csv_tells_unknown_from_empty_and_writes_lists_as_json() -> None:
    text = exported(frame((1, "", None, 5.0), (2, 'a "b"\nc', 1990, None)), Format.CSV).decode()
    assert text == '"id","title","year","vote"\n1,"",,5\n2,"a ""b""\nc",1990,\n'
    [first, second] = csv.DictReader(io.StringIO(of_every_type(Format.CSV).decode(), newline=""))
    assert json.loads(first["numbers"]) == ROW["numbers"]
    assert json.loads(first["texts"]) == ROW["texts"]
    assert json.loads(first["days"]) == ["0001-01-01"]
    assert second["numbers"] == ""


def test_json_has_one_object_a_row() -> None:
    assert json.loads(exported(frame((1, "ż", None, 5.5), (2, "b", 1990, None)), Format.JSON)) == [
        {"id": 1, "title": "ż", "year": None, "vote": 5.5},
        {"id": 2, "title": "b", "year": 1990, "vote": None},
    ]
    assert json.loads(of_every_type(Format.JSON))[0]["moment"] == "2026-11-24T12:30:00+00:00"


def test_a_table_without_rows_still_has_its_columns() -> None:
    none = frame()
    assert exported(none, Format.CSV) == b'"id","title","year","vote"\n'
    assert json.loads(exported(none, Format.JSON)) == []
    assert pa_parquet.read_table(io.BytesIO(exported(none, Format.PARQUET))).schema.names == NAMES


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@given(
    st.lists(
        st.tuples(
            st.builds("".join, st.tuples(st.sampled_from(["", *DANGEROUS, "'", " "]), texts)), st.integers(-9, 9)
        ),
        max_size=8,
    )
)
def test_no_text_begins_a_formula_and_nothing_else_changes(rows: list[tuple[str, int]]) -> None:
    content = frame(*((i, title, year, None) for i, (title, year) in enumerate(rows)))
    safe, plain = (
        list(csv.DictReader(io.StringIO(exported(content, Format.CSV, safe=safe).decode(), newline="")))
        for safe in (True, False)
    )
    for (title, year), made_safe, as_stored in zip(rows, safe, plain, strict=True):
        assert as_stored["title"] == title
        assert made_safe["title"] == (f"'{title}" if title.startswith(tuple(DANGEROUS)) else title)
        # A negative number is no formula.
        assert made_safe["year"] == as_stored["year"] == str(year)


def test_unknown_text_stays_unknown() -> None:
    assert without_formulas(pa.array([None, "=1+1", ""], pa.string())).to_pylist() == [None, "'=1+1", ""]
