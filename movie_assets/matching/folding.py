"""Titles folded to keys: what spelling and typing leave open is taken out, and nothing else is changed."""

from __future__ import annotations

import unicodedata

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "ng",
    }
)
_SUPERSCRIPTS = str.maketrans({digit: f" {value}" for value, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")})
# Signs whose compatibility form would run into the word or number before them (33⅓ is 33 1/3, not 331/3) or split it.
_SIGNS = str.maketrans(
    {sign: f" {unicodedata.normalize('NFKC', sign)}" for sign in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"} | {"™": " ", "℠": " ", "´": "'"}
)
APOSTROPHES = frozenset("'’‘ʼʻ`´′＇")


class _Folding(dict[int, str]):
    """Character -> what stands for it in a key; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character in APOSTROPHES or _is_invisible(character):
            folded = ""
        elif character in "&+":
            folded = f" {character} "
        elif character.isalnum() or unicodedata.category(character).startswith("M"):
            folded = character
        else:
            folded = " "
        self[code] = folded
        return folded


def _is_invisible(character: str) -> bool:
    # Soft hyphens, zero-width spaces, writing directions, and the selectors that make a sign an emoji.
    return unicodedata.category(character) == "Cf" or unicodedata.name(character, "").startswith("VARIATION SELECTOR")


_FOLDING = _Folding()


def spelling_key(title: str) -> str:
    """The tier 1 key; a title without letters and digits stands for itself."""
    composed = title if title.isascii() else unicodedata.normalize("NFKC", title.translate(_SIGNS))
    return _squeezed(composed.casefold().translate(_FOLDING)) or _squeezed(composed) or _squeezed(title)


def plain_key(title: str) -> str:
    """The tier 2 key: letters and digits only, separated by single spaces; empty when none remain."""
    folded = _unaccented(title).translate(_FOLDING).replace("&", "and").replace("+", "and")
    return _squeezed(folded) if any(character.isalnum() for character in title) else ""


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _unaccented(title: str) -> str:
    if title.isascii():
        return title.casefold()
    separated = title.translate(_SUPERSCRIPTS).translate(_SIGNS)
    # Compatibility forms can be capitals, such as ℂ's C, and only the base letters of accented ones fold alike.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", separated).casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character)).translate(_LETTERS)
