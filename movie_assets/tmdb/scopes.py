"""What an ingestion is to hold: a scope, and the lists of films that make it up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from movie_assets.tmdb.films import FILM_DTYPES
from movie_assets.tmdb.listings import Listing, filmography, films_with_votes, search
from movie_assets.tmdb.rules import BrandRules, Company, people_parameter
from movie_assets.tmdb.search_forms import search_forms

APPENDED: Final = ("alternative_titles", "keywords", "translations")
"""Parts that every request for a film's details brings along."""

LAYOUT: Final = hashlib.sha256(repr((*FILM_DTYPES.items(), *APPENDED)).encode()).hexdigest()[:16]
"""Names the columns that a stored film has; one stored with others is fetched anew."""


class Scope(StrEnum):
    """Which films: those of the brands; also all that many have rated; all that TMDB has."""

    BRANDS = "brands"
    POPULAR = "popular"
    CATALOGUE = "catalogue"


REFRESHED_AFTER: Final = {
    Scope.BRANDS: timedelta(days=7),
    Scope.POPULAR: timedelta(days=30),
    Scope.CATALOGUE: timedelta(days=120),
}
"""Ratings and popularity move without TMDB calling it a change, so a film is asked for again at this age."""

RELISTED_AFTER: Final = timedelta(days=7)
"""A list of films is read again at this age, to find films that are new to it."""

KEPT_AT_MOST: Final = timedelta(days=180)
"""TMDB's terms allow no copy older than six months."""


@dataclass(frozen=True)
class Plan:
    """What one ingestion is to hold. Two equal plans are one piece of work that a later run may finish."""

    scope: Scope
    titles: tuple[str, ...]
    rules: tuple[BrandRules, ...]
    min_votes: int | None = None
    refreshed_after: timedelta | None = None

    @property
    def digest(self) -> str:
        """Equal for equal plans."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    @property
    def refresh_age(self) -> timedelta:
        """The age at which a film is asked for again."""
        return min(self.refreshed_after or REFRESHED_AFTER[self.scope], KEPT_AT_MOST)

    @property
    def companies(self) -> list[Company]:
        """Companies of all brands, each once."""
        return list(dict.fromkeys(company for rule in self.rules for company in rule.companies))

    def listings(self, companies: Iterable[int]) -> list[Listing]:
        """The lists to read, each once; `companies` are the ids whose name was found to be right."""
        found = [search(form) for title in self.titles for form in search_forms(title)]
        found += [filmography("with_companies", str(company)) for company in companies]
        found += [filmography("with_keywords", str(keyword)) for rule in self.rules for keyword in rule.keywords]
        found += [filmography(*people_parameter(people)) for rule in self.rules for people in rule.people]
        if self.scope is Scope.POPULAR and self.min_votes is not None:
            found.append(films_with_votes(self.min_votes))
        return list(dict.fromkeys(found))

    @property
    def named_films(self) -> list[int]:
        """Films that the rules name by their ids."""
        return sorted({film for rule in self.rules for film in rule.included})


def plan_for(
    scope: Scope,
    releases: Iterable[tuple[str, str]],
    rules: Sequence[BrandRules],
    *,
    min_votes: int,
    refreshed_after: timedelta | None = None,
) -> Plan:
    """The plan for brands with their #1 releases, given as (brand, title) pairs; rules of other brands are left out."""
    pairs = list(releases)
    brands = {brand for brand, _ in pairs}
    return Plan(
        scope=scope,
        titles=tuple(sorted({title for _, title in pairs})),
        rules=tuple(rule for rule in rules if rule.brand in brands),
        min_votes=min_votes if scope is Scope.POPULAR else None,
        refreshed_after=refreshed_after,
    )
