"""The header line: its delimiter, and which field holds which column.

The delimiter is the one under which the header names every column; nothing is inferred from the data. Names are
compared without case, accents, white space and punctuation.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from movie_assets.brands.errors import BrandFileError, quoted
from movie_assets.brands.model import COLUMNS, Column
from movie_assets.brands.records import DELIMITER_NAMES, START, Place, read_record
from movie_assets.brands.repairs import repair_mojibake

# The way "#1" is written before the word for a release; `#` itself is punctuation and ignored.
_NUMBER_ONE = ("1", "no1", "nr1", "n1", "num1", "number1", "numero1")
_RELEASE_WORDS = (
    "release",
    "sortie",
    "veröffentlichung",
    "estreno",
    "lanzamiento",
    "uscita",
    "lançamento",
    "estreia",
)

_NAMES: Mapping[Column, tuple[str, ...]] = {
    "brand": ("Brand", "Brands", "Brand name", "Franchise", "Marque", "Marke", "Marca", "Franquicia", "Franquia"),
    "total_gross_usd": (
        "Total",
        "Total gross",
        "Total gross USD",
        "Total grossing for all movies",
        "Gesamt",
        "Totale",
    ),
    "releases": (
        "Releases",
        "Number of releases",
        "Total releases",
        "Total movie released",
        "Total movies released",
        "Sorties",
        "Veröffentlichungen",
        "Estrenos",
        "Lanzamientos",
        "Uscite",
        "Lançamentos",
        "Estreias",
    ),
    "top_release": (
        "#1 Release",
        "Top release",
        "Movie released",
        *(f"{number} {word}" for number in _NUMBER_ONE for word in _RELEASE_WORDS),
    ),
    "top_release_gross_usd": (
        "Lifetime gross",
        "Lifetime gross USD",
        "Lifetime grossing for movie",
        "Top release gross",
        "Top release gross USD",
        "Revenu à vie",
        "Revenus à vie",
        "Lebenszeiteinnahmen",
        "Einnahmen auf Lebenszeit",
        "Ingresos de por vida",
        "Recaudación de por vida",
        "Incasso a vita",
        "Incassi a vita",
        "Receita vitalícia",
        "Bilheteria vitalícia",
    ),
}

_MAX_LISTED_HEADERS = 30


class Header(NamedTuple):
    """A header that names every column once. `positions` and `texts` have every column; `following` is the data."""

    delimiter: str
    width: int
    positions: Mapping[Column, int]
    texts: Mapping[Column, str]
    ignored: tuple[str, ...]
    following: Place


class _Reading(NamedTuple):
    delimiter: str
    fields: tuple[str, ...]
    columns: tuple[Column | None, ...]
    line: int
    following: Place

    @property
    def missing(self) -> list[Column]:
        return [column for column in COLUMNS if column not in self.columns]


def read_header(text: str, *, source: str) -> Header:
    """The header in the first record of `text` that is not blank.

    Raises BrandFileError when there is no such record, when no delimiter or more than one makes it name every column,
    and when two of its fields name the same column.
    """
    readings = [_read_with(delimiter, text, source) for delimiter in DELIMITER_NAMES]
    complete = [reading for reading in readings if not reading.missing]
    if not complete:
        raise _incomplete(max(readings, key=_nearness), source)
    if len(complete) > 1:
        raise BrandFileError.about(
            source,
            line=complete[0].line,
            expected="a header that names every column under one delimiter",
            found="every column under " + " and under ".join(DELIMITER_NAMES[each.delimiter] for each in complete),
            remedy="Keep one header and one delimiter.",
        )
    return _header(complete[0], source)


def _read_with(delimiter: str, text: str, source: str) -> _Reading:
    place = START
    while place.offset < len(text):
        record, following = read_record(text, place, delimiter=delimiter, source=source)
        if not record.is_blank:
            fields = [repair_mojibake(field).strip() for field in record.fields]
            while fields and not fields[-1]:
                fields.pop()
            columns = tuple(_COLUMN_BY_KEY.get(_key(field)) for field in fields)
            return _Reading(delimiter, tuple(fields), columns, record.line, following)
        place = following
    raise BrandFileError.about(
        source,
        expected=_expected(COLUMNS),
        found="an empty file",
        remedy="Check that the file was written completely, then export it again.",
    )


def _header(reading: _Reading, source: str) -> Header:
    positions: dict[Column, int] = {}
    ignored: list[str] = []
    for position, (field, column) in enumerate(zip(reading.fields, reading.columns, strict=True)):
        if column is None:
            ignored.append(field or f"(column {position + 1}, no name)")
        elif column in positions:
            raise BrandFileError.about(
                source,
                line=reading.line,
                column=field,
                expected=f"one header for {column}",
                found=f"{quoted(reading.fields[positions[column]])} and {quoted(field)}",
                remedy="Rename or remove the one that holds something else.",
            )
        else:
            positions[column] = position
    return Header(
        delimiter=reading.delimiter,
        width=len(reading.fields),
        positions=positions,
        texts={column: reading.fields[positions[column]] for column in COLUMNS},
        ignored=tuple(ignored),
        following=reading.following,
    )


def _nearness(reading: _Reading) -> tuple[int, int]:
    return -len(reading.missing), len(reading.fields)


def _incomplete(reading: _Reading, source: str) -> BrandFileError:
    listed = ", ".join(quoted(field) for field in reading.fields[:_MAX_LISTED_HEADERS])
    more = len(reading.fields) - _MAX_LISTED_HEADERS
    return BrandFileError.about(
        source,
        line=reading.line,
        expected=f"a header with the columns {_expected(COLUMNS)}, separated by tab, comma or semicolon",
        found=f"{listed or 'a line whose double quotes are not balanced'}{f' and {more:,} more' if more > 0 else ''} "
        f"(as separated by {DELIMITER_NAMES[reading.delimiter]}), without {', '.join(reading.missing)}",
        remedy="Add the missing columns, or rename their headers to one of the accepted names.",
    )


def _expected(columns: Sequence[Column]) -> str:
    return ", ".join(f"{column} (such as {', '.join(_NAMES[column][:3])})" for column in columns)


def _key(header: str) -> str:
    """The letters and digits of a header, without case and accents."""
    decomposed = unicodedata.normalize("NFKD", header).casefold()
    return "".join(character for character in decomposed if character.isalnum())


_COLUMN_BY_KEY: Mapping[str, Column] = {_key(name): column for column in COLUMNS for name in (column, *_NAMES[column])}
