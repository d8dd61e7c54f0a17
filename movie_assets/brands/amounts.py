"""A field to a whole number: one reading or none.

Accepted: plain digits; thousands in threes, or in the Indian way (one or two digits, then twos, then three), with one
separator throughout (comma, dot, apostrophe, any space); a decimal part of exactly two zeros after another separator.
So `1.234` is 1234, while `1.5` and `12.34` are rejected: nothing says whether dollars, cents or millions were meant.
Leading zeros are rejected too: where hyphens became zeros, `0123` was `-123`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from movie_assets.brands.errors import quoted

MAX_DIGITS = 18  # the largest such number, 10**18 - 1, fits a 64-bit integer

RULE_FOREIGN_CURRENCY = "foreign_currency_sign_ignored"

_MINUS_SIGNS = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_MISSING = {
    "n/a",
    "na",
    "n.a.",
    "nan",
    "none",
    "null",
    "nil",
    "unknown",
    "?",
    ".",
    "..",
    "...",
    "\N{HORIZONTAL ELLIPSIS}",
}

_CURRENCIES = {
    r"US ?\$|\$ ?US|USD|\$": "USD",
    "€|EUR": "EUR",
    "£|GBP": "GBP",
    "¥|JPY": "JPY",
    "₹|INR": "INR",
}
_SIGN = "|".join(_CURRENCIES)
_SIGN_BEFORE = re.compile(_SIGN, re.IGNORECASE)
_SIGN_AFTER = re.compile(rf"(?:{_SIGN})\Z", re.IGNORECASE)

_MAGNITUDE = re.compile(
    r"[0-9][0-9., ']*(?:k|m|mm|mn|mio|mln|millions?|millionen|b|bn|bio|mrd|md|billions?|milliards?|t|tn|trillions?|"
    r"thousand|cr|crores?|lakhs?)\.?",
    re.IGNORECASE,
)
_CENTS = re.compile(r"(?P<whole>.*)(?P<point>[.,])(?P<cents>[0-9]{1,2})")
_PLAIN = re.compile(r"0|[1-9][0-9]*")
_IN_THREES = re.compile(r"[1-9][0-9]{0,2}(?P<separator>[,.' ])[0-9]{3}(?:(?P=separator)[0-9]{3})*")
_INDIAN = re.compile(r"[1-9][0-9]?(?P<separator>[,.' ])(?:[0-9]{2}(?P=separator))+[0-9]{3}")


class NotAWholeNumberError(ValueError):
    """The text has no reading as a whole number, or more than one; the message says why and what is accepted."""


class WholeNumber(NamedTuple):
    """A number, and the currency other than US dollars that its sign claimed, if any."""

    value: int
    foreign_currency: str | None


def parse_amount(text: str) -> WholeNumber:
    """Whole US dollars, with or without a currency sign before or after. Raises NotAWholeNumberError."""
    plain = _plain_characters(text)
    before = _SIGN_BEFORE.match(plain)
    start = before.end() if before else 0
    after = _SIGN_AFTER.search(plain, start)
    number = plain[start : after.start() if after else len(plain)].strip(" ")
    currencies = {_currency(sign.group()) for sign in (before, after) if sign}
    if len(currencies) > 1:
        raise _not_an_amount(text, f"names two currencies ({', '.join(sorted(currencies))})")
    try:
        value = _whole(number)
    except NotAWholeNumberError as error:
        raise _not_an_amount(text, str(error)) from None
    foreign = currencies - {"USD"}
    return WholeNumber(value, foreign.pop() if foreign else None)


def parse_count(text: str) -> int:
    """A number of things, zero or more, with the separators of an amount. Raises NotAWholeNumberError."""
    try:
        return _whole(_plain_characters(text))
    except NotAWholeNumberError as error:
        raise NotAWholeNumberError(f"{quoted(text)} {error}; accepted: a whole number such as 69 or 1,069") from None


def _not_an_amount(text: str, problem: str) -> NotAWholeNumberError:
    return NotAWholeNumberError(
        f"{quoted(text)} {problem}; accepted: whole US dollars such as 1234567, $1,234,567 or 1.234.567"
    )


def _plain_characters(text: str) -> str:
    """Full-width and styled digits and signs as ASCII, one kind of space and of apostrophe, trimmed.

    A superscript or a fraction stays as it is, although NFKC would make it a digit: `1²` is not 12. The digits of
    other scripts stay too, because NFKC has no ASCII form for them.
    """
    return "".join(map(_plain_character, text)).strip(" \t\r\n")


def _plain_character(character: str) -> str:
    if character.isascii():
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    if character == "\N{RIGHT SINGLE QUOTATION MARK}":
        return "'"
    compatible = unicodedata.normalize("NFKC", character)
    if unicodedata.category(character) == "Nd" or unicodedata.decomposition(character).startswith("<wide>"):
        return compatible
    return character


def _currency(sign: str) -> str:
    return next(code for pattern, code in _CURRENCIES.items() if re.fullmatch(pattern, sign, re.IGNORECASE))


def _whole(number: str) -> int:
    """The value of digits and separators; otherwise NotAWholeNumberError with the problem as a verb phrase."""
    cents = _CENTS.fullmatch(number)
    if cents and cents["point"] not in cents["whole"] and _is_grouped(cents["whole"]) and cents["cents"] == "00":
        number = cents["whole"]
    if not _is_grouped(number):
        raise NotAWholeNumberError(_problem(number, cents))
    digits = re.sub("[^0-9]", "", number)
    if len(digits) > MAX_DIGITS:
        raise NotAWholeNumberError(f"has {len(digits)} digits, more than {MAX_DIGITS}")
    return int(digits)


def _is_grouped(number: str) -> bool:
    return any(pattern.fullmatch(number) for pattern in (_PLAIN, _IN_THREES, _INDIAN))


def _problem(number: str, cents: re.Match[str] | None) -> str:
    problem = "has digits that are not grouped in threes or in the Indian way"
    if not number:
        problem = "is empty"
    elif number.casefold() in _MISSING or not number.strip(_MINUS_SIGNS):
        problem = "stands for a missing value"
    elif number[0] in _MINUS_SIGNS or number[-1] in _MINUS_SIGNS or (number[0] == "(" and number[-1] == ")"):
        problem = "is negative"
    elif _MAGNITUDE.fullmatch(number):
        problem = "is abbreviated, so its digits are not all there"
    elif not re.fullmatch("[0-9., ']+", number):
        problem = "has characters that are neither digits, thousands separators nor a currency sign"
    elif re.fullmatch("0[0-9]+", number):
        problem = "has leading zeros"
    elif cents and cents["cents"] != "00" and _is_grouped(cents["whole"]):
        problem = f"ends in {cents['point']}{cents['cents']}, which is not a thousands group and not .00"
    elif len(set(re.sub("[0-9]", "", number))) > 1:
        problem = "mixes thousands separators"
    return problem
