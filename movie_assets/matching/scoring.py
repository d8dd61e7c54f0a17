"""Points for and against a candidate. Additive, so that every score can be taken apart.

The scale is roughly natural log-odds: three points make a film about twenty times as likely to be the one meant. The
weights are set by hand from the facts below and are versioned; every row says which version scored it.

- Title: most shared keys of tier 1 or 2 name the film meant; a rewritten key is weaker evidence.
- Revenue: a film's worldwide gross is at least 98% of its US and Canadian gross for 97.5% of films that have both,
  is missing for 1.8% and contradicts for 0.8%. It also rarely exceeds ten times that gross. Soft evidence, never a filter.
- Audience: ratings grow with the number of viewers; per factor of ten a little over one point.
- Brand: a production company that bears the brand's name.
- Penalties: entries that cannot have led a box-office year.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from movie_assets.matching.candidates import companies_of_brand
from movie_assets.matching.titles import PLAIN, REWRITTEN, SPELLING

SCORING_VERSION = "1"

TITLE_POINTS = {SPELLING: 3.0, PLAIN: 2.8, REWRITTEN: 1.8}
OTHER_FIELD_POINTS = {"title": 0.0, "original_title": -0.3, "alternative_title": -0.6}
REVENUE_FITS, REVENUE_LOW, REVENUE_HIGH, REVENUE_CONTRADICTS = 2.0, 0.0, 0.5, -3.0
AUDIENCE_POINTS_PER_DECADE = 1.2
BRAND_POINTS = 2.5
PENALTY_POINTS = {"adult": -4.0, "video": -1.5, "short": -3.0, "unreleased": -4.0, "undated": -1.0}
SHORT_BELOW_MINUTES = 40


@dataclass(frozen=True)
class RevenueBounds:
    """Limits on worldwide gross over the brand file's gross."""

    contradicts_below: float = 0.9
    fits_from: float = 0.98
    fits_to: float = 8.0
    contradicts_above: float = 25.0


def score_candidates(candidates: pd.DataFrame, brands: pd.DataFrame, *, today: pd.Timestamp) -> pd.DataFrame:
    """The rows of brand_film_candidates: evidence, points, score and rank of every candidate.

    `candidates` as from `find_candidates`, `brands` with brand, top_release and top_release_gross_usd. `today` decides
    which films are unreleased. Equal scores are ranked by tmdb_id; the decision never rests on that order.
    """
    gross = {
        brand: (top_release, int(amount))
        for brand, top_release, amount in zip(
            brands["brand"], brands["top_release"], brands["top_release_gross_usd"], strict=True
        )
    }
    rows = [_scored(candidate, *gross[candidate["brand"]], today=today) for candidate in candidates.to_dict("records")]
    rows.sort(key=lambda row: (row["brand"], -row["score"], row["tmdb_id"]))
    rank: dict[str, int] = {}
    for row in rows:
        rank[row["brand"]] = row["rank"] = rank.get(row["brand"], 0) + 1
    return pd.DataFrame.from_records(rows, columns=_COLUMNS)


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


def _scored(candidate: dict[str, object], top_release: str, gross: int, *, today: pd.Timestamp) -> dict[str, object]:
    revenue = _known(candidate["revenue_usd"])
    ratio = revenue / gross if revenue is not None and gross > 0 else None
    companies = companies_of_brand(str(candidate["brand"]), candidate["production_companies"])
    penalties = _penalties(candidate, today)
    points = {
        "title_score": TITLE_POINTS[candidate["key_tier"]] + OTHER_FIELD_POINTS[candidate["key_field"]],
        "revenue_score": revenue_points(ratio),
        "audience_score": AUDIENCE_POINTS_PER_DECADE * math.log10(1 + int(candidate["vote_count"])),
        "brand_score": BRAND_POINTS if companies else 0.0,
        "penalty_score": sum(PENALTY_POINTS[name] for name in penalties),
    }
    return {
        **candidate,
        **points,
        "top_release": top_release,
        "top_release_gross_usd": gross,
        "revenue_ratio": ratio,
        "brand_companies": companies,
        "penalties": penalties,
        "score": round(math.fsum(points.values()), 6),
        "scoring_version": SCORING_VERSION,
    }


def revenue_points(ratio: float | None, bounds: RevenueBounds = RevenueBounds()) -> float:
    """Points for worldwide gross over the brand file's gross; none where either is unknown."""
    if ratio is None:
        return 0.0
    if ratio < bounds.contradicts_below or ratio > bounds.contradicts_above:
        return REVENUE_CONTRADICTS
    if ratio < bounds.fits_from:
        return REVENUE_LOW
    return REVENUE_FITS if ratio <= bounds.fits_to else REVENUE_HIGH


def _penalties(candidate: dict[str, object], today: pd.Timestamp) -> list[str]:
    released = _known(candidate["release_date"])
    runtime = _known(candidate["runtime_minutes"])
    status = _known(candidate["status"])
    found = {
        "adult": bool(candidate["adult"]),
        "video": bool(candidate["video"]),
        "short": runtime is not None and runtime < SHORT_BELOW_MINUTES,
        "unreleased": (status is not None and status != "Released")
        or (released is not None and released > today.date()),
        "undated": released is None,
    }
    return [name for name, applies in found.items() if applies]


def _known(value: object) -> object:
    return None if value is None or value is pd.NA or value != value else value  # noqa: PLR0124 - NaN differs from itself
