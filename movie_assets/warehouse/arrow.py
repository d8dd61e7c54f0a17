"""Between pandas and Arrow, by a table's declaration.

ADBC's binary COPY trusts the Arrow schema and reinterprets bytes of equal width, so the schema is always built from the
declaration and never inferred from data. A value that does not fit is refused with its column and row; nothing is cast
silently.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import ARRAY, BigInteger, Boolean, Date, DateTime, Double, Table, Text
from sqlalchemy.types import TypeEngine

from movie_assets.warehouse.errors import RowsRefusedError

SLICE_ROWS = 32_768
"""Rows per Arrow record batch: large enough for COPY to run at full speed, small enough to keep memory flat."""

_TIMESTAMP = pa.timestamp("us", tz="UTC")

_ARROW_TYPES: dict[type[TypeEngine[Any]], pa.DataType] = {
    BigInteger: pa.int64(),
    Double: pa.float64(),
    Boolean: pa.bool_(),
    DateTime: _TIMESTAMP,
    Date: pa.date32(),
    Text: pa.string(),
}


def arrow_type(declared: TypeEngine[Any]) -> pa.DataType:
    """The Arrow type of a declared column type.

    Raises TypeError for a type that no table may declare, because it has no exact Arrow counterpart here.
    """
    if isinstance(declared, ARRAY):
        return pa.list_(arrow_type(declared.item_type))
    for sql, arrow in _ARROW_TYPES.items():
        if isinstance(declared, sql) and getattr(declared, "timezone", True):
            return arrow
    raise TypeError(f"no table may declare {declared!r}: it has no exact Arrow counterpart")


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a declared table, in column order."""
    return pa.schema([pa.field(column.name, arrow_type(column.type)) for column in table.columns])


def record_batches(frame: pd.DataFrame, table: Table, *, first_row: int = 0) -> Iterator[pa.RecordBatch]:
    """Slices of `frame` as record batches of the table's Arrow schema.

    Missing values of any kind (None, NaN, pd.NA, NaT) become NULL. `first_row` is the number of rows that earlier
    frames of the same stream held, so that messages count from the start of the stream.

    Raises RowsRefusedError when columns are missing or undeclared, or a value does not fit its column exactly.
    """
    _require_columns(frame, table)
    schema = arrow_schema(table)
    for start in range(0, len(frame), SLICE_ROWS):
        piece = frame.iloc[start : start + SLICE_ROWS]
        columns = [_column(piece[field.name], field, table, first_row + start) for field in schema]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def to_pandas(rows: pa.Table) -> pd.DataFrame:
    """A pandas frame with nullable integers and booleans, pandas strings, dates as dates and arrays as lists.

    Strings stay in Arrow's memory, which costs no time and a fraction of the space of Python objects.
    """
    nullable = {
        pa.int64(): pd.Int64Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.float64(): pd.Float64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
        pa.string(): pd.StringDtype("pyarrow"),
    }
    lists = {field.name for field in rows.schema if pa.types.is_list(field.type)}
    frame = rows.drop_columns(sorted(lists)).to_pandas(types_mapper=nullable.get, date_as_object=True)
    columns = {
        name: pd.Series(_python_lists(rows[name]), dtype=object) if name in lists else frame[name]
        for name in rows.column_names
    }
    return pd.DataFrame(columns, columns=rows.column_names)


def _python_lists(column: pa.ChunkedArray[Any]) -> list[list[Any] | None]:
    """A list column as Python lists; equal elements are one object, since few names fill most lists."""
    found: list[list[Any] | None] = []
    for chunk in cast("list[pa.ListArray[Any]]", column.chunks):
        # By way of NumPy, integers beside a NULL would become floats.
        coded: Any = pc.dictionary_encode(chunk.values)
        elements = [*coded.dictionary.to_pylist(), None]
        values = [elements[code] for code in pc.fill_null(coded.indices, len(elements) - 1).to_pylist()]
        offsets = chunk.offsets.to_pylist()
        present = chunk.is_valid().to_pylist()
        found += [
            values[start:end] if there else None
            for start, end, there in zip(offsets, offsets[1:], present, strict=False)
        ]
    return found


