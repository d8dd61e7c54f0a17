"""The forms in which a release title is looked up.

Box-office lists write titles their own way: numbered episodes and subtitles set off by punctuation that TMDB's
title may lack. The forms are general; which film is meant is decided by matching, not here.
"""

from __future__ import annotations

import re
from typing import Final

_EPISODE: Final = re.compile(r"\bEpisode\s+(?:[IVXLC]+|\d+)\b", re.IGNORECASE)
# A hyphen inside a word belongs to the word; set off by a space it separates.
_PUNCTUATION: Final = re.compile(r"[:;–—]|(?<!\w)-|-(?!\w)")


def search_forms(title: str) -> tuple[str, ...]:
    """One or two queries: the title as it is, then without an episode's number and the punctuation of a subtitle."""
    as_is = " ".join(title.split())
    plain = " ".join(_PUNCTUATION.sub(" ", _EPISODE.sub(" ", as_is)).split())
    return (as_is, plain) if plain and plain != as_is else (as_is,)
