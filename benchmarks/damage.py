"""Release titles as careless lists write them: each kind of damage by itself, the same for every run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

_ROMAN = {"2": "II", "3": "III", "4": "IV", "5": "V", "6": "VI", "7": "VII", "8": "VIII", "9": "IX"}
_ARABIC = {roman: arabic for arabic, roman in _ROMAN.items()}
_SPELLED = {"2": "Two", "3": "Three", "4": "Four", "5": "Five", "6": "Six", "7": "Seven", "8": "Eight", "9": "Nine"}


def _swapped(title: str, words: Mapping[str, str]) -> str:
    return re.sub(r"(?<= )\w+(?=$|:| -)", lambda word: words.get(word[0], word[0]), title)


def _mojibake(title: str) -> str:
    return title.replace("'", "’").encode("utf-8").decode("cp1252", errors="ignore")


def _article_moved(title: str) -> str:
    return re.sub(r"^(The|A|An) (.+)$", r"\2, \1", title)


def _episode(title: str) -> str:
    without = re.sub(r"Episode [IVX]+ - ", "", title)
    return without if without != title else re.sub(r"^([^:]+): (.+)$", r"\1: Episode VII - \2", title)


DAMAGE: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "upper case": str.upper,
        "lower case": str.lower,
        "no commas": lambda title: title.replace(",", ""),
        "no punctuation": lambda title: " ".join(re.sub(r"[^\w\s]", "", title).split()),
        "punctuation to spaces": lambda title: " ".join(re.sub(r"[^\w\s]", " ", title).split()),
        "no colons": lambda title: title.replace(":", ""),
        "hyphens to 0": lambda title: title.replace("-", "0"),
        "mojibake": _mojibake,
        "curly apostrophes": lambda title: title.replace("'", "’"),
        "article moved": _article_moved,
        "article moved, no comma": lambda title: _article_moved(title).replace(",", ""),
        "and for &": lambda title: title.replace("&", "and"),
        "& for and": lambda title: title.replace(" and ", " & "),
        "HTML": lambda title: title.replace("&", "&amp;").replace("'", "&#39;"),
        "roman numerals": lambda title: _swapped(title, _ROMAN),
        "arabic numerals": lambda title: _swapped(title, _ARABIC),
        "numerals in words": lambda title: _swapped(title, _SPELLED),
        "episode dropped or inserted": _episode,
        "owner inserted": lambda title: f"Walt Disney's {title}",
        "year": lambda title: f"{title} (year)",
        "(3D)": lambda title: f"{title} (3D)",
        "3D": lambda title: f"{title} 3D",
        "(IMAX)": lambda title: f"{title} (IMAX)",
        "(Re-release)": lambda title: f"{title} (Re-release)",
        "double spaces": lambda title: title.replace(" ", "  "),
    }
)
"""Kinds of damage; the word `year` in the result stands for the film's year."""
