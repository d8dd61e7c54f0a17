"""Lists of films at TMDB, and how each is read to its end.

A `Listing` is a request that comes in pages. A `Crawl` is a listing while it is read: told which pages have come, it
says which are wanted next, whether the list has to be split because TMDB delivers 500 pages at most, and when it is
complete. Neither talks to anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from movie_assets.tmdb.search_forms import names_the_title
from movie_assets.tmdb.shapes import FilmPage

LAST_PAGE: Final = 500
"""The last page that TMDB delivers, whatever total_pages says."""

LONGEST_SEARCH: Final = 5
"""Pages read of one search at most; beyond them films only share words with the title."""

_DISCOVER: Final = "/discover/movie"
_CHANGES: Final = "/movie/changes"
# The orders of the passes over one list, all of fields that stand still while it is read; popularity does not. A
# film that slips from one page to another during the first pass is found by a later one.
_ORDERS: Final = ("original_title.asc", "original_title.desc", "primary_release_date.asc")
_EARLIEST: Final = date(1800, 1, 1)
_LATEST: Final = date(2199, 12, 31)
_WINDOWS: Final = (("primary_release_date.gte", "primary_release_date.lte"), ("start_date", "end_date"))

PageNumber = tuple[int, int]
"""The pass, from 1, and the page within it."""


class Role(StrEnum):
    """What the films of a list are: part of what is published, or known to have changed."""

    SCOPE = "scope"
    CHANGES = "changes"


class State(StrEnum):
    """How far the reading of a list has come."""

    OPEN = "open"
    SPLIT = "split"
    SKIPPED = "skipped"
    COMPLETE = "complete"


@dataclass(frozen=True)
class Listing:
    """A list of films: a path with its parameters, without page and order."""

    path: str
    params: tuple[tuple[str, str], ...]
    role: Role = Role.SCOPE
    longest: int | None = field(default=None, compare=False)
    """Pages beyond which reading the list costs more than doing without it; None: it is always read."""

    @property
    def key(self) -> str:
        """The request in words, by which the ledger knows the list."""
        return f"{self.path}?{urlencode(self.params)}"

    @property
    def is_search(self) -> bool:
        """Whether only the first pages matter: the best matches come first."""
        return self.path == "/search/movie"

    @property
    def passes(self) -> int:
        """How often the list may be read until as many films are there as TMDB counts."""
        return len(_ORDERS) if self.path == _DISCOVER else 1

    def request(self, pass_: int) -> dict[str, str]:
        """The parameters of a pass, still without the page."""
        order = {"sort_by": _ORDERS[pass_ - 1]} if self.path == _DISCOVER else {}
        return {**dict(self.params), **order}

    def halves(self) -> tuple[Listing, Listing] | None:
        """Two lists that together hold the same films, by halves of the window of dates; None if there is none left."""
        params = dict(self.params)
        for first, last in _WINDOWS:
            if first in params and params[first] < params[last]:
                start, end = date.fromisoformat(params[first]), date.fromisoformat(params[last])
                middle = start + (end - start) // 2
                early = params | {last: middle.isoformat()}
                late = params | {first: (middle + timedelta(days=1)).isoformat()}
                return replace(self, params=tuple(early.items())), replace(self, params=tuple(late.items()))
        return None

    def more(self, page: FilmPage) -> bool:
        """Whether the page after this one of a search can still hold films of that very title."""
        query = dict(self.params).get("query", "")
        titles = (str(film.get(name) or "") for film in page.results for name in ("title", "original_title"))
        return self.is_search and any(names_the_title(query, title) for title in titles)


def search(query: str) -> Listing:
    """The films that TMDB's search finds."""
    return Listing("/search/movie", (("query", query), ("include_adult", "false")))


def filmography(kind: str, ids: str) -> Listing:
    """The films of a company, keyword or person; `kind` is TMDB's parameter, such as with_companies."""
    return Listing(_DISCOVER, ((kind, ids), ("include_adult", "false"), ("include_video", "true")))


def films_with_votes(at_least: int) -> Listing:
    """Dated films with that many ratings, in one window of dates that can be halved."""
    window = (("primary_release_date.gte", _EARLIEST.isoformat()), ("primary_release_date.lte", _LATEST.isoformat()))
    return Listing(
        _DISCOVER,
        (("vote_count.gte", str(at_least)), ("include_adult", "false"), ("include_video", "true"), *window),
    )


def changes(start: date, end: date, *, longest: int) -> Listing:
    """Films edited on the days from `start` to `end`, of which TMDB allows 14."""
    window = (("start_date", start.isoformat()), ("end_date", end.isoformat()))
    return Listing(_CHANGES, window, Role.CHANGES, longest)


@dataclass(frozen=True)
class PageRead:
    """What one page said. `more`: the next page of a search is worth reading."""

    listing: Listing
    number: PageNumber
    ids: list[int]
    total_results: int
    total_pages: int
    more: bool = False


class Crawl:
    """A list while it is read. Pages may come in any order."""

    def __init__(self, listing: Listing, pages: Iterable[PageRead] = ()) -> None:
        self.listing = listing
        self.total_results = 0
        self._total_pages = 0
        self._pages: dict[PageNumber, bool] = {}
        self._wanted: set[PageNumber] = set()
        self._ids: set[int] = set()
        for page in pages:
            self.add(page)

    def add(self, page: PageRead) -> None:
        """Take note of a page that has come."""
        self._pages[page.number] = page.more
        self._ids.update(page.ids)
        self.total_results = page.total_results
        self._total_pages = max(self._total_pages, page.total_pages)

    @property
    def state(self) -> State:
        """How far the reading has come."""
        if (1, 1) not in self._pages:
            return State.OPEN
        if self.listing.longest is not None and self._total_pages > self.listing.longest:
            return State.SKIPPED
        if self._has_to_be_split:
            return State.SPLIT
        return State.OPEN if self._missing_pages() else State.COMPLETE

    def wanted(self) -> list[PageNumber]:
        """The pages to ask for now; each is named once."""
        pages = [] if self.state in {State.SPLIT, State.SKIPPED} else self._missing_pages()
        fresh = [number for number in pages if number not in self._wanted]
        self._wanted.update(fresh)
        return fresh

    @property
    def _has_to_be_split(self) -> bool:
        too_long = self._total_pages > LAST_PAGE and not self.listing.is_search
        return too_long and self.listing.halves() is not None

    def _missing_pages(self) -> list[PageNumber]:
        if (1, 1) not in self._pages:
            return [(1, 1)]
        if self.listing.is_search:
            return self._next_of_search()
        for pass_ in range(1, self.listing.passes + 1):
            if pass_ > 1 and len(self._ids) >= self.total_results:
                return []
            last = max(1, min(self._total_pages, LAST_PAGE))
            missing = [(pass_, page) for page in range(1, last + 1) if (pass_, page) not in self._pages]
            if missing:
                return missing
        return []

    def _next_of_search(self) -> list[PageNumber]:
        page = max(page for _, page in self._pages)
        beyond = page >= min(self._total_pages, LONGEST_SEARCH)
        return [] if beyond or not self._pages[1, page] else [(1, page + 1)]
