"""The films a test server knows, and the order in which a search finds them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

_WORD = re.compile(r"\w+")

Film = dict[str, Any]


class Catalogue:
    """Films by id. They may be added and removed while the server runs; keys a film lacks get TMDB's empty values."""

    def __init__(self, films: Iterable[Film] = ()) -> None:
        self._films: dict[int, Film] = {}
        for film in films:
            self.add(film)

    def add(self, film: Film) -> None:
        self._films[film["id"]] = film

    def remove(self, tmdb_id: int) -> None:
        del self._films[tmdb_id]

    def get(self, tmdb_id: int) -> Film | None:
        return self._films.get(tmdb_id)

    def search(self, query: str, *, year: int | None = None, include_adult: bool = False) -> list[Film]:
        """Films with a title that has every word of the query: closest title first, then the most popular."""
        wanted = _words(query)
        ranked = []
        for film in list(self._films.values()):
            if film.get("adult") and not include_adult:
                continue
            if year is not None and not str(film.get("release_date", "")).startswith(str(year)):
                continue
            overlap = max(_overlap(wanted, _words(title)) for title in _titles(film))
            if overlap:
                ranked.append((-overlap, -film.get("popularity", 0), film["id"], film))
        return [film for *_, film in sorted(ranked, key=lambda entry: entry[:3])]


def _titles(film: Film) -> list[str]:
    alternatives = film.get("alternative_titles", {}).get("titles", [])
    return [film["title"], film.get("original_title", ""), *(entry["title"] for entry in alternatives)]


def _overlap(wanted: frozenset[str], words: frozenset[str]) -> float:
    """The part of a title's words that was asked for; 0 unless all that was asked for is there."""
    return len(wanted) / len(words) if words and wanted <= words else 0.0


def _words(text: str) -> frozenset[str]:
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("'", ""))
    return frozenset(_WORD.findall("".join(char for char in decomposed if not unicodedata.combining(char))))
