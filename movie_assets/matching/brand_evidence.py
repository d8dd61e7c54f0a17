"""What a film says about the brand: companies and keywords that bear the brand's name, or a company list without it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from movie_assets.matching.folding import APOSTROPHES
from movie_assets.matching.model import Candidate, TopRelease
from movie_assets.matching.titles import plain_key
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.query import Query

_POSSESSIVE = re.compile(f"(?<=\\w)[{''.join(sorted(APOSTROPHES))}]s?\\b")

Verdict = Literal["own", "shared", "keyword", "none", "contradicted"]

FILMS_OF_A_COMPANY = 3
"""A brand with so many films in the catalogue that name it as a company is expected on its #1 release as well."""


@dataclass(frozen=True, slots=True)
class BrandEvidence:
    """What speaks for or against the brand, in one verdict.

    own           a production company bears the brand's name
    shared        one bears the name of another brand that has the same #1 release
    keyword       a keyword of the film holds the brand's name
    contradicted  the brand is a company on other films of the catalogue, and this film's companies are others
    none          nothing is known
    """

    verdict: Verdict = "none"
    companies: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)


def companies_of_brand(brand: str, companies: Collection[str] | None) -> list[str]:
    """Those of a film's companies that bear the brand's name: "Pixar Animation Studios" for "Pixar".

    One name must begin with all words of the other: "Blue Sky" finds "Blue Sky Studios", but "MTV" not "MTVision".
    """
    words = _name_words(brand)
    return [company for company in companies or [] if _begins(words, _name_words(company))]


def keywords_of_brand(brand: str, keywords: Collection[str] | None) -> list[str]:
    """Those of a film's keywords that hold all of the brand's name, such as "star wars universe" for "Star Wars"."""
    name = f" {plain_key(brand)} "
    return [keyword for keyword in keywords or [] if name.strip() and name in f" {plain_key(keyword)} "]


def brands_of_one_release(releases: Sequence[TopRelease]) -> dict[str, list[str]]:
    """For each brand, the other brands whose #1 release has the same title and the same gross to the dollar."""
    together: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for release in releases:
        if release.gross_usd > 0:
            together[plain_key(release.title), release.gross_usd].append(release.brand)
    return {brand: [other for other in brands if other != brand] for brands in together.values() for brand in brands}


def films_of_brands(database: Database, brands: Collection[str]) -> dict[str, int]:
    """How many films of the catalogue have a production company whose name begins with all words of the brand."""
    words = {brand: tuple(_name_words(brand)) for brand in brands}
    first_words = sorted({name[0] for name in words.values() if name})
    query = Query.from_file("movie_assets.matching", "films_of_companies.sql")
    films: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for row in database.rows(query.sql, {"first_words": first_words}):
        name = _name_words(row["company"])
        for length in range(1, len(name) + 1):
            films[tuple(name[:length])] += row["films"]
    return {brand: films.get(name, 0) for brand, name in words.items()}


def brand_evidence(
    candidate: Candidate, release: TopRelease, others: Sequence[str], films: Mapping[str, int]
) -> BrandEvidence:
    """The verdict on one candidate. `others` are the brands of the same release, `films` counts each brand's films."""
    companies = candidate.production_companies
    if own := companies_of_brand(release.brand, companies):
        return BrandEvidence("own", own)
    keywords = keywords_of_brand(release.brand, candidate.keywords)
    if shared := [company for other in others for company in companies_of_brand(other, companies)]:
        return BrandEvidence("shared", shared, keywords)
    if keywords:
        return BrandEvidence("keyword", [], keywords)
    in_title = f" {plain_key(release.brand)} " in f" {plain_key(_POSSESSIVE.sub('', release.title))} "
    if companies and films.get(release.brand, 0) >= FILMS_OF_A_COMPANY and not in_title:
        return BrandEvidence("contradicted")
    return BrandEvidence()


def _name_words(name: str) -> list[str]:
    """A name's words; an article at either end is no part of it (Zanuck Company, The)."""
    words = plain_key(name).split()
    if len(words) > 1 and words[-1] == "the":
        words = words[:-1]
    return words[1:] if len(words) > 1 and words[0] == "the" else words


def _begins(one: Sequence[str], other: Sequence[str]) -> bool:
    shorter = min(len(one), len(other))
    return shorter > 0 and list(one[:shorter]) == list(other[:shorter])
