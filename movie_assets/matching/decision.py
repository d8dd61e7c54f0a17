"""From scored candidates to one decision per brand: matched, review or unmatched.

A film is matched only when its own score and its lead over the runner-up both reach their thresholds and nothing speaks
against it. Everything else that has candidates goes to a person, with the reason in words. Order and chance decide
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import pandas as pd

from movie_assets.matching.candidates import TopRelease
from movie_assets.matching.scoring import SCORING_VERSION, ScoredCandidate
from movie_assets.matching.titles import REWRITTEN

MATCH_SCORE = 5.5
"""A spelling match with four ratings and nothing else scores 3.8; with 1,000 ratings or a fitting gross it passes."""
MATCH_MARGIN = 1.5
"""Odds of about 4.5 to 1 over the runner-up on the scale of `scoring`."""


@dataclass(frozen=True, slots=True)
class Match:
    """The decision for one brand; a row of brand_film_matches. `tmdb_id` is set exactly when `status` is matched."""

    brand: str
    top_release: str
    top_release_gross_usd: int
    status: Literal["matched", "review", "unmatched"]
    reason: str
    n_candidates: int = 0
    tmdb_id: int | None = None
    title: str | None = None
    release_year: int | None = None
    method: Literal["title", "title_and_evidence"] | None = None
    score: float | None = None
    margin: float | None = None
    runner_up_tmdb_id: int | None = None
    scoring_version: str = SCORING_VERSION


def decide(release: TopRelease, candidates: Sequence[ScoredCandidate]) -> Match:
    """The decision for one brand, from its candidates, best first."""
    brand, title, gross = release.brand, release.title, release.gross_usd
    if not candidates:
        return Match(brand, title, gross, "unmatched", "No film carries this title in any known form.")
    best, *others = candidates
    margin = round(best.score - others[0].score, 6) if others else None
    runner_up = others[0].candidate.tmdb_id if others else None
    if doubts := _doubts(best, margin):
        return Match(
            brand,
            title,
            gross,
            "review",
            f"{_named(best)} is the best candidate, but {'; '.join(doubts)}.",
            n_candidates=len(candidates),
            score=best.score,
            margin=margin,
            runner_up_tmdb_id=runner_up,
        )
    released = best.candidate.release_date
    return Match(
        brand,
        title,
        gross,
        "matched",
        _why(best, len(others), margin),
        n_candidates=len(candidates),
        tmdb_id=best.candidate.tmdb_id,
        title=best.candidate.title,
        release_year=released.year if released else None,
        method="title_and_evidence" if others else "title",
        score=best.score,
        margin=margin,
        runner_up_tmdb_id=runner_up,
    )


def matches_frame(releases: Sequence[TopRelease], by_brand: Mapping[str, Sequence[ScoredCandidate]]) -> pd.DataFrame:
    """The rows of brand_film_matches, one per release, in the order given."""
    matches = [decide(release, by_brand.get(release.brand, ())) for release in releases]
    return pd.DataFrame.from_records([asdict(match) for match in matches], columns=list(Match.__slots__))


def _doubts(best: ScoredCandidate, margin: float | None) -> list[str]:
    doubts = []
    if best.score < MATCH_SCORE:
        doubts.append(f"its score {best.score:.2f} is below {MATCH_SCORE}")
    if margin is not None and margin < MATCH_MARGIN:
        doubts.append(f"its lead {margin:.2f} over the runner-up is below {MATCH_MARGIN}")
    if best.penalties:
        doubts.append(f"it is {', '.join(best.penalties)}")
    if best.revenue_score < 0:
        doubts.append(f"its worldwide gross is {best.revenue_ratio:.2f} times the gross in the brand file")
    return doubts


def _why(best: ScoredCandidate, others: int, margin: float | None) -> str:
    parts = ["title agrees after rewriting" if best.candidate.key_tier == REWRITTEN else "title agrees"]
    if best.revenue_score > 0:
        parts.append(f"worldwide gross is {best.revenue_ratio:.2f} times the gross in the brand file")
    if best.brand_companies:
        parts.append(f"made by {', '.join(best.brand_companies)}")
    parts.append(f"{best.candidate.vote_count:,} ratings")
    if others:
        parts.append(f"leads {others} other {'film' if others == 1 else 'films'} by {margin:.2f}")
    return f"{_named(best)}: {'; '.join(parts)}."


def _named(best: ScoredCandidate) -> str:
    released = best.candidate.release_date
    return f"{best.candidate.title} ({released.year if released else 'undated'})"
