"""One record to one brand, or to every reason why it is none."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from movie_assets.brands.amounts import RULE_FOREIGN_CURRENCY, NotAWholeNumberError, parse_amount, parse_count
from movie_assets.brands.errors import quoted
from movie_assets.brands.headers import Header
from movie_assets.brands.model import BrandRow, Column, RejectedLine, Repair
from movie_assets.brands.records import Record
from movie_assets.brands.repairs import (
    RULE_COMMAS_IN_LIST,
    RULE_HYPHEN_AFTER_NUMERAL,
    RULE_HYPHEN_IN_WORD,
    RULE_MOJIBAKE,
    repair_commas_in_list,
    repair_hyphen_after_numeral,
    repair_hyphen_in_word,
    repair_mojibake,
)

# Line ends and tabs are white space and collapse. The joiners are letters' own parts in several scripts.
_WHITE_SPACE_CONTROLS = "\t\n\r"
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"

_PUNCTUATION_REPAIRS: tuple[tuple[str, Callable[[str], str]], ...] = (
    (RULE_HYPHEN_IN_WORD, repair_hyphen_in_word),
    (RULE_HYPHEN_AFTER_NUMERAL, repair_hyphen_after_numeral),
    (RULE_COMMAS_IN_LIST, repair_commas_in_list),
)


class ReadRow(NamedTuple):
    """An accepted row and what was repaired in it."""

    row: BrandRow
    repairs: tuple[Repair, ...]


def read_row(record: Record, header: Header) -> ReadRow | RejectedLine:
    """The brand in a record that is not blank."""
    if record.problem is not None:
        return RejectedLine(record.line, record.raw, (record.problem,))
    fields = _Fields(record, header)
    row = BrandRow(
        brand=fields.text("brand"),
        total_gross_usd=fields.amount("total_gross_usd"),
        releases=fields.count("releases"),
        top_release=fields.text("top_release"),
        top_release_gross_usd=fields.amount("top_release_gross_usd"),
        source_line=record.line,
    )
    if fields.reasons:
        return RejectedLine(record.line, record.raw, tuple(fields.reasons))
    return ReadRow(row, tuple(fields.repairs))


class _Fields:
    """Reads the fields of one record and gathers what is wrong with them instead of stopping at the first.

    A field with a reason against it yields an empty text or zero, which never leaves this module.
    """

    def __init__(self, record: Record, header: Header) -> None:
        self._record = record
        self._header = header
        self.reasons: list[str] = []
        self.repairs: list[Repair] = []

    def text(self, column: Column) -> str:
        found = self._found(column)
        text = self._repaired(column, RULE_MOJIBAKE, found, repair_mojibake(found))
        unseen = sorted({character for character in text if _is_unseen(character)})
        if unseen:
            codes = ", ".join(f"U+{ord(character):04X}" for character in unseen)
            self._reject(
                column, f"{quoted(found)} has control characters or lost letters ({codes}); accepted: plain text"
            )
            return ""
        text = " ".join(unicodedata.normalize("NFC", text).split())
        if not text:
            self._reject(column, "is empty; accepted: a name")
        for rule, repair in _PUNCTUATION_REPAIRS:
            text = self._repaired(column, rule, text, repair(text))
        return text

    def amount(self, column: Column) -> int:
        found = self._found(column)
        try:
            value, foreign_currency = parse_amount(found)
        except NotAWholeNumberError as error:
            return self._reject(column, str(error))
        if foreign_currency:
            self._repaired(column, RULE_FOREIGN_CURRENCY, found, str(value))
        return value

    def count(self, column: Column) -> int:
        try:
            return parse_count(self._found(column))
        except NotAWholeNumberError as error:
            return self._reject(column, str(error))

    def _found(self, column: Column) -> str:
        return self._record.fields[self._header.positions[column]]

    def _reject(self, column: Column, problem: str) -> int:
        self.reasons.append(f"{column} (header {quoted(self._header.texts[column])}): {problem}")
        return 0

    def _repaired(self, column: Column, rule: str, before: str, after: str) -> str:
        if after != before:
            self.repairs.append(Repair(self._record.line, column, before, after, rule))
        return after


def _is_unseen(character: str) -> bool:
    """Whether a reader would not see it: two brands could look the same and differ. U+FFFD marks a lost letter."""
    if character in _WHITE_SPACE_CONTROLS or character in _JOINERS:
        return False
    return character == "\N{REPLACEMENT CHARACTER}" or unicodedata.category(character) in {"Cc", "Cf"}
