"""From candidates to scores: every piece of evidence in points, added up, so that each score can be taken apart.

What a piece of evidence is worth stands in `evidence`; here it is read off a film and put beside the brand's release.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from movie_assets.matching.brand_evidence import BrandEvidence, brand_evidence, brands_of_one_release
from movie_assets.matching.evidence import (
    BRAND_POINTS,
    DEFAULT_WEIGHTS,
    FOREIGN_POINTS,
    PENALTY_POINTS,
    TITLE_YEAR_POINTS,
    Weights,
    audience_points,
    best_points,
    digits_points,
    era_points,
    ratings_factor,
    ratio_contradicts,
    revenue_points,
    title_points,
)
from movie_assets.matching.model import Candidate, TopRelease
from movie_assets.matching.sequels import newer_than_sequel
from movie_assets.matching.titles import title_year

SCORING_VERSION = "3"
SHORT_BELOW_MINUTES = 40
_YEARS_APART = 1
"""A film may open in the US a year after its first release elsewhere."""


@dataclass(frozen=True, slots=True)
class ScoredCandidate:
    """A candidate with its points and what they rest on; `year_fits` is None where the title carries no year.

    `shortfall` is what gross, ratings, brand and year lack to the gross and the ratings that are usual for such a film.
    An unknown worldwide gross lacks nothing. `ratings_factor` is how many times the expected ratings the film has.
    """

    candidate: Candidate
    release: TopRelease
    revenue_ratio: float | None
    brand: BrandEvidence
    year_fits: bool | None
    penalties: list[str]
    shortfall: float
    ratings_factor: float
    title_score: float
    revenue_score: float
    audience_score: float
    era_score: float
    year_score: float
    language_score: float
    brand_score: float
    penalty_score: float
    score: float


SCORES = tuple(name for name in ScoredCandidate.__slots__ if name.endswith("_score"))
"""The parts of a score."""
_PROOF = ("revenue_score", "audience_score", "brand_score", "year_score")
"""Those that a shortfall is about."""


def score_candidates(
    candidates: Iterable[Candidate],
    releases: Sequence[TopRelease],
    *,
    today: dt.date,
    films_of_brands: Mapping[str, int] | None = None,
    weights: Weights = DEFAULT_WEIGHTS,
) -> dict[str, list[ScoredCandidate]]:
    """The candidates of each brand that has any, best first.

    `today` decides which films are unreleased; `films_of_brands` counts the films that name the brand as a company.
    Equal scores are listed by tmdb_id; no decision rests on that order.
    """
    release_of = {release.brand: release for release in releases}
    others_of = brands_of_one_release(releases)
    rivals_of: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        rivals_of.setdefault(candidate.brand, []).append(candidate)
    by_brand: dict[str, list[ScoredCandidate]] = {}
    for brand, rivals in rivals_of.items():
        release, others = release_of[brand], others_of.get(brand, [])
        scored = []
        for candidate in rivals:
            evidence = brand_evidence(candidate, release, others, films_of_brands or {})
            newer = newer_than_sequel(candidate, rivals)
            scored.append(_scored(candidate, release, evidence, today, weights, newer=newer))
        by_brand[brand] = sorted(scored, key=lambda entry: (-entry.score, entry.candidate.tmdb_id))
    return by_brand


def candidates_frame(by_brand: Mapping[str, Sequence[ScoredCandidate]]) -> pd.DataFrame:
    """The rows of brand_film_candidates."""
    rows = [_row(entry, rank) for entries in by_brand.values() for rank, entry in enumerate(entries, start=1)]
    return pd.DataFrame.from_records(rows, columns=_COLUMNS)


def _scored(
    candidate: Candidate, release: TopRelease, brand: BrandEvidence, today: dt.date, weights: Weights, *, newer: bool
) -> ScoredCandidate:
    known = candidate.revenue_usd is not None and release.gross_usd > 0
    ratio = (candidate.revenue_usd or 0) / release.gross_usd if known else None
    said = title_year(release.title)
    year_fits = abs(candidate.year - said) <= _YEARS_APART if said and candidate.year else None
    # A year in the title says which film of a series is meant.
    penalties = _penalties(candidate, today, newer=newer and not year_fits)
    year, foreign, gross = candidate.year, candidate.foreign, release.gross_usd
    revenue = revenue_points(ratio, gross, year, foreign=foreign, weights=weights)
    if ratio is not None and not ratio_contradicts(ratio, foreign=foreign):
        revenue += digits_points(candidate.revenue_usd, gross, year)
    points = {
        "title_score": title_points(candidate.key_tier, candidate.key_field, candidate.likeness, weights=weights),
        "revenue_score": revenue,
        "audience_score": audience_points(candidate.vote_count, gross, foreign=foreign, weights=weights),
        "era_score": era_points(gross, year, weights=weights),
        "year_score": 0.0 if year_fits is None else TITLE_YEAR_POINTS[year_fits],
        "language_score": FOREIGN_POINTS if foreign else 0.0,
        "brand_score": BRAND_POINTS[brand.verdict],
        "penalty_score": math.fsum(PENALTY_POINTS[name] for name in penalties),
    }
    best = best_points(gross, foreign=foreign, with_revenue=ratio is not None, weights=weights)
    proof = math.fsum(points[name] for name in _PROOF) - (revenue if ratio is None else 0.0)
    return ScoredCandidate(
        candidate=candidate,
        release=release,
        revenue_ratio=ratio,
        brand=brand,
        year_fits=year_fits,
        penalties=penalties,
        shortfall=round(best - proof, 6),
        ratings_factor=ratings_factor(candidate.vote_count, gross, foreign=foreign, weights=weights),
        score=round(math.fsum(points.values()), 6),
        **points,
    )


def _penalties(candidate: Candidate, today: dt.date, *, newer: bool) -> list[str]:
    runtime, status, released = candidate.runtime_minutes, candidate.status, candidate.release_date
    genres = candidate.genres or []
    found = {
        "adult": candidate.adult,
        "video": candidate.video,
        "short": runtime is not None and runtime < SHORT_BELOW_MINUTES,
        "unreleased": (status is not None and status != "Released") or (released is not None and released > today),
        "undated": released is None,
        "television": "TV Movie" in genres,
        "documentary": "Documentary" in genres,
        "newer than its sequel": newer,
    }
    return [name for name, applies in found.items() if applies]


def _row(entry: ScoredCandidate, rank: int) -> dict[str, object]:
    film = entry.candidate
    facts = {name: getattr(film, name) for name in _FILM_COLUMNS}
    return facts | {
        "top_release": entry.release.title,
        "top_release_gross_usd": entry.release.gross_usd,
        "revenue_ratio": entry.revenue_ratio,
        "brand_verdict": entry.brand.verdict,
        "brand_companies": entry.brand.companies,
        "brand_keywords": entry.brand.keywords,
        "year_fits": entry.year_fits,
        "penalties": entry.penalties,
        **{name: getattr(entry, name) for name in SCORES},
        "score": entry.score,
        "rank": rank,
        "scoring_version": SCORING_VERSION,
    }


_FILM_COLUMNS = (
    *("brand", "tmdb_id", "title", "original_title", "original_language", "release_date", "title_key", "key_tier"),
    *("key_field", "likeness", "revenue_usd", "vote_count", "popularity_percentile"),
)
_COLUMNS = [
    *("brand", "tmdb_id", "top_release", "top_release_gross_usd", "title", "original_title", "original_language"),
    *("release_date", "title_key", "key_tier", "key_field", "likeness", "revenue_usd", "revenue_ratio", "vote_count"),
    *("popularity_percentile", "brand_verdict", "brand_companies", "brand_keywords", "year_fits", "penalties"),
    *SCORES,
    *("score", "rank", "scoring_version"),
]
