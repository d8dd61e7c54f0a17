"""One release, one spelling: brands of a file that share their #1 release name it alike.

Copies of the public list drop the ordinal from a sequel's title in one line and keep it in another (`Star Wars: The
Force Awakens` beside `Star Wars: Episode VII - The Force Awakens`). Two lines name the same release for certain when
their grosses are equal to the dollar and their titles are equal, word for word, but for an ordinal with words of the
title after it. (`The Godfather` beside `The Godfather: Part II` are two films, one gross is wrong.) The complete title
is then taken in both. Where two complete titles disagree, nothing is changed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from movie_assets.brands.model import BrandRow, Repair

RULE_SEQUEL_ORDINAL = "sequel_ordinal_taken_from_the_same_release"

_ORDINAL = re.compile(r"\b(?:Episode|Part|Chapter|Volume|Vol\.?) (?:[IVX]+|[0-9]{1,2})(?=[:–-]? \W*\w)", re.IGNORECASE)

_Release = tuple[int, tuple[str, ...]]


def complete_titles(brands: Sequence[BrandRow]) -> tuple[list[BrandRow], list[Repair]]:
    """The rows in their order, each with its release's complete title, and the changes that were made."""
    complete: defaultdict[_Release, set[str]] = defaultdict(set)
    for row in brands:
        if _ORDINAL.search(row.top_release):
            complete[_release(row)].add(row.top_release)
    rows: list[BrandRow] = []
    repairs: list[Repair] = []
    for row in brands:
        titles = complete.get(_release(row), set()) if row.top_release_gross_usd > 0 else set()
        if len(titles) == 1 and not _ORDINAL.search(row.top_release):
            (title,) = titles
            repairs.append(Repair(row.source_line, "top_release", row.top_release, title, RULE_SEQUEL_ORDINAL))
            rows.append(replace(row, top_release=title))
        else:
            rows.append(row)
    return rows, repairs


def _release(row: BrandRow) -> _Release:
    words = re.findall(r"\w+", _ORDINAL.sub(" ", row.top_release).casefold())
    return row.top_release_gross_usd, tuple(words)
