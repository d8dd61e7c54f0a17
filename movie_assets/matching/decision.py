"""From scored candidates to one decision per brand: matched, review or unmatched.

A film is matched only when its own score and its lead over the runner-up both reach their thresholds. Everything else
that has candidates goes to a person, with the reason in words. Order and chance decide nothing.
"""

from __future__ import annotations

import pandas as pd

from movie_assets.matching.scoring import SCORING_VERSION

MATCH_SCORE = 5.5
"""A spelling match with four ratings and nothing else scores 3.8; with 1,000 ratings or a fitting gross it passes."""
MATCH_MARGIN = 1.5
"""Odds of about 4.5 to 1 over the runner-up on the scale of `scoring`."""


def decide_matches(brands: pd.DataFrame, scored: pd.DataFrame) -> pd.DataFrame:
    """The rows of brand_film_matches, one per brand, in the order of `brands`.

    `brands` has brand (unique), top_release and top_release_gross_usd; `scored` is the output of `score_candidates`.
    """
    by_brand = dict(list(scored.groupby("brand", sort=False)))
    rows = [
        {
            "brand": brand,
            "top_release": top_release,
            "top_release_gross_usd": gross,
            **_decision(by_brand.get(brand)),
            "scoring_version": SCORING_VERSION,
        }
        for brand, top_release, gross in zip(
            brands["brand"], brands["top_release"], brands["top_release_gross_usd"], strict=True
        )
    ]
    return pd.DataFrame.from_records(rows, columns=_COLUMNS)


_COLUMNS = [
    "brand",
    "top_release",
    "top_release_gross_usd",
    "status",
    "tmdb_id",
    "title",
    "release_year",
    "method",
    "score",
    "margin",
    "n_candidates",
    "runner_up_tmdb_id",
    "reason",
    "scoring_version",
]


def _decision(candidates: pd.DataFrame | None) -> dict[str, object]:
    if candidates is None or candidates.empty:
        return {"status": "unmatched", "n_candidates": 0, "reason": "No film carries this title in any known form."}
    best, *others = candidates.sort_values("rank").to_dict("records")
    margin = round(best["score"] - others[0]["score"], 6) if others else None
    evidence = {
        "score": best["score"],
        "margin": margin,
        "n_candidates": len(candidates),
        "runner_up_tmdb_id": others[0]["tmdb_id"] if others else None,
    }
    doubts = _doubts(best, margin)
    if doubts:
        return {
            "status": "review",
            **evidence,
            "reason": f"{_named(best)} is the best candidate, but {'; '.join(doubts)}.",
        }
    return {
        "status": "matched",
        "tmdb_id": best["tmdb_id"],
        "title": best["title"],
        "release_year": best["release_date"].year if best["release_date"] is not None else None,
        "method": "title_and_evidence" if others else "title",
        **evidence,
        "reason": _why(best, others, margin),
    }


def _doubts(best: dict[str, object], margin: float | None) -> list[str]:
    doubts = []
    if best["score"] < MATCH_SCORE:
        doubts.append(f"its score {best['score']:.2f} is below {MATCH_SCORE}")
    if margin is not None and margin < MATCH_MARGIN:
        doubts.append(f"its lead {margin:.2f} over the runner-up is below {MATCH_MARGIN}")
    if best["penalties"]:
        doubts.append(f"it is {', '.join(best['penalties'])}")
    if best["revenue_score"] < 0:
        doubts.append(f"its worldwide gross is {best['revenue_ratio']:.2f} times the gross in the brand file")
    return doubts


def _why(best: dict[str, object], others: list[dict[str, object]], margin: float | None) -> str:
    parts = ["title agrees" if best["key_tier"] < 3 else "title agrees after rewriting"]  # noqa: PLR2004 - tier 3
    if best["revenue_score"] > 0:
        parts.append(f"worldwide gross is {best['revenue_ratio']:.2f} times the gross in the brand file")
    if best["brand_companies"]:
        parts.append(f"made by {', '.join(best['brand_companies'])}")
    parts.append(f"{best['vote_count']:,} ratings")
    if others:
        parts.append(f"leads {len(others)} other {'film' if len(others) == 1 else 'films'} by {margin:.2f}")
    return f"{_named(best)}: {'; '.join(parts)}."


def _named(candidate: dict[str, object]) -> str:
    released = candidate["release_date"]
    return f"{candidate['title']} ({released.year if released is not None else 'undated'})"
