"""Frames of a declared table to Arrow batches.

ADBC's binary COPY trusts the Arrow schema and reinterprets bytes of equal width, so the schema is always built from the
declaration and never inferred from data. A value that does not fit is refused with its column and row; nothing is cast
silently.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Table
from sqlalchemy.types import TypeEngine

from movie_assets.warehouse.column_types import TIMESTAMP, arrow_schema, is_text_carried
from movie_assets.warehouse.ddl import sql_type
from movie_assets.warehouse.errors import RowsRefusedError
from movie_assets.warehouse.text_carried import encoder

SLICE_ROWS = 32_768
"""Rows per Arrow record batch: enough for conversion to run at full speed, few enough to keep memory flat."""

_REFUSED = (pa.ArrowException, UnicodeError, OverflowError, ValueError, TypeError)


def one_batch(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> pa.RecordBatch:
    """The rows of all batches of that schema in one; no row where there is none."""
    # No chunk is left of a table without rows.
    [joined] = pa.Table.from_batches(batches, schema).combine_chunks().to_batches() or [_no_rows(schema)]
    return joined


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)


def record_batches(
    frame: pd.DataFrame, table: Table, *, first_row: int = 0, slice_rows: int = SLICE_ROWS
) -> Iterator[pa.RecordBatch]:
    """Slices of `frame`, of `slice_rows` rows, as record batches of the table's Arrow schema.

    Missing values of any kind (None, NaN, pd.NA, NaT) become NULL. `first_row` is the number of rows that earlier
    frames of the same stream held, so that messages count from the start of the stream.

    Raises RowsRefusedError when columns are missing or undeclared, or a value does not fit its column exactly.
    """
    _require_columns(frame, table)
    schema = arrow_schema(table)
    for start in range(0, len(frame), slice_rows):
        piece = frame.iloc[start : start + slice_rows]
        columns = [_column(piece[field.name], field, table, first_row + start) for field in schema]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


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
            "Change the asset or the declaration in movie_assets/warehouse/tables."
        )


def _column(values: pd.Series[Any], field: pa.Field[Any], table: Table, first_row: int) -> pa.Array[Any]:
    declared = table.columns[field.name].type
    try:
        carried = _as_text(values, declared) if is_text_carried(declared) else values
        column = _converted(carried, field.type)
    except _REFUSED as error:
        row, value, why = _first_offender(values, field.type, declared, error)
        raise RowsRefusedError(_refusal(table, field, first_row + row, value, why)) from error
    if pa.types.is_string(field.type) or pa.types.is_list(field.type):
        _refuse_nul(column, field, table, first_row)
    return column


def _as_text(values: Iterable[Any], declared: TypeEngine[Any]) -> pd.Series[Any]:
    encode = encoder(declared)
    return pd.Series([None if _is_missing(value) else encode(value) for value in values], dtype=object)


def _converted(values: pd.Series[Any], type_: pa.DataType) -> pa.Array[Any]:
    if values.dtype == object:
        if (
            pa.types.is_list(type_)
            and set(map(type, values)) <= _LISTS | _MISSING
            and (lists := _inferred(values, type_))
        ):
            return lists
        _require_exact(values, type_)
        return pa.array(values, type=type_, from_pandas=True)
    if pa.types.is_string(type_) and isinstance(values.dtype, pd.StringDtype) and values.dtype.storage == "python":
        # pandas' own conversion would copy the column and look for missing values first.
        return pa.array(values.to_numpy(dtype=object, copy=False), type=type_, from_pandas=True)
    column: pa.Array[Any] | pa.ChunkedArray[Any] = pa.array(values, from_pandas=True)
    # A column backed by Arrow itself may come in several chunks.
    found = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(found, pa.DictionaryArray):
        found = found.dictionary_decode()
    if found.null_count == len(found):
        return pa.array([None] * len(found), type=type_)
    _require_exact_type(found, type_)
    return found.cast(type_)


def _inferred(values: pd.Series[Any], type_: pa.DataType) -> pa.Array[Any] | None:
    """The column if Arrow, left to itself, finds the very type declared: far quicker than looking at each value."""
    try:
        column = pa.array(values, from_pandas=True)
    except _REFUSED:
        return None
    if not isinstance(column, pa.Array) or column.type != type_:
        return None
    # Arrow takes a boolean among fractions for 0.0 or 1.0.
    if type_ not in (pa.list_(pa.bool_()), pa.list_(pa.string())):
        present = (value for value in values if type(value) not in _MISSING)
        if _BOOLEANS & set(map(type, chain.from_iterable(present))):
            return None
    return column


def _require_exact_type(column: pa.Array[Any], type_: pa.DataType) -> None:
    """Refuse an Arrow column that a cast would reinterpret; the cast itself refuses single values that do not fit."""
    found, is_ = column.type, pa.types
    if is_.is_list(type_):
        if not (is_.is_list(found) or is_.is_large_list(found)):
            raise TypeError(f"{found} is not a list")
        _require_exact_type(pc.list_flatten(column), type_.value_type)
        return
    accepted: tuple[tuple[Callable[[pa.DataType], bool], bool], ...] = (
        (is_.is_integer, is_.is_integer(found) or is_.is_floating(found) or is_.is_decimal(found)),
        (is_.is_floating, is_.is_integer(found) or is_.is_floating(found)),
        (is_.is_boolean, is_.is_boolean(found)),
        (is_.is_string, is_.is_string(found) or is_.is_large_string(found)),
        (is_.is_date, is_.is_date(found) or (is_.is_timestamp(found) and found.tz is None)),
        (is_.is_timestamp, is_.is_timestamp(found) and found.tz is not None),
    )
    fits = next(fits for is_kind, fits in accepted if is_kind(type_))
    if not fits and not is_.is_null(found):
        raise TypeError(f"{found} is not {type_}")
    if is_.is_timestamp(found) and is_.is_date(type_) and not column.cast(type_).cast(found).equals(column):
        raise ValueError("a time of day does not fit into a date")


_EXACT: dict[pa.DataType, set[type]] = {
    pa.int64(): {int},
    pa.int32(): {int},
    pa.int16(): {int},
    pa.float64(): {int, float},
    pa.bool_(): {bool},
    pa.string(): {str},
    pa.date32(): {dt.date},
    TIMESTAMP: set(),
}
"""Python types whose values are either exactly of the Arrow type or refused by Arrow itself."""

_LISTS: set[type] = {list, tuple, np.ndarray}

_BOOLEANS: set[type] = {bool, np.bool_}

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
    whole = (int, np.integer, float, np.floating, Decimal)
    accepted: dict[pa.DataType, tuple[type, ...]] = {
        pa.int64(): whole,
        pa.int32(): whole,
        pa.int16(): whole,
        pa.float64(): (int, np.integer, float, np.floating),
        pa.bool_(): (bool, np.bool_),
        pa.string(): (str,),
        pa.date32(): (dt.date,),
        TIMESTAMP: (dt.datetime,),
    }
    boolean = isinstance(value, tuple(_BOOLEANS)) and not pa.types.is_boolean(type_)
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
    if isinstance(value, Decimal):
        return value.is_nan()  # a signalling NaN may not even be compared
    return type(value) in _MISSING or (isinstance(value, float | np.floating) and bool(np.isnan(value)))


def _first_offender(
    values: Iterable[Any], type_: pa.DataType, declared: TypeEngine[Any], error: Exception
) -> tuple[int, object, str]:
    first: object = None
    for row, value in enumerate(values):
        first = value if row == 0 else first
        try:
            carried = _as_text([value], declared)[0] if is_text_carried(declared) else value
            _require_exact([carried], type_)
            pa.array([None if _is_missing(carried) else _plain(carried)], type=type_, from_pandas=True)
        except _REFUSED as reason:
            return row, value, str(reason)
    return 0, first, str(error)


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _refuse_nul(column: pa.Array[Any], field: pa.Field[Any], table: Table, first_row: int) -> None:
    is_list = pa.types.is_list(field.type)
    if is_list and not pa.types.is_string(field.type.value_type):
        return
    texts = pc.list_flatten(column) if is_list else column
    # Nearly always there is none, and looking at the bytes as a whole takes next to no time.
    if not _may_hold_nul(texts):
        return
    found = pc.index(pc.match_substring(texts, "\0"), value=True).as_py()
    if found < 0:
        return
    row = pc.list_parent_indices(column)[found].as_py() if is_list else found
    raise RowsRefusedError(
        _refusal(table, field, first_row + row, column[row].as_py(), "PostgreSQL text cannot hold the character NUL")
    )


def _may_hold_nul(texts: pa.Array[Any]) -> bool:
    _, offsets, data = texts.buffers()
    if offsets is None or data is None or not len(texts):
        return False
    bounds = np.frombuffer(memoryview(offsets), dtype=np.int32)
    used = np.frombuffer(memoryview(data), dtype=np.uint8)[bounds[texts.offset] : bounds[texts.offset + len(texts)]]
    return bool(used.size) and used.min() == 0


def _refusal(table: Table, field: pa.Field[Any], row: int, value: object, why: str) -> str:
    shown = ascii(value)
    if len(shown) > 120:  # noqa: PLR2004 - a screen's width; the row number finds the rest
        shown = shown[:117] + "..."
    declared = table.columns[field.name]
    type_ = sql_type(declared) if is_text_carried(declared.type) else field.type
    place = f"{table.fullname}, column {field.name}, row {row + 1}"
    return f"{place}: {shown} is not {type_}: {why}. Nothing was written."
