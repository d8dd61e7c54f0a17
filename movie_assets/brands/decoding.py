"""Bytes to text: which encoding a file is in, decided only by evidence in the bytes.

The order is: a byte order mark, then the NUL pattern of UTF-16, then valid UTF-8, then Windows-1252. Every decoding is
strict: a byte that has no meaning fails the file instead of becoming a replacement character.
"""

from __future__ import annotations

import codecs
from typing import NamedTuple

from movie_assets.brands.errors import BrandFileError

# How much of a file without a byte order mark is looked at, and how much of it has to be the zero half of a UTF-16
# character. A header is nearly all Latin letters, so in UTF-16 nearly every second byte of it is zero.
_UTF16_SAMPLE_BYTES = 64
_UTF16_NUL_SHARE = 0.75
_UTF16_MIN_BYTES = 8

_EXPECTED = "text in UTF-8, UTF-16 or Windows-1252"
_REMEDY = "Save the file as CSV in UTF-8."


class DecodedText(NamedTuple):
    """The text without a byte order mark, and the name of the encoding it was in."""

    text: str
    encoding: str


def decode(data: bytes, *, source: str) -> DecodedText:
    """The text of a brand file. Raises BrandFileError when no encoding fits or the text holds NUL characters."""
    mark, encoding = _declared_encoding(data)
    if encoding is None:
        encoding = _utf16_by_nul_pattern(data)
    if encoding is not None:
        text = _decode_strictly(data[len(mark) :], encoding, source)
    else:
        try:
            text, encoding = data.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            text, encoding = _decode_strictly(data, "cp1252", source), "cp1252"
    if "\0" in text:
        raise BrandFileError.about(
            source,
            expected=_EXPECTED,
            found=f"a NUL character at position {text.index(chr(0)) + 1:,}, as in a binary file",
            remedy=_REMEDY,
        )
    return DecodedText(text, "utf-8-sig" if mark == codecs.BOM_UTF8 else encoding)


def _declared_encoding(data: bytes) -> tuple[bytes, str | None]:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return mark, encoding
    return b"", None


def _utf16_by_nul_pattern(data: bytes) -> str | None:
    sample = data[:_UTF16_SAMPLE_BYTES]
    if len(sample) < _UTF16_MIN_BYTES:
        return None
    even, odd = sample[0::2], sample[1::2]
    if not even.count(0) and odd.count(0) >= _UTF16_NUL_SHARE * len(odd):
        return "utf-16-le"
    if not odd.count(0) and even.count(0) >= _UTF16_NUL_SHARE * len(even):
        return "utf-16-be"
    return None


def _decode_strictly(data: bytes, encoding: str, source: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        wrong = data[error.start : error.start + 4].hex(" ")
        raise BrandFileError.about(
            source,
            expected=_EXPECTED,
            found=f"bytes that are not valid {encoding} at position {error.start + 1:,} ({wrong})",
            remedy=_REMEDY,
        ) from None
