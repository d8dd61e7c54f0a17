"""Text to records: line ends, delimiters and quotes, and nothing about what the fields mean.

Quoting is the standard library's csv in strict mode. What is added here: physical line numbers, the raw text of each
record, limits, and an answer to a quote that is never closed. Such a quote must not swallow the lines after it, so a
record that spans several lines is believed only when its quotes are balanced within MAX_RECORD_LINES and it has as
many fields as the header; otherwise its first line alone is the faulty record and reading goes on with the next line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from movie_assets.brands.errors import BrandFileError

MAX_LINES = 250_000
MAX_RECORD_LINES = 20
MAX_RECORD_CHARS = 65_536

DELIMITER_NAMES = {"\t": "tab", ",": "comma", ";": "semicolon"}

_LINE_END = re.compile(r"\r\n|\n|\r")


class Place(NamedTuple):
    """The start of a line: its offset in the text and its 1-based number."""

    offset: int
    line: int


START = Place(0, 1)


class Record(NamedTuple):
    """A record: where it starts, its text without the final line end, its fields, and what is wrong with its shape."""

    line: int
    raw: str
    fields: tuple[str, ...]
    problem: str | None

    @property
    def is_blank(self) -> bool:
        """Whether it holds no text at all: an empty line, or the rows of bare delimiters that spreadsheets append."""
        return self.problem is None and not any(field.strip() for field in self.fields)


class _Line(NamedTuple):
    content_end: int
    following: Place


def read_record(
    text: str, place: Place, *, delimiter: str, source: str, width: int | None = None
) -> tuple[Record, Place]:
    """The record at `place`, which must lie before the end of `text`, and the place after it.

    With `width`, a record with another number of fields has a problem; empty fields beyond it are dropped.
    Raises BrandFileError for a line longer than MAX_RECORD_CHARS and for more than MAX_LINES lines.
    """
    lines: list[_Line] = []
    reader = csv.reader(
        _lines_of_one_record(text, place, source, lines), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    try:
        fields = _without_empty_tail(next(reader), width)
    except csv.Error:
        return _first_line_only(text, place, lines[0])
    record = Record(place.line, text[place.offset : lines[-1].content_end], tuple(fields), None)
    if width is not None and len(fields) != width and not record.is_blank:
        problem = _width_problem(len(fields), width, delimiter)
        if len(lines) > 1:
            return _first_line_only(
                text, place, lines[0], f"; as a record of {len(lines)} lines it would have {problem}"
            )
        record = record._replace(problem=problem)
    return record, lines[-1].following


def read_records(text: str, place: Place, *, delimiter: str, source: str, width: int) -> Iterator[Record]:
    """Every record from `place` to the end of `text`, blank ones included. Raises as `read_record` does."""
    while place.offset < len(text):
        record, place = read_record(text, place, delimiter=delimiter, source=source, width=width)
        yield record


def _lines_of_one_record(text: str, place: Place, source: str, lines: list[_Line]) -> Iterator[str]:
    """Physical lines with their ends, as far as one record may reach; each one handed out is noted in `lines`."""
    start = place
    while place.offset < len(text) and len(lines) < MAX_RECORD_LINES:
        line = _line_at(text, place)
        if place.line > MAX_LINES:
            raise BrandFileError.about(
                source,
                expected=f"at most {MAX_LINES:,} lines",
                found="more",
                remedy="Check that this is a brand file, or split it.",
            )
        if line.content_end - place.offset > MAX_RECORD_CHARS:
            raise BrandFileError.about(
                source,
                line=place.line,
                expected=f"lines of at most {MAX_RECORD_CHARS:,} characters",
                found=f"{line.content_end - place.offset:,} characters",
                remedy="Check that this is a brand file with one brand on each line.",
            )
        if line.content_end - start.offset > MAX_RECORD_CHARS:
            return
        lines.append(line)
        yield text[place.offset : line.following.offset]
        place = line.following


def _line_at(text: str, place: Place) -> _Line:
    end = _LINE_END.search(text, place.offset)
    if end is None:
        return _Line(len(text), Place(len(text), place.line + 1))
    return _Line(end.start(), Place(end.end(), place.line + 1))


def _first_line_only(text: str, place: Place, line: _Line, also: str = "") -> tuple[Record, Place]:
    problem = (
        'the double quotes are not balanced: a field that opens with " closes with " right before a delimiter or the '
        f'line end, within {MAX_RECORD_LINES} lines, and a " inside it is written twice{also}'
    )
    return Record(place.line, text[place.offset : line.content_end], (), problem), line.following


def _without_empty_tail(fields: Sequence[str], width: int | None) -> Sequence[str]:
    end = len(fields)
    while width is not None and end > width and not fields[end - 1].strip():
        end -= 1
    return fields[:end]


def _width_problem(found: int, width: int, delimiter: str) -> str:
    return (
        f"{found} {'field' if found == 1 else 'fields'} where the header has {width}; a field that contains a "
        f"{DELIMITER_NAMES[delimiter]} is enclosed in double quotes"
    )
