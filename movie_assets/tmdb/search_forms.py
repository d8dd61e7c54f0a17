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
_WORD: Final = re.compile(r"\w+")
# A subtitle of one word names half of all films.
_SUBTITLE_WORDS: Final = 2


def search_forms(title: str) -> tuple[str, ...]:
    """One to three queries, all different.

    The title as it is; without an episode's number and the punctuation of a subtitle; the subtitle alone, if it has
    two words or more.
    """
    as_is = " ".join(title.split())
    parts = [" ".join(part.split()) for part in _PUNCTUATION.split(_EPISODE.sub(" ", as_is))]
    parts = [part for part in parts if part]
    forms = [as_is, " ".join(parts)]
    if len(parts) > 1 and len(_WORD.findall(parts[-1])) >= _SUBTITLE_WORDS:
        forms.append(parts[-1])
    return tuple(form for form in dict.fromkeys(forms) if form)


def names_the_title(query: str, title: str) -> bool:
    """Whether a film's title is the query, word for word, whatever the case and the punctuation."""
    return _WORD.findall(query.casefold()) == _WORD.findall(title.casefold())
