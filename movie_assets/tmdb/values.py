"""Checks of single JSON values inside a film object: the right type, or FilmShapeError naming the field.

Each function reads one key. An absent key and null are both None, because TMDB uses both for "nothing known";
0 and "" are values and stay. Types are compared exactly, since `True` is an `int` to Python but not to TMDB.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, TypeGuard

from movie_assets.tmdb.errors import FilmShapeError

INT64_MAX: Final = 2**63 - 1
INT64_MIN: Final = -(2**63)
_SHOWN: Final = 60

JsonObject = Mapping[str, object]


def described(value: object) -> str:
    """A short, printable account of a JSON value for a message; never longer than about 80 characters."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    try:
        # Escaped, so that lone surrogates and control characters can be printed anywhere.
        text = json.dumps(value)
    except ValueError:
        return "a number with thousands of digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


def storable(text: str) -> bool:
    """Whether PostgreSQL can hold the text: no NUL, no half of a surrogate pair."""
    if "\x00" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def text_or_none(source: JsonObject, key: str, column: str = "") -> str | None:
    """The string under `key`, as it came."""
    value = source.get(key)
    if value is None or (type(value) is str and storable(value)):
        return value
    expected = "text without NUL characters or lone surrogates" if type(value) is str else "text or null"
    raise FilmShapeError(key, expected=expected, found=described(value), column=column or key)


def bool_or_none(source: JsonObject, key: str) -> bool | None:
    """The boolean under `key`."""
    value = source.get(key)
    if value is None or type(value) is bool:
        return value
    raise FilmShapeError(key, expected="true, false or null", found=described(value), column=key)


def int_or_none(source: JsonObject, key: str, column: str = "") -> int | None:
    """The whole number under `key`. Negative ones stay: TMDB holds some, and raw means raw."""
    value = source.get(key)
    if value is None or (type(value) is int and INT64_MIN <= value <= INT64_MAX):
        return value
    expected = "a whole number of at most 64 bits" if type(value) is int else "a whole number or null"
    raise FilmShapeError(key, expected=expected, found=described(value), column=column or key)


def float_or_none(source: JsonObject, key: str) -> float | None:
    """The finite number under `key`, as a float."""
    value = source.get(key)
    if value is None:
        return None
    if type(value) is float and math.isfinite(value):
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            pass
    raise FilmShapeError(key, expected="a finite number or null", found=described(value), column=key)


def is_id(value: object) -> TypeGuard[int]:
    """Whether the value can be an id of TMDB: a whole number from 1 to 2**63 - 1."""
    return type(value) is int and 0 < value <= INT64_MAX


def not_an_id(value: object, field: str, column: str) -> FilmShapeError:
    """What to raise for a value that `is_id` refused."""
    return FilmShapeError(field, expected="a whole number from 1 to 2^63 - 1", found=described(value), column=column)


def instant_or_none(source: JsonObject, key: str) -> datetime | None:
    """The ISO 8601 instant under `key`, in UTC; without an offset it is taken to be UTC already."""
    value = source.get(key)
    if value is None:
        return None
    if type(value) is str:
        try:
            return _instant(value)
        except (ValueError, OverflowError):
            pass
    raise FilmShapeError(
        key, expected="an ISO 8601 instant such as 2025-05-01T00:00:00Z", found=described(value), column=key
    )


# A crawl stamps thousands of films with the same second.
@lru_cache(maxsize=4096)
def _instant(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