def _require_columns(frame: pd.DataFrame, table: Table) -> None:
    declared = [column.name for column in table.columns]
    found = [str(name) for name in frame.columns]
    problems = []
    if missing := [name for name in declared if name not in found]:
        problems.append(f"missing columns: {', '.join(missing)}")
    if unknown := [name for name in found if name not in declared]:
        problems.append(f"undeclared columns: {', '.join(unknown)}")
    if repeated := sorted({name for name in found if found.count(name) > 1}):
        problems.append(f"repeated columns: {', '.join(repeated)}")
    if problems:
        raise RowsRefusedError(
            f"{table.fullname}: the rows do not have the declared columns ({'; '.join(problems)}). "
            "Change the asset or the declaration in movie_assets/warehouse/tables.py."
        )


def _column(values: pd.Series[Any], field: pa.Field[Any], table: Table, first_row: int) -> pa.Array[Any]:
    try:
        column = _converted(values, field.type)
    except (pa.ArrowException, UnicodeError, OverflowError, ValueError, TypeError) as error:
        row, value, why = _first_offender(values, field.type, error)
        raise RowsRefusedError(_refusal(table, field, first_row + row, value, why)) from error
    if pa.types.is_string(field.type) or pa.types.is_list(field.type):
        _refuse_nul(column, field, table, first_row)
    return column


def _converted(values: pd.Series[Any], type_: pa.DataType) -> pa.Array[Any]:
    if values.isna().all():
        return pa.array([None] * len(values), type=type_)
    if values.dtype == object:
        if (
            pa.types.is_list(type_)
            and set(map(type, values)) <= _LISTS | _MISSING
            and (lists := _inferred(values, type_))
        ):
            return lists
        _require_exact(values, type_)
        return pa.array(values, type=type_, from_pandas=True)
    column: pa.Array[Any] | pa.ChunkedArray[Any] = pa.array(values, from_pandas=True)
    # A column backed by Arrow itself may come in several chunks.
    found = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(found, pa.DictionaryArray):
        found = found.dictionary_decode()
    _require_exact_type(found, type_)
    return found.cast(type_)


def _inferred(values: pd.Series[Any], type_: pa.DataType) -> pa.Array[Any] | None:
    """The column if Arrow, left to itself, finds the very type declared: far quicker than looking at each value."""
    try:
        column = pa.array(values, from_pandas=True)
    except (pa.ArrowException, UnicodeError, OverflowError, ValueError, TypeError):
        return None
    return column if isinstance(column, pa.Array) and column.type == type_ else None


def _require_exact_type(column: pa.Array[Any], type_: pa.DataType) -> None:
    """Refuse an Arrow column that a cast would reinterpret; the cast itself refuses single values that do not fit."""
    found, is_ = column.type, pa.types
    if is_.is_list(type_):
        if not (is_.is_list(found) or is_.is_large_list(found)):
            raise TypeError(f"{found} is not a list")
        _require_exact_type(pc.list_flatten(column), type_.value_type)
        return
    fits = {
        pa.int64(): is_.is_integer(found) or is_.is_floating(found) or is_.is_decimal(found),
        pa.float64(): is_.is_integer(found) or is_.is_floating(found),
        pa.bool_(): is_.is_boolean(found),
        pa.string(): is_.is_string(found) or is_.is_large_string(found),
        pa.date32(): is_.is_date(found) or (is_.is_timestamp(found) and found.tz is None),
        _TIMESTAMP: is_.is_timestamp(found) and found.tz is not None,
    }
    if not fits[type_] and not is_.is_null(found):
        raise TypeError(f"{found} is not {type_}")
    if is_.is_timestamp(found) and is_.is_date(type_) and not column.cast(type_).cast(found).equals(column):
        raise ValueError("a time of day does not fit into a date")


_EXACT: dict[pa.DataType, set[type]] = {
    pa.int64(): {int},
    pa.float64(): {int, float},
    pa.bool_(): {bool},
    pa.string(): {str},
    pa.date32(): {dt.date},
    _TIMESTAMP: set(),
}
"""Python types whose values are either exactly of the Arrow type or refused by Arrow itself."""

