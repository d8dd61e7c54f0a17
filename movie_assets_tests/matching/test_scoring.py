"""Each piece of evidence moves a score in the right direction, and every score can be taken apart."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest

from movie_assets.matching.model import TopRelease
from movie_assets.matching.scoring import (
    PENALTY_POINTS,
    SCORING_VERSION,
    ScoredCandidate,
    candidates_frame,
    revenue_points,
    score_candidates,
)
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.matching.films import RELEASE, TODAY, candidate


def scored(release: TopRelease = RELEASE, **changes: Any) -> ScoredCandidate:
    """The only candidate of `release`, scored."""
    return score_candidates([candidate(**changes)], [release], today=TODAY)[release.brand][0]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"key_tier": 1}, {"key_tier": 2}),
        ({"key_tier": 2}, {"key_tier": 3}),
        ({"key_field": "title"}, {"key_field": "original_title"}),
        ({"key_field": "original_title"}, {"key_field": "alternative_title"}),
        ({"vote_count": 1_000}, {"vote_count": 999}),
        ({"vote_count": 1}, {"vote_count": 0}),
        ({"production_companies": ["Brand Pictures"]}, {"production_companies": ["Another"]}),
        ({"production_companies": ["Brand Pictures"]}, {"production_companies": None}),
        ({"revenue_usd": RELEASE.gross_usd}, {"revenue_usd": None}),
        ({"revenue_usd": RELEASE.gross_usd * 2}, {"revenue_usd": RELEASE.gross_usd * 9}),
        ({"revenue_usd": None}, {"revenue_usd": RELEASE.gross_usd // 2}),
        ({"revenue_usd": None}, {"revenue_usd": RELEASE.gross_usd * 100}),
        ({}, {"adult": True}),
        ({}, {"video": True}),
        ({}, {"runtime_minutes": 39}),
        ({}, {"status": "Post Production"}),
        ({}, {"release_date": TODAY + dt.timedelta(days=1)}),
        ({}, {"release_date": None}),
    ],
)
def test_evidence_moves_the_score(better: dict[str, Any], worse: dict[str, Any]) -> None:
    assert scored(**better).score > scored(**worse).score


@pytest.mark.parametrize(
    ("ratio", "points"),
    [
        (None, 0.0),
        (0.0, -3.0),
        (0.89, -3.0),
        (0.9, 0.0),
        (0.979, 0.0),
        (0.98, 2.0),
        (1.0, 2.0),
        (7.99, 2.0),
        (8.0, 0.5),
        (24.9, 0.5),
        (25.0, -3.0),
        (1e12, -3.0),
    ],
)
def test_a_gross_supports_says_nothing_or_contradicts(ratio: float | None, points: float) -> None:
    assert revenue_points(ratio) == points


def test_an_unknown_gross_is_no_evidence_on_either_side() -> None:
    unknown = scored(TopRelease("Brand", "Heat", 0))
    assert (unknown.revenue_ratio, unknown.revenue_score) == (None, 0.0)
    unknown = scored(revenue_usd=None)
    assert (unknown.revenue_ratio, unknown.revenue_score) == (None, 0.0)


@pytest.mark.parametrize(
    ("changes", "penalties"),
    [
        ({}, []),
        ({"adult": True}, ["adult"]),
        ({"video": True}, ["video"]),
        ({"runtime_minutes": 39}, ["short"]),
        ({"runtime_minutes": 40}, []),
        ({"runtime_minutes": None}, []),
        ({"status": "Rumored"}, ["unreleased"]),
        ({"status": None}, []),
        ({"release_date": TODAY}, []),
        ({"release_date": TODAY + dt.timedelta(days=1)}, ["unreleased"]),
        ({"release_date": None}, ["undated"]),
        ({"adult": True, "video": True, "runtime_minutes": 7}, ["adult", "video", "short"]),
    ],
)
def test_penalties(changes: dict[str, Any], penalties: list[str]) -> None:
    entry = scored(**changes)
    assert entry.penalties == penalties
    assert entry.penalty_score == sum(PENALTY_POINTS[name] for name in penalties)


def test_a_score_is_the_sum_of_its_points() -> None:
    entry = scored(key_tier=3, key_field="alternative_title", adult=True, production_companies=["Brand"])
    parts = (
        entry.title_score,
        entry.revenue_score,
        entry.audience_score,
        entry.brand_score,
        entry.penalty_score,
    )
    assert entry.score == pytest.approx(math.fsum(parts), abs=1e-6)
    assert all(part != 0 for part in parts)


def test_candidates_are_ranked_per_brand() -> None:
    other = TopRelease("Other", "Heat", 1_000)
    by_brand = score_candidates(
        [
            candidate(tmdb_id=1, vote_count=5),
            candidate(tmdb_id=3),
            candidate(tmdb_id=2),
            candidate(tmdb_id=1, brand="Other"),
        ],
        [RELEASE, other],
        today=TODAY,
    )
    assert {brand: [entry.candidate.tmdb_id for entry in entries] for brand, entries in by_brand.items()} == {
        "Brand": [2, 3, 1],
        "Other": [1],
    }
    assert by_brand["Other"][0].release == other


def test_the_frame_holds_the_declared_columns_and_the_evidence() -> None:
    by_brand = score_candidates([candidate(tmdb_id=1), candidate(tmdb_id=2, vote_count=3)], [RELEASE], today=TODAY)
    frame = candidates_frame(by_brand)
    assert list(frame.columns) == [column.name for column in metadata.tables["movies.brand_film_candidates"].columns]
    assert frame["rank"].tolist() == [1, 2]
    assert frame["tmdb_id"].tolist() == [1, 2]
    assert frame["revenue_ratio"].tolist() == pytest.approx([187 / 67] * 2)
    assert set(frame["scoring_version"]) == {SCORING_VERSION}
    assert list(candidates_frame({}).columns) == list(frame.columns)
