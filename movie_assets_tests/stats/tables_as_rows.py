"""Stored tables as plain rows, and how they differ from rows that a test expects."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

Row = dict[str, Any]
Key = tuple[Any, ...]


def differences(table: pd.DataFrame, key: list[str], expected: dict[Key, Row]) -> list[str]:
    """What a stored table says otherwise than the rows expected, in words; floats agree to 1e-9."""
    found = {tuple(row[name] for name in key): row for row in records(table)}
    wrong = [f"{place} is in one of the two only" for place in sorted(set(found) ^ set(expected), key=str)]
    for place in found.keys() & expected.keys():
        columns = set(found[place]) - set(key)
        if columns != set(expected[place]):
            wrong.append(f"{place}: {sorted(columns ^ set(expected[place]))} are in one of the two only")
        wrong += [
            f"{place} {name}: {found[place][name]} is stored, {value} expected"
            for name, value in expected[place].items()
            if not same(found[place].get(name), value)
        ]
    return wrong


def same(found: object, expected: object) -> bool:
    """Whether two values are equal, numbers to 1e-9."""
    if found is None or expected is None:
        return found is expected
    if isinstance(expected, float) and isinstance(found, int | float):
        return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
    return found == expected


def rows_by(table: pd.DataFrame, key: str) -> dict[Any, Row]:
    return {row[key]: row for row in records(table)}


def records(table: pd.DataFrame) -> list[Row]:
    """Rows with None where a value is unknown, and Python's own types."""
    columns = {name: [_plain(value) for value in table[name]] for name in table.columns}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _plain(value: Any) -> Any:
    if isinstance(value, list | np.ndarray):
        return [_plain(entry) for entry in value]
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime() if value.tzinfo else value.date()
    return value.item() if isinstance(value, np.generic) else value
