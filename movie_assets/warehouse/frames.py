"""Arrow batches of a declared table to pandas frames, each batch as it comes, so that the next can be on its way."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Table

from movie_assets.warehouse.column_types import is_text_carried
from movie_assets.warehouse.text_carried import decoder

_PANDAS_TYPES = {
    pa.int64(): pd.Int64Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.string(): pd.StringDtype("pyarrow"),
}


class FrameBuilder:
    """Gathers batches of the columns `names` of `table`; `frame()` is all of them as one frame.

    Integers and booleans are nullable, text is pandas' string type in Arrow's memory, dates are dates, arrays are
    lists, JSON is Python objects, numeric is Decimal.
    """

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self._names = list(names)
        self._types = {name: table.columns[name].type for name in names}
        self._objects: dict[str, list[Any]] = {}
        self._batches: list[pa.RecordBatch] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Take a batch in. Columns of Python objects are made at once, so that their Arrow memory is free again."""
        kept: dict[str, pa.Array[Any]] = {}
        with _collector_paused():
            for name in self._names:
                column = batch.column(name)
                if pa.types.is_list(column.type):
                    lists = _python_lists(cast("pa.ListArray[Any]", column))
                    self._objects.setdefault(name, []).extend(lists)
                elif is_text_carried(self._types[name]):
                    decode = decoder(self._types[name])
                    values = (None if text is None else decode(text) for text in column.to_pylist())
                    self._objects.setdefault(name, []).extend(values)
                else:
                    kept[name] = column
        # A batch without columns would forget its number of rows.
        kept = kept or {"rows": pa.nulls(len(batch), pa.int64())}
        self._batches.append(pa.RecordBatch.from_pydict(kept))

    def frame(self) -> pd.DataFrame:
        """The rows of all batches; at least one must have been added, with no row if there is none."""
        rows = pa.Table.from_batches(self._batches)
        self._batches = []
        with _collector_paused():
            frame = rows.to_pandas(
                types_mapper=_PANDAS_TYPES.get, date_as_object=True, self_destruct=True, split_blocks=True
            )
            columns = {
                name: pd.Series(self._objects.pop(name), dtype=object) if name in self._objects else frame[name]
                for name in self._names
            }
            return pd.DataFrame(columns, columns=self._names, copy=False)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without Python's cycle collector, which would go through millions of new lists again and again for nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _python_lists(column: pa.ListArray[Any]) -> list[list[Any] | None]:
    """A list column as Python lists; equal elements are one object, since few names fill most lists."""
    offsets = cast("list[int]", column.offsets.to_pylist())
    first = offsets[0]
    # By way of NumPy, integers beside a NULL would become floats.
    coded: Any = pc.dictionary_encode(column.values.slice(first, offsets[-1] - first))
    elements = [*coded.dictionary.to_pylist(), None]
    values = [elements[code] for code in pc.fill_null(coded.indices, len(elements) - 1).to_pylist()]
    ends = pairwise(offsets)
    if not column.null_count:
        return [values[start - first : end - first] for start, end in ends]
    present = column.is_valid().to_pylist()
    return [
        values[start - first : end - first] if there else None
        for (start, end), there in zip(ends, present, strict=True)
    ]