_LISTS: set[type] = {list, tuple, np.ndarray}

_MISSING: set[type] = {type(None), type(pd.NA), type(pd.NaT)}


def _require_exact(values: Iterable[Any], type_: pa.DataType) -> None:
    """Refuse Python values that Arrow would cast silently, such as 1.5 to 1 or a naive time to UTC."""
    if pa.types.is_list(type_):
        present = [value for value in values if not _is_missing(value)]
        for value in present:
            if not isinstance(value, list | tuple | np.ndarray):
                raise TypeError(f"{type(value).__name__} is not a list")
        _require_exact(list(chain.from_iterable(present)), type_.value_type)
        return
    # Looking at each value would take longer than the rest of the conversion; most columns have one type.
    if set(map(type, values)) <= _EXACT[type_] | _MISSING:
        return
    for value in values:
        if not _is_missing(value) and (reason := _why_not(value, type_)):
            raise TypeError(reason)


def _why_not(value: object, type_: pa.DataType) -> str | None:
    """Why a Python value is not exactly of a type that is no list; None where it is, or where Arrow itself refuses."""
    accepted: dict[pa.DataType, tuple[type, ...]] = {
        pa.int64(): (int, np.integer, float, np.floating, Decimal),
        pa.float64(): (int, np.integer, float, np.floating),
        pa.bool_(): (bool, np.bool_),
        pa.string(): (str,),
        pa.date32(): (dt.date,),
        _TIMESTAMP: (dt.datetime,),
    }
    boolean = isinstance(value, bool | np.bool_) and not pa.types.is_boolean(type_)
    reason = None
    if boolean or not isinstance(value, accepted[type_]):
        reason = f"{type(value).__name__} is another type"
    elif pa.types.is_integer(type_) and int(value) != value:  # type: ignore[call-overload]
        reason = "only whole numbers fit"
    elif isinstance(value, dt.datetime) and pa.types.is_date(type_):
        if value.tzinfo is not None or value.time() != dt.time() or _nanosecond(value):
            reason = "a date has no time of day and no time zone"
    elif isinstance(value, dt.datetime) and value.tzinfo is None:
        reason = "a time without a time zone may be any of 24 hours"
    elif isinstance(value, dt.datetime) and _nanosecond(value):
        reason = "PostgreSQL stores microseconds"
    return reason


def _nanosecond(value: dt.datetime) -> int:
    return value.nanosecond if isinstance(value, pd.Timestamp) else 0


def _is_missing(value: object) -> bool:
    return type(value) in _MISSING or (isinstance(value, float | np.floating | Decimal) and value != value)  # noqa: PLR0124 - only NaN differs from itself


def _first_offender(values: pd.Series[Any], type_: pa.DataType, error: Exception) -> tuple[int, object, str]:
    for row, value in enumerate(values):
        try:
            _require_exact([value], type_)
            pa.array([None if _is_missing(value) else _plain(value)], type=type_, from_pandas=True)
        except (pa.ArrowException, UnicodeError, OverflowError, ValueError, TypeError) as reason:
            return row, value, str(reason)
    return 0, values.iloc[0], str(error)


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _refuse_nul(column: pa.Array[Any], field: pa.Field[Any], table: Table, first_row: int) -> None:
    is_list = pa.types.is_list(field.type)
    if is_list and not pa.types.is_string(field.type.value_type):
        return
    texts = pc.list_flatten(column) if is_list else column
    found = pc.index(pc.match_substring(texts, "\0"), value=True).as_py()
    if found < 0:
        return
    row = pc.list_parent_indices(column)[found].as_py() if is_list else found
    raise RowsRefusedError(
        _refusal(table, field, first_row + row, column[row].as_py(), "PostgreSQL text cannot hold the character NUL")
    )


def _refusal(table: Table, field: pa.Field[Any], row: int, value: object, why: str) -> str:
    shown = ascii(value)
    if len(shown) > 120:  # noqa: PLR2004 - a screen's width; the row number finds the rest
        shown = shown[:117] + "..."
    place = f"{table.fullname}, column {field.name}, row {row + 1}"
    return f"{place}: {shown} is not {field.type}: {why}. Nothing was written."
