"""The films a test server knows, and the order in which searches and lists find them."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

_WORD = re.compile(r"\w+")

Film = dict[str, Any]
"""A film in the shape of its details. `people` and `crew`, which are not TMDB's, hold the ids of those who made it."""


@dataclass
class Quirks:
    """How far the lists fall short of what a client may hope for; shares are of pages.

    `repeated` pages begin with the row that ended the page before, in the place of their own first row. `short` pages
    lack a row. Which pages depends on the order that was asked for. `hidden` films are counted and never listed. With
    `rotating_popularity` a film's popularity is another one at every request.
    """

    repeated: float = 0.0
    short: float = 0.0
    hidden: frozenset[int] = frozenset()
    rotating_popularity: bool = False


class Catalogue:
    """Films by id. They may be added and removed while the server runs; keys a film lacks get TMDB's empty values."""

    def __init__(self, films: Iterable[Film] = ()) -> None:
        self.quirks = Quirks()
        self.companies: dict[int, str] = {}
        self.changes: list[tuple[date, int]] = []
        self._lock = threading.Lock()
        self._films: dict[int, Film] = {}
        self._titles: dict[int, list[frozenset[str]]] = {}
        self._lists: dict[frozenset[tuple[str, str]], list[Film]] = {}
        for film in films:
            self.add(film)

    def __len__(self) -> int:
        return len(self._films)

    def add(self, film: Film) -> None:
        with self._lock:
            self._films[film["id"]] = film
            self._titles[film["id"]] = [_words(title) for title in _titles(film)]
            self.companies.update({c["id"]: c["name"] for c in film.get("production_companies", [])})
            self._lists.clear()

    def remove(self, tmdb_id: int) -> None:
        with self._lock:
            del self._films[tmdb_id], self._titles[tmdb_id]
            self._lists.clear()

    def edit(self, tmdb_id: int, day: date, **values: Any) -> None:
        """Change a film and report the change on that day."""
        self.add({**self._films[tmdb_id], **values})
        self.changes.append((day, tmdb_id))

    def get(self, tmdb_id: int) -> Film | None:
        return self._films.get(tmdb_id)

    def films(self) -> list[Film]:
        with self._lock:
            return list(self._films.values())

    def search(self, query: str, *, year: int | None = None, include_adult: bool = False) -> list[Film]:
        """Films with a title that has every word of the query: closest title first, then the most popular."""
        wanted = _words(query)
        ranked = []
        for film in self.films():
            if film.get("adult") and not include_adult:
                continue
            if year is not None and not str(film.get("release_date", "")).startswith(str(year)):
                continue
            overlap = max(_overlap(wanted, words) for words in self._titles[film["id"]])
            if overlap:
                ranked.append((-overlap, -film.get("popularity", 0), film["id"], film))
        return [film for *_, film in sorted(ranked, key=lambda entry: entry[:3])]

    def discover(self, params: Mapping[str, str]) -> list[Film]:
        """Films that satisfy all filters, in the order of `sort_by`. Within equal values the order is by id."""
        key = frozenset((name, value) for name, value in params.items() if name != "page")
        found = self._lists.get(key)
        if found is None:
            filters = [_FILTERS[name](value) for name, value in params.items() if name in _FILTERS]
            filters += [] if params.get("include_adult") == "true" else [lambda film: not film.get("adult")]
            filters += [] if params.get("include_video") == "true" else [lambda film: not film.get("video")]
            field, _, direction = params.get("sort_by", "popularity.desc").partition(".")
            found = [film for film in self.films() if all(keeps(film) for keeps in filters)]
            found.sort(key=lambda film: (_sort_value(film, field), film["id"]), reverse=direction == "desc")
            self._lists[key] = found
        return found

    def changed(self, start: date, end: date) -> list[dict[str, Any]]:
        """Films changed on the days from `start` to `end`, each once, as /movie/changes lists them."""
        ids = dict.fromkeys(tmdb_id for day, tmdb_id in self.changes if start <= day <= end)
        films = [(tmdb_id, self._films.get(tmdb_id)) for tmdb_id in ids]
        return [{"id": tmdb_id, "adult": film.get("adult", False) if film else None} for tmdb_id, film in films]

    def search_companies(self, query: str) -> list[tuple[int, str]]:
        """Companies whose name has every word of the query."""
        return [(number, name) for number, name in self.companies.items() if _words(query) <= _words(name)]


def _at_least(field: str, default: Any, kind: Callable[[str], Any]) -> Callable[[str], Callable[[Film], bool]]:
    return lambda value: lambda film: (film.get(field) or default) >= kind(value)


def _at_most(field: str, default: Any, kind: Callable[[str], Any]) -> Callable[[str], Callable[[Film], bool]]:
    return lambda value: lambda film: (film.get(field) or default) <= kind(value)


def _with(ids_of: Callable[[Film], set[int]]) -> Callable[[str], Callable[[Film], bool]]:
    """TMDB's notation: a comma is AND, a bar is OR."""

    def parsed(value: str) -> Callable[[Film], bool]:
        groups = [{int(part) for part in group.split(",")} for group in value.split("|")]
        return lambda film: any(group <= ids_of(film) for group in groups)

    return parsed


def _ids(entries: list[dict[str, Any]]) -> set[int]:
    return {entry["id"] for entry in entries}


# A film without a date is in no window of dates.
_FILTERS: dict[str, Callable[[str], Callable[[Film], bool]]] = {
    "primary_release_date.gte": _at_least("release_date", "", str),
    "primary_release_date.lte": lambda value: lambda film: "" < (film.get("release_date") or "") <= value,
    "vote_count.gte": _at_least("vote_count", 0, int),
    "vote_count.lte": _at_most("vote_count", 0, int),
    "with_companies": _with(lambda film: _ids(film.get("production_companies", []))),
    "with_keywords": _with(lambda film: _ids(film.get("keywords", {}).get("keywords", []))),
    "with_people": _with(lambda film: set(film.get("people", [])) | set(film.get("crew", []))),
    "with_crew": _with(lambda film: set(film.get("crew", []))),
}


def _sort_value(film: Film, field: str) -> Any:
    if field in {"popularity", "vote_count", "vote_average", "revenue"}:
        return film.get(field) or 0
    if field == "primary_release_date":
        return film.get("release_date") or ""
    return film.get(field, film["title"])


def _titles(film: Film) -> list[str]:
    alternatives = film.get("alternative_titles", {}).get("titles", [])
    return [film["title"], film.get("original_title", ""), *(entry["title"] for entry in alternatives)]


def _overlap(wanted: frozenset[str], words: frozenset[str]) -> float:
    """The part of a title's words that was asked for; 0 unless all that was asked for is there."""
    return len(wanted) / len(words) if words and wanted <= words else 0.0


def _words(text: str) -> frozenset[str]:
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("'", ""))
    return frozenset(_WORD.findall("".join(char for char in decomposed if not unicodedata.combining(char))))
