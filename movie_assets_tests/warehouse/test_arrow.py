"""Values between pandas and PostgreSQL: each arrives exactly as it is, or is refused with its place."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sqlalchemy import ARRAY, JSON, DateTime, Numeric, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from movie_assets.warehouse import arrow
from movie_assets.warehouse.arrow import record_batches
from movie_assets.warehouse.column_types import arrow_type
from movie_assets.warehouse.errors import RowsRefusedError
from movie_assets_tests.warehouse.publishing_support import every_type, films

UTC = dt.UTC
TABLE = every_type()
COLUMNS = [column.name for column in TABLE.columns]


def one_value(column: str, values: pd.Series) -> pd.DataFrame:
    """Rows of `every_type` in which only the key and `column` are known."""
    unknown = pd.Series([None] * len(values), dtype=object)
    data = dict.fromkeys(COLUMNS, unknown) | {"id": pd.Series(range(len(values))), column: values}
    return pd.DataFrame(data)


def converted(column: str, values: pd.Series) -> list[object]:
    batches = record_batches(one_value(column, values), TABLE)
    return [value for batch in batches for value in batch.column(column).to_pylist()]


def refused(column: str, values: pd.Series) -> str:
    with pytest.raises(RowsRefusedError) as caught:
        converted(column, values)
    return str(caught.value)


def as_object(*values: object) -> pd.Series:
    return pd.Series(list(values), dtype=object)


@pytest.mark.parametrize("missing", [None, float("nan"), np.float64("nan"), pd.NA, pd.NaT])
@pytest.mark.parametrize(
    "column", ["number", "fraction", "flag", "words", "day", "moment", "numbers", "texts", "small"]
)
def test_every_missing_value_is_null(column: str, missing: object) -> None:
    known = {
        "number": 1, "fraction": 1.0, "flag": True, "words": "", "day": dt.date(2000, 1, 1),
        "moment": dt.datetime(2000, 1, 1, tzinfo=UTC), "numbers": [1], "texts": [""], "small": 1,
    }[column]  # fmt: skip
    assert converted(column, as_object(missing, known)) == [None, known]
    assert converted(column, as_object(missing, missing)) == [None, None]


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("number", pd.Series([1, None], dtype="Int64"), [1, None]),
        ("number", pd.Series([1.0, math.nan]), [1, None]),
        ("number", pd.Series([2**63 - 1], dtype="uint64"), [2**63 - 1]),
        ("number", as_object(np.int8(3), Decimal(4), 5.0), [3, 4, 5]),
        ("fraction", pd.Series([0.5, math.nan], dtype="float32"), [0.5, None]),
        ("fraction", pd.Series([2**53]), [2.0**53]),
        ("flag", pd.Series([True, None], dtype="boolean"), [True, None]),
        ("words", pd.Series(["a", None], dtype="string"), ["a", None]),
        ("words", pd.Series(["a", "b", "a"], dtype="category"), ["a", "b", "a"]),
        ("words", pd.Series(["a"], dtype=pd.ArrowDtype(pa.large_string())), ["a"]),
        ("words", pd.Series([pd.NA], dtype="Int64"), [None]),
        ("day", pd.Series([pd.Timestamp("2000-01-02"), pd.NaT]), [dt.date(2000, 1, 2), None]),
        ("day", as_object(dt.datetime(2000, 1, 2)), [dt.date(2000, 1, 2)]),  # noqa: DTZ001
        (
            "moment",
            pd.Series([pd.Timestamp("2000-01-02 09:00", tz="Asia/Tokyo"), pd.NaT]),
            [dt.datetime(2000, 1, 2, tzinfo=UTC), None],
        ),
        ("numbers", as_object((1, 2), np.array([3]), []), [[1, 2], [3], []]),
        ("numbers", pd.Series([[1, None]], dtype=pd.ArrowDtype(pa.list_(pa.int32()))), [[1, None]]),
        ("texts", as_object([math.nan, pd.NA, ""]), [[None, None, ""]]),
        ("medium", pd.Series([2**31 - 1]), [2**31 - 1]),
        ("exact", as_object(Decimal("1.50"), 2, math.nan, Decimal("NaN")), ["1.50", "2", None, None]),
        ("exact", pd.Series([1, None], dtype="Int64"), ["1", None]),
        ("document", as_object({"a": [1.0, None]}, "é", math.nan, True), ['{"a":[1,null]}', '"é"', None, "true"]),
    ],
)
def test_pandas_spellings_of_a_value_are_that_value(column: str, values: pd.Series, expected: list[object]) -> None:
    assert converted(column, values) == expected


# Refusals


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("number", pd.Series([1.5])),
        ("number", as_object(1.5)),
        ("number", as_object(Decimal("1.5"))),
        ("number", as_object(Decimal("Infinity"))),
        ("number", as_object(True)),
        ("number", as_object(np.True_)),
        ("number", pd.Series([True])),
        ("number", pd.Series([True], dtype="boolean")),
        ("number", as_object("7")),
        ("number", as_object(2**63)),
        ("number", as_object(-(2**63) - 1)),
        ("number", pd.Series([2**63], dtype="uint64")),
        ("number", pd.Series([1e300])),
        ("number", as_object(math.inf)),
        ("number", pd.Series([pd.Timedelta(1)])),
        ("number", pd.Series([pd.Timestamp(1)])),
        ("fraction", as_object("1.5")),
        ("fraction", as_object(True)),
        ("fraction", pd.Series([True])),
        ("fraction", as_object(2**53 + 1)),
        ("fraction", pd.Series([2**53 + 1])),
        ("fraction", as_object(Decimal("1.1"))),
        ("flag", pd.Series([1])),
        ("flag", pd.Series([2.0])),
        ("flag", as_object("true")),
        ("words", pd.Series([1])),
        ("words", as_object(1)),
        ("words", as_object(b"abc")),
        ("words", as_object(["a"])),
        ("words", as_object("a\0b")),
        ("words", pd.Series(["a\0b"], dtype="string")),
        ("words", as_object("\ud800")),
        ("day", as_object(dt.datetime(2000, 1, 1, 5))),  # noqa: DTZ001
        ("day", pd.Series([pd.Timestamp("2000-01-01 05:00")])),
        ("day", pd.Series([pd.Timestamp("2000-01-01", tz="UTC")])),
        ("day", as_object(18_000)),
        ("day", as_object("2000-01-01")),
        ("moment", as_object(dt.datetime(2000, 1, 1))),  # noqa: DTZ001
        ("moment", pd.Series([pd.Timestamp("2000-01-01")])),
        ("moment", as_object(pd.Timestamp("2000-01-01 00:00:00.000000001", tz="UTC"))),
        ("moment", pd.Series([pd.Timestamp("2000-01-01 00:00:00.000000001", tz="UTC")])),
        ("moment", as_object(dt.date(2000, 1, 1))),
        ("moment", pd.Series([5])),
        ("moment", as_object("2000-01-01T00:00:00Z")),
        ("numbers", as_object("12")),
        ("numbers", as_object([1.5])),
        ("numbers", as_object([True])),
        ("numbers", as_object({1, 2})),
        ("numbers", as_object([[1]])),
        ("numbers", as_object([2**63])),
        ("texts", as_object("abc")),
        ("texts", as_object("")),
        ("texts", as_object(["a", 1])),
        ("texts", as_object(["a", "\0"])),
        ("texts", as_object(["\ud800"])),
        ("small", as_object(2**15)),
        ("small", pd.Series([2**15])),
        ("medium", as_object(-(2**31) - 1)),
        ("exact", as_object(1.5)),
        ("exact", as_object(True)),
        ("exact", as_object("1")),
        ("exact", as_object(Decimal("Infinity"))),
        ("exact", as_object(Decimal("1E+131072"))),
        ("exact", as_object(Decimal("1E-16384"))),
        ("document", as_object({"a": math.inf})),
        ("document", as_object([math.nan])),
        ("document", as_object({1: "a"})),
        ("document", as_object({"a": "\0"})),
        ("document", as_object({"\0": 1})),
        ("document", as_object("\ud800")),
        ("document", as_object({1, 2})),
        ("document", as_object(dt.date(2000, 1, 1))),
    ],
    ids=lambda value: ascii(list(value)) if isinstance(value, pd.Series) else value,
)
def test_a_value_of_another_type_is_refused_with_its_place(column: str, values: pd.Series) -> None:
    assert refused(column, values).startswith(f"movies.every_type, column {column}, row 1: ")
    if values.dtype == object:
        message = refused(column, as_object(None, None, *values))
        assert message.startswith(f"movies.every_type, column {column}, row 3: {values[0]!a}")
        assert message.endswith("Nothing was written.")


def test_a_mixed_column_is_refused_at_its_first_wrong_value() -> None:
    message = refused("number", as_object(1, 2.0, None, "3", "x"))
    assert "row 4: '3' is not int64" in message


def test_a_wrong_value_behind_the_first_slice_keeps_its_row_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "SLICE_ROWS", 2)
    assert converted("number", as_object(*range(5))) == [0, 1, 2, 3, 4]
    assert "row 5: '4'" in refused("number", as_object(0, 1, 2, 3, "4"))


def test_a_nul_in_a_list_is_found_at_its_row() -> None:
    assert "row 4: ['ok', 'a\\x00']" in refused("texts", as_object(["a"], None, [], ["ok", "a\0"]))


def test_a_long_value_is_shortened_in_the_message() -> None:
    assert len(refused("number", as_object("x" * 10_000))) < 400


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (["id", "title", "year"], "missing columns: vote"),
        (["id", "title", "year", "vote", "extra"], "undeclared columns: extra"),
        (["id", "title", "year", "vote", "vote"], "repeated columns: vote"),
        (["id", "year", "vote", 0], "missing columns: title; undeclared columns: 0"),
    ],
)
def test_other_columns_than_declared_are_refused_by_name(columns: list[str], problem: str) -> None:
    rows = pd.DataFrame([[1] * len(columns)], columns=pd.Index(columns))
    with pytest.raises(RowsRefusedError) as caught:
        list(record_batches(rows, films()))
    assert f"({problem})" in str(caught.value)


@pytest.mark.parametrize(
    "type_",
    [
        DateTime(timezone=False),
        Numeric(10, 2),
        JSON(),
        ARRAY(Numeric),
        ARRAY(JSONB),
        ARRAY(Text, dimensions=2),
        String(20),
    ],
)
def test_a_type_without_an_exact_counterpart_cannot_be_declared(type_: TypeEngine[object]) -> None:
    with pytest.raises(TypeError, match="no table may declare"):
        arrow_type(type_)
