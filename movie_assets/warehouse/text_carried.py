"""Values of `jsonb` and `numeric` columns to the text they travel as, and back: exact, or refused with a reason."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

# What PostgreSQL's numeric holds: digits before and behind the decimal point.
_MAX_WHOLE_DIGITS = 131_072
_MAX_FRACTION_DIGITS = 16_383


def encoder(declared: TypeEngine[Any]) -> Callable[[Any], str]:
    """The function from a value to its text. It raises TypeError or ValueError for what the column cannot hold."""
    return _json_text if isinstance(declared, JSONB) else _numeric_text


def decoder(declared: TypeEngine[Any]) -> Callable[[str], Any]:
    """The function from the text of a stored value to the value: JSON as Python objects, numbers as Decimal."""
    return json.loads if isinstance(declared, JSONB) else Decimal


def _numeric_text(value: Any) -> str:
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer | Decimal):
        raise TypeError(f"{type(value).__name__} is another type; a decimal.Decimal or a whole number fits")
    number = value if isinstance(value, Decimal) else Decimal(int(value))
    if not number.is_finite():
        raise ValueError("only finite numbers fit")
    exponent = number.as_tuple().exponent
    if number.adjusted() >= _MAX_WHOLE_DIGITS or (isinstance(exponent, int) and -exponent > _MAX_FRACTION_DIGITS):
        raise ValueError(
            f"numeric holds {_MAX_WHOLE_DIGITS:,} digits before the point and {_MAX_FRACTION_DIGITS:,} behind"
        )
    return str(number)


def _json_text(value: Any) -> str:
    try:
        return json.dumps(_storable(value), ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _storable(value: Any) -> Any:
    """The value with whole floats as integers, because jsonb keeps numbers as decimal digits."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("PostgreSQL text cannot hold the character NUL")
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("JSON has no NaN and no infinity")
        return int(value) if value.is_integer() else value
    if isinstance(value, list | tuple):
        return [_storable(element) for element in value]
    if isinstance(value, dict):
        if odd := [name for name in value if not isinstance(name, str)]:
            raise TypeError(f"{odd[0]!r} names a member, but only text can")
        return {_storable(name): _storable(element) for name, element in value.items()}
    raise TypeError(f"{type(value).__name__} has no JSON form")
