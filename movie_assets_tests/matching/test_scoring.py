"""Each piece of evidence moves a score in the right direction, and every score can be taken apart."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest

from movie_assets.matching.evidence import PENALTY_POINTS
from movie_assets.matching.model import TopRelease
from movie_assets.matching.scoring import (
    SCORES,
    SCORING_VERSION,
    ScoredCandidate,
    candidates_frame,
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
        ({"release_date": dt.date(2015, 1, 1)}, {"release_date": dt.date(1930, 1, 1), "revenue_usd": 187_000_000}),
        ({"vote_count": 200}, {"vote_count": 0}),
        ({"production_companies": ["Brand Pictures"]}, {"production_companies": ["Another"]}),
        ({"production_companies": ["Brand Pictures"]}, {"production_companies": None}),
        ({"revenue_usd": RELEASE.gross_usd}, {"revenue_usd": None}),
        ({"revenue_usd": RELEASE.gross_usd * 2}, {"revenue_usd": RELEASE.gross_usd * 7}),
        ({"revenue_usd": None}, {"revenue_usd": RELEASE.gross_usd // 2}),
        ({"revenue_usd": None}, {"revenue_usd": RELEASE.gross_usd * 100}),
        ({}, {"adult": True}),
        ({}, {"video": True}),
        ({}, {"runtime_minutes": 39}),
        ({}, {"status": "Post Production"}),
        ({}, {"release_date": TODAY + dt.timedelta(days=1)}),
        ({}, {"release_date": None}),
        ({}, {"genres": ["TV Movie"]}),
        ({}, {"genres": ["Documentary"]}),
        ({}, {"original_language": "fr"}),
        ({"key_tier": 3}, {"key_tier": 4}),
        ({"key_tier": 5, "likeness": 90.0}, {"key_tier": 5, "likeness": 80.0}),
        ({"keywords": ["brand"]}, {"keywords": ["heist"]}),
    ],
)
def test_evidence_moves_the_score(better: dict[str, Any], worse: dict[str, Any]) -> None:
    assert scored(**better).score > scored(**worse).score


def test_an_unknown_gross_is_scored_alike_on_either_side() -> None:
    unknown = scored(TopRelease("Brand", "Heat", 0))
    assert (unknown.revenue_ratio, unknown.revenue_score, unknown.era_score) == (None, 0.0, 0.0)
    unknown = scored(revenue_usd=None)
    assert (unknown.revenue_ratio, unknown.revenue_score) == (None, -1.0)


@pytest.mark.parametrize(
    ("title", "year", "fits", "points"),
    [
        ("Heat (1995)", 1995, True, 2.5),
        ("Heat (1994)", 1995, True, 2.5),
        ("Heat (1986)", 1995, False, -5.0),
        ("Heat (1995)", None, None, 0.0),
        ("Heat", 1995, None, 0.0),
    ],
)
def test_a_year_in_the_title_is_evidence(title: str, year: int | None, fits: bool | None, points: float) -> None:
    entry = scored(TopRelease("Brand", title, 67_000_000), release_date=year and dt.date(year, 12, 15))
    assert (entry.year_fits, entry.year_score) == (fits, points)


@pytest.mark.parametrize(
    ("changes", "foreign"),
    [
        ({"original_language": "en"}, False),
        ({"original_language": "ja"}, True),
        ({"original_language": "en", "original_title": "Fuego"}, False),
        ({"original_language": None, "original_title": "HEAT!"}, False),
        ({"original_language": None, "original_title": None}, False),
        ({"original_language": None, "original_title": "Fuego"}, True),
    ],
)
def test_a_film_is_foreign_by_its_language_or_its_original_title(changes: dict[str, Any], foreign: bool) -> None:
    entry = scored(**changes)
    assert entry.candidate.foreign == foreign
    assert entry.language_score == (-1.0 if foreign else 0.0)


def test_brands_of_one_release_share_their_companies() -> None:
    release, other = TopRelease("Brand", "Heat", 5_000_000), TopRelease("Regency", "Heat!", 5_000_000)
    candidates = [candidate(), candidate(brand="Regency")]
    by_brand = score_candidates(candidates, [release, other], today=TODAY)
    assert [by_brand[brand][0].brand.verdict for brand in ("Brand", "Regency")] == ["shared", "own"]
    assert by_brand["Brand"][0].brand_score == 2.0


def test_a_brand_that_makes_other_films_is_contradicted() -> None:
    by_brand = score_candidates([candidate()], [RELEASE], today=TODAY, films_of_brands={"Brand": 3})
    assert by_brand["Brand"][0].brand_score == -3.0


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
        ({"genres": ["TV Movie", "Documentary"]}, ["television", "documentary"]),
        ({"genres": None}, []),
    ],
)
def test_penalties(changes: dict[str, Any], penalties: list[str]) -> None:
    entry = scored(**changes)
    assert entry.penalties == penalties
    assert entry.penalty_score == sum(PENALTY_POINTS[name] for name in penalties)


def test_a_score_is_the_sum_of_its_points() -> None:
    everything = {"key_tier": 3, "key_field": "alternative_title", "adult": True, "production_companies": ["Brand"]}
    entry = scored(TopRelease("Brand", "Heat (1995)", 167_000_000), original_language="it", **everything)
    parts = [getattr(entry, name) for name in SCORES]
    assert len(parts) == 8
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
