"""Points for and against a candidate. Additive, so that every score can be taken apart.

The scale is roughly natural log-odds: three points make a film about twenty times as likely to be the one meant. The
weights are set by hand from the facts below and are versioned; every row says which version scored it.

- Title: most shared keys of tier 1 or 2 name the film meant; a rewritten key is weaker evidence.
- Revenue: a film's worldwide gross is at least 98% of its US and Canadian gross for 97.5% of films that have both, is
  missing for 1.8% and contradicts for 0.8%. It also rarely exceeds ten times that gross. Soft evidence, never a filter.
- Audience: ratings grow with the number of viewers; per factor of ten a little over one point.
- Brand: a production company that bears the brand's name.
- Penalties: entries that cannot have led a box-office year.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from movie_assets.matching.candidates import Candidate, TopRelease, companies_of_brand
from movie_assets.matching.titles import PLAIN, REWRITTEN, SPELLING

SCORING_VERSION = "1"

TITLE_POINTS = {SPELLING: 3.0, PLAIN: 2.8, REWRITTEN: 1.8}
FIELD_POINTS = {"title": 0.0, "original_title": -0.3, "alternative_title": -0.6}
AUDIENCE_POINTS_PER_DECADE = 1.2
BRAND_POINTS = 2.5
PENALTY_POINTS = {"adult": -4.0, "video": -1.5, "short": -3.0, "unreleased": -4.0, "undated": -1.0}
SHORT_BELOW_MINUTES = 40

# Worldwide gross over the brand file's gross: (up to this ratio, points).
REVENUE_POINTS = ((0.9, -3.0), (0.98, 0.0), (8.0, 2.0), (25.0, 0.5), (math.inf, -3.0))


@dataclass(frozen=True, slots=True)
class ScoredCandidate:
    """A candidate with its points and what they rest on."""

    candidate: Candidate
    release: TopRelease
    revenue_ratio: float | None
    brand_companies: list[str]
    penalties: list[str]
    title_score: float
    revenue_score: float
    audience_score: float
    brand_score: float
    penalty_score: float
    score: float


def score_candidates(
    candidates: Iterable[Candidate], releases: list[TopRelease], *, today: dt.date
) -> dict[str, list[ScoredCandidate]]:
    """The candidates of each brand that has any, best first.

    `today` decides which films are unreleased. Equal scores are listed by tmdb_id; no decision rests on that order.
    """
    release_of = {release.brand: release for release in releases}
    by_brand: dict[str, list[ScoredCandidate]] = {}
    for candidate in candidates:
        by_brand.setdefault(candidate.brand, []).append(_scored(candidate, release_of[candidate.brand], today))
    for scored in by_brand.values():
        scored.sort(key=lambda entry: (-entry.score, entry.candidate.tmdb_id))
    return by_brand


def revenue_points(ratio: float | None) -> float:
    """Points for worldwide gross over the brand file's gross; none where either is unknown."""
    if ratio is None:
        return 0.0
    return next(points for limit, points in REVENUE_POINTS if ratio < limit)


def candidates_frame(by_brand: dict[str, list[ScoredCandidate]]) -> pd.DataFrame:
    """The rows of brand_film_candidates."""
    rows = [_row(entry, rank) for entries in by_brand.values() for rank, entry in enumerate(entries, start=1)]
    return pd.DataFrame.from_records(rows, columns=_COLUMNS)


def _scored(candidate: Candidate, release: TopRelease, today: dt.date) -> ScoredCandidate:
    known = candidate.revenue_usd is not None and release.gross_usd > 0
    ratio = (candidate.revenue_usd or 0) / release.gross_usd if known else None
    companies = companies_of_brand(release.brand, candidate.production_companies)
    penalties = _penalties(candidate, today)
    points = {
        "title_score": TITLE_POINTS[candidate.key_tier] + FIELD_POINTS[candidate.key_field],
        "revenue_score": revenue_points(ratio),
        "audience_score": AUDIENCE_POINTS_PER_DECADE * math.log10(1 + candidate.vote_count),
        "brand_score": BRAND_POINTS if companies else 0.0,
        "penalty_score": math.fsum(PENALTY_POINTS[name] for name in penalties),
    }
    return ScoredCandidate(
        candidate=candidate,
        release=release,
        revenue_ratio=ratio,
        brand_companies=companies,
        penalties=penalties,
        score=round(math.fsum(points.values()), 6),
        **points,
    )


def _penalties(candidate: Candidate, today: dt.date) -> list[str]:
    runtime, status, released = candidate.runtime_minutes, candidate.status, candidate.release_date
    found = {
        "adult": candidate.adult,
        "video": candidate.video,
        "short": runtime is not None and runtime < SHORT_BELOW_MINUTES,
        "unreleased": (status is not None and status != "Released") or (released is not None and released > today),
        "undated": released is None,
    }
    return [name for name, applies in found.items() if applies]


def _row(entry: ScoredCandidate, rank: int) -> dict[str, object]:
    film = entry.candidate
    return {
        "brand": film.brand,
        "tmdb_id": film.tmdb_id,
        "top_release": entry.release.title,
        "top_release_gross_usd": entry.release.gross_usd,
        "title": film.title,
        "release_date": film.release_date,
        "title_key": film.title_key,
        "key_tier": film.key_tier,
        "key_field": film.key_field,
        "revenue_usd": film.revenue_usd,
        "revenue_ratio": entry.revenue_ratio,
        "vote_count": film.vote_count,
        "popularity_percentile": film.popularity_percentile,
        "brand_companies": entry.brand_companies,
        "title_score": entry.title_score,
        "revenue_score": entry.revenue_score,
        "audience_score": entry.audience_score,
        "brand_score": entry.brand_score,
        "penalty_score": entry.penalty_score,
        "penalties": entry.penalties,
        "score": entry.score,
        "rank": rank,
        "scoring_version": SCORING_VERSION,
    }


_COLUMNS = [
    "brand",
    "tmdb_id",
    "top_release",
    "top_release_gross_usd",
    "title",
    "release_date",
    "title_key",
    "key_tier",
    "key_field",
    "revenue_usd",
    "revenue_ratio",
    "vote_count",
    "popularity_percentile",
    "brand_companies",
    "title_score",
    "revenue_score",
    "audience_score",
    "brand_score",
    "penalty_score",
    "penalties",
    "score",
    "rank",
    "scoring_version",
]
