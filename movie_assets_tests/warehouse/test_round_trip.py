"""From pandas into PostgreSQL and back: every value exactly as it was, or its row refused and the old rows kept."""

from __future__ import annotations

import datetime as dt
import math
import os
import re
from collections.abc import Collection
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Text

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.errors import RowsRefusedError
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.reading import read
from movie_assets_tests.warehouse import publishing_support
from movie_assets_tests.warehouse.publishing_support import declared, every_type, frame

shared_database = publishing_support.shared_database
database = publishing_support.emptied_database

UTC = dt.UTC
TABLE = every_type()
CASES = int(os.environ.get("CASES", "600"))
"""How many cases the long test tries, other ones each time: a minute or two, unless `make test-long` is given more."""

whole = st.integers(-(2**63), 2**63 - 1)
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
days = st.dates()
# A year from the ends, so that the time in another zone is a time at all.
moments = st.datetimes(
    dt.datetime(2, 1, 1),  # noqa: DTZ001
    dt.datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, dt.timezone(dt.timedelta(hours=5, minutes=45))]),
)
fractions = st.floats(allow_nan=False) | st.sampled_from([5e-324, -0.0, math.inf, -math.inf, 1.7976931348623157e308])
exact = st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [Decimal("1E+131071"), Decimal("1E-16383"), Decimal("-0.10")]
)
documents = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner | st.none(), max_size=3) | st.dictionaries(words, inner | st.none(), max_size=3),
    max_leaves=6,
)
FITTING: dict[str, st.SearchStrategy[Any]] = {
    "number": whole,
    "fraction": fractions,
    "flag": st.booleans(),
    "words": words | st.sampled_from(["", "NULL", "\\N", "{}", "😀", "e\u0301", "\t\r\n", "'\"\\"]),
    "day": days,
    "moment": moments,
    "numbers": st.lists(st.none() | whole, max_size=4),
    "texts": st.lists(st.none() | words, max_size=4),
    "small": st.integers(-(2**15), 2**15 - 1),
    "medium": st.integers(-(2**31), 2**31 - 1),
    "exact": exact,
    "document": documents,
    "fractions": st.lists(st.none() | fractions, max_size=3),
    "flags": st.lists(st.none() | st.booleans(), max_size=3),
    "days": st.lists(st.none() | days, max_size=3),
    "moments": st.lists(st.none() | moments, max_size=3),
}
MISSING = (None, math.nan, pd.NA, pd.NaT)
# What an asset might hand over by mistake, or by a pandas operation gone wrong.
odd = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.decimals(),
    st.text(max_size=3),
    st.sampled_from(["\0", "a\0b", "\ud800", "", "1", "true"]),
    st.binary(max_size=3),
    st.dates(),
    st.datetimes(timezones=st.none() | st.just(UTC)),
    st.timedeltas(),
    st.sets(st.integers(), max_size=2),
    st.lists(st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "\0", "\ud800"]), max_size=3),
    st.lists(st.lists(st.integers(), max_size=2), max_size=2),
    st.dictionaries(st.integers() | st.sampled_from(["a", "\0"]), st.floats(), max_size=2),
)
fitting_rows = st.lists(
    st.fixed_dictionaries({name: st.none() | fits for name, fits in FITTING.items()}), min_size=1, max_size=6
)
oddities = st.dictionaries(st.sampled_from(list(FITTING)), odd | st.sampled_from(MISSING), max_size=2)
unhurried = settings(
    deadline=None,
    derandomize=True,
    database=None,
    # Each step of shrinking a failure is a publication of its own, which would take minutes.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def is_missing(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_nan()
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or value is pd.NA or value is pd.NaT


def same(given_value: Any, found: Any) -> bool:
    """Whether a value that came back is the one that was given, bool and number and text kept apart."""
    if is_missing(given_value) or is_missing(found):
        return is_missing(given_value) and is_missing(found)
    if isinstance(given_value, list | tuple):
        return isinstance(found, list) and len(found) == len(given_value) and all(map(same, given_value, found))
    if isinstance(given_value, dict):
        return (
            isinstance(found, dict)
            and found.keys() == given_value.keys()
            and all(same(given_value[name], found[name]) for name in found)
        )
    for kind in (bool, str):
        if isinstance(given_value, kind) or isinstance(found, kind):
            return isinstance(given_value, kind) and isinstance(found, kind) and bool(given_value == found)
    if type(found) is dt.date and isinstance(given_value, dt.datetime):
        return given_value == dt.datetime.combine(found, dt.time())
    return bool(given_value == found)


PUBLISHED: WeakKeyDictionary[Database, list[dict[str, Any]]] = WeakKeyDictionary()
"""The rows that each database should hold."""

PANDAS_TYPES = {
    "number": "Int64",
    "fraction": "Float64",
    "flag": "boolean",
    "words": "string",
    "small": "Int16",
    "medium": "Int32",
}


def as_frame(rows: list[dict[str, Any]], *, objects: Collection[str] = tuple(FITTING)) -> pd.DataFrame:
    """The rows: the columns named as Python objects, the others in the pandas type that an asset would give them."""
    columns = {name: [row[name] for row in rows] for name in FITTING}
    return pd.DataFrame(
        {"id": pd.array(range(len(rows)), dtype="Int64")}
        | {
            name: pd.array(values, dtype=PANDAS_TYPES[name])
            if name in PANDAS_TYPES and name not in objects
            else pd.Series(values, dtype=object)
            for name, values in columns.items()
        }
    )


def equal(given_rows: list[dict[str, Any]], found: pd.DataFrame) -> bool:
    back = found.astype(object).to_dict("records")
    return len(back) == len(given_rows) and all(
        same(row[name], there[name]) for row, there in zip(given_rows, back, strict=True) for name in FITTING
    )


def values_are_exact_or_refused(
    database: Database, rows: list[dict[str, Any]], oddity: dict[str, Any], place: int, typed: bool
) -> None:
    row = place % len(rows)
    rows = [*rows[:row], rows[row] | oddity, *rows[row + 1 :]]
    before = PUBLISHED.get(database, [])
    message = refused(database, as_frame(rows, objects=oddity if typed else FITTING))
    if message is None:
        event("exact")
        PUBLISHED[database] = rows
        assert equal(rows, read(database, TABLE, ordered=True))
        return
    event("refused")
    named = re.match(r"movies\.every_type, column (\w+), row (\d+): ", message)
    assert named, message
    assert named[1] in oddity
    assert int(named[2]) == row + 1
    assert not before or equal(before, read(database, TABLE, ordered=True))


def refused(database: Database, rows: pd.DataFrame) -> str | None:
    """Why the rows were refused; None when they were published."""
    try:
        publish(database, TABLE, rows)
    except RowsRefusedError as error:
        return str(error)
    return None


@settings(unhurried, max_examples=40)
@given(fitting_rows, oddities, st.integers(0, 5), st.booleans())
def test_every_value_is_exact_or_refused(
    database: Database, rows: list[dict[str, Any]], oddity: dict[str, Any], place: int, typed: bool
) -> None:
    values_are_exact_or_refused(database, rows, oddity, place, typed)


@pytest.mark.long
@pytest.mark.timeout(1200)
@settings(unhurried, max_examples=CASES, derandomize=False)
@given(fitting_rows, oddities, st.integers(0, 5), st.booleans())
def test_every_value_is_exact_or_refused_in_many_cases(
    database: Database, rows: list[dict[str, Any]], oddity: dict[str, Any], place: int, typed: bool
) -> None:
    values_are_exact_or_refused(database, rows, oddity, place, typed)


@pytest.mark.parametrize("column", ["numbers", "fractions"])
@pytest.mark.parametrize("truth", [True, np.True_])
@pytest.mark.parametrize("alone", [True, False])
def test_a_boolean_in_a_list_of_numbers_is_refused(database: Database, column: str, truth: object, alone: bool) -> None:
    nothing = dict.fromkeys(FITTING)
    number = 3 if column == "numbers" else 3.5
    rows = [nothing | {column: [number]}, nothing | {column: [truth] if alone else [number, truth]}]
    message = refused(database, as_frame(rows))
    assert message is not None
    assert message.startswith(f"movies.every_type, column {column}, row 2: ")


@settings(unhurried, max_examples=15)
@given(fitting_rows)
def test_rows_that_fit_are_never_refused(database: Database, rows: list[dict[str, Any]]) -> None:
    publish(database, TABLE, as_frame(rows))
    found = read(database, TABLE, ordered=True)
    assert equal(rows, found)
    # The same rows in pandas' own types, and the rows that were read, are the same rows.
    assert not publish(database, TABLE, as_frame(rows, objects=())).changed
    assert not publish(database, TABLE, found).changed


def test_text_may_be_of_any_length_that_fits(database: Database) -> None:
    table = declared("long", Column("id", Text, primary_key=True), Column("words", Text))
    long = "é" * 300_000
    publish(database, table, frame(("a", long), columns=("id", "words")))
    assert read(database, table)["words"][0] == long
