"""Damage to real inputs: of bytes, of lines and fields, of JSON values. Everything follows from the random source."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

LONGEST = 200_000
"""Bytes, beyond which an input is cut: size limits have tests of their own."""

NASTY_BYTES = (
    b"\x00",
    b'"',
    b'""',
    b'"\n',
    b"\r",
    b"\r\n",
    b"\t",
    b",",
    b";",
    b"\\",
    b"\x1a",
    b"\x1b[2J",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\x81",
    b"$1,234,567",
    b"-1",
    b"1e999",
    b"NaN",
    b"9" * 400,
    "\N{RIGHT-TO-LEFT OVERRIDE}".encode(),
    "\N{LINE SEPARATOR}".encode(),
    "\N{COMBINING GRAVE ACCENT}".encode() * 30,
    "Ã©â€™".encode(),
    "\N{CLAPPER BOARD}".encode(),
    b"{",
    b"[" * 2000,
    b'{"a":' * 2000,
    b"}",
    b"null",
    b"true",
    b'"\\ud800"',
    b"\\u0000",
)

NASTY_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    10**400,
    0.5,
    -0.0,
    1e308,
    float("inf"),
    float("nan"),
    "",
    " ",
    "\x00",
    "\ud800",
    "\x1b[2J",
    "x" * 5_000,
    "2025-13-45",
    "0001-01-01",
    "9999-12-31T23:59:59.999999+23:59",
    "0001-01-01T00:00:00+14:00",
    [],
    {},
    [[]],
    [None],
    [{}],
    {"id": 1},
    {"id": 1, "name": "\x00"},
    {"results": None},
)


def mutated_bytes(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """The bytes after one to six edits; `others` are inputs to splice with."""
    for _ in range(random.randint(1, 6)):
        data = random.choice(_BYTE_EDITS)(random, data, others)
    return data[:LONGEST]


def mutated_json(random: Random, value: Any) -> Any:
    """A copy of a JSON value with one to four of its parts replaced, removed, repeated or nested."""
    value = copy.deepcopy(value)
    for _ in range(random.randint(1, 4)):
        value = _edited(random, value, random.randint(0, 4))
    return value


def _edited(random: Random, value: Any, depth: int) -> Any:
    if depth and isinstance(value, dict) and value:
        name = random.choice(list(value))
        match random.randint(0, 5):
            case 0:
                del value[name]
            case 1:
                value[random.choice(("id", "title", "results", "page", name.upper(), ""))] = value[name]
            case _:
                value[name] = _edited(random, value[name], depth - 1)
        return value
    if depth and isinstance(value, list) and value:
        index = random.randrange(len(value))
        match random.randint(0, 5):
            case 0:
                del value[index]
            case 1:
                value *= 3
            case _:
                value[index] = _edited(random, value[index], depth - 1)
        return value
    if random.random() < 0.1:
        nested: Any = value
        for _ in range(random.choice((1, 10, 200))):
            nested = random.choice(([nested], {"id": nested}))
        return nested
    return copy.deepcopy(random.choice(NASTY_VALUES))


def _insert(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.choice(NASTY_BYTES) * random.choice((1, 1, 1, 2, 50)) + data[at:]


def _remove(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + data[at + random.choice((1, 1, 2, 10, 100)) :]


def _flip(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    if not data:
        return data
    changed = bytearray(data)
    for _ in range(random.randint(1, 8)):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _repeat(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(data))
    piece = data[at : at + random.choice((1, 10, 100))]
    return data[:at] + piece * random.choice((2, 10, 300)) + data[at:]


def _lines(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    lines = data.splitlines(keepends=True)
    if len(lines) > 1:
        first, second = random.randrange(len(lines)), random.randrange(len(lines))
        match random.randint(0, 2):
            case 0:
                lines[first], lines[second] = lines[second], lines[first]
            case 1:
                del lines[first]
            case _:
                lines.insert(second, lines[first])
    return b"".join(lines)


def _fields(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    fields = lines[at].split(b",")
    fields[random.randrange(len(fields))] = random.choice(NASTY_BYTES)
    random.shuffle(fields)
    lines[at] = b",".join(fields)
    return b"\n".join(lines)


def _delimiters(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data.replace(random.choice((b",", b"\t", b";")), random.choice((b",", b"\t", b";", b'"', b"\n")))


def _splice(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    other = random.choice(others)
    return data[: random.randint(0, len(data))] + other[random.randint(0, len(other)) :]


def _recode(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(random.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252", "utf-32")), "replace")


_BYTE_EDITS: tuple[Callable[[Random, bytes, Sequence[bytes]], bytes], ...] = (
    _insert,
    _insert,
    _remove,
    _flip,
    _repeat,
    _lines,
    _fields,
    _delimiters,
    _splice,
    _recode,
)
