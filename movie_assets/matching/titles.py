"""Title keys: the strings by which two spellings of one title meet.

A title answers to several keys. A key's tier tells how far the title was rewritten to get there:

    1  spelling      Unicode compatibility forms, case, apostrophes, punctuation and white space
    2  plain         also accents, special letters, superscripts, & and +
    3  rewritten     also sequel numerals, "Episode N", vs./versus, Vol./Volume, possessive prefixes, ", The", (year)
    4  loose         also without a series or an owner before the title, numbers in words anywhere, "Part" left out

Two titles agree at the weaker tier of the key that both have, and at tier 4 only if one of them is not loose. Articles
are moved, never dropped: The Heat is not Heat. A fifth tier, `ALIKE`, is no key: it marks films that merely look alike.
"""

from __future__ import annotations

import re

from movie_assets.matching.folding import plain_key, spelling_key
from movie_assets.matching.rewriting import (
    bare_note_keys,
    damage_keys,
    is_written_one_way,
    loose_keys,
    rewritten_keys,
    without_note,
)

__all__ = ["plain_key", "release_keys", "search_titles", "spelling_key", "title_keys", "title_year"]

SPELLING, PLAIN, REWRITTEN, LOOSE, ALIKE = 1, 2, 3, 4, 5

_YEAR_LAST = re.compile(r"[(\[]((?:18|19|20)\d\d)[)\]]\s*$")


def title_keys(title: str) -> dict[str, int]:
    """Every key that `title` answers to, with its tier; empty only for a blank title.

    >>> title_keys("Spider-Man: No Way Home")
    {'spider man no way home': 1, 'spiderman no way home': 3, 'no way home': 4}
    >>> title_keys("Rocky II")
    {'rocky ii': 1, 'rocky 2': 3}
    """
    if is_written_one_way(title):
        return {title.lower(): SPELLING}
    return every_key(title)


def every_key(title: str) -> dict[str, int]:
    """`title_keys` by every rule, whether or not one applies."""
    spelled = spelling_key(title)
    keys = {spelled: SPELLING} if spelled else {}
    plain = plain_key(title)
    if plain:
        keys.setdefault(plain, PLAIN)
    for rewritten in rewritten_keys(title):
        keys.setdefault(rewritten, REWRITTEN)
    for loose in loose_keys(title):
        keys.setdefault(loose, LOOSE)
    return keys


def release_keys(title: str) -> dict[str, int]:
    """Every key of a brand file's title, with its tier: `title_keys` and those that undo the damage of exports."""
    keys = title_keys(title)
    for repaired in damage_keys(title):
        if keys.get(repaired, LOOSE) == LOOSE:
            keys[repaired] = REWRITTEN
    for shortened in bare_note_keys(title):
        keys.setdefault(shortened, LOOSE)
    return keys


def title_year(title: str) -> int | None:
    """The year in brackets behind a title; the year of a re-release is none.

    >>> title_year("Halloween (2018)")
    2018
    >>> title_year("Blade Runner 2049")
    """
    found = _YEAR_LAST.search(title)
    return int(found[1]) if found else None


def search_titles(title: str) -> list[str]:
    """What to ask a search for, best first: the title, without notes, and every key by which a film may answer.

    >>> search_titles("Rocky II")
    ['Rocky II', 'rocky 2']
    """
    shortened = without_note(title.strip())
    asked = {spelling_key(form): form for form in (title.strip(), shortened)}
    for key in release_keys(title):
        asked.setdefault(key, key)
    return list(asked.values())
