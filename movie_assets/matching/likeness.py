"""Films whose titles look like a release's, for releases that no key finds: proposals for a person, never matches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from movie_assets.matching.evidence import RATIO_CEILING, RATIO_FLOOR
from movie_assets.matching.model import TopRelease
from movie_assets.matching.rewriting import main_title
from movie_assets.matching.titles import plain_key
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.query import Query

LEAST_VOTES = 100
LEAST_REVENUE_USD = 1_000_000
MOST_FILMS = 60_000
"""The best-known films that are compared; all of TMDB's films with a hundred ratings are fewer."""
LEAST_LIKENESS = 70.0
PROPOSALS = 5
_TITLES_AT_ONCE = 200
_HEAD_DISCOUNT = np.float32(0.9)


def alike(database: Database, releases: Sequence[TopRelease]) -> list[tuple[str, int, str, float]]:
    """Brand, tmdb_id, compared title and likeness (0 to 100) of the films most alike, best first per brand.

    Films whose worldwide gross cannot be that of the release are left out.
    """
    query = Query.from_file("movie_assets.matching", "films_worth_comparing.sql")
    bounds = {"least_votes": LEAST_VOTES, "least_revenue": LEAST_REVENUE_USD, "most": MOST_FILMS}
    films = database.rows(query.sql, bounds)
    if not films:
        return []
    ids = np.array([film["tmdb_id"] for film in films])
    titles = [film["normalized_title"] for film in films]
    revenue = np.array([film["revenue_usd"] or np.nan for film in films], dtype=np.float64)
    found: list[tuple[str, int, str, float]] = []
    for start in range(0, len(releases), _TITLES_AT_ONCE):
        some = releases[start : start + _TITLES_AT_ONCE]
        scores = _likeness([release.title for release in some], titles)
        for release, row in zip(some, scores, strict=True):
            if release.gross_usd > 0:
                ratio = revenue / release.gross_usd
                row[(ratio < RATIO_FLOOR) | (ratio > RATIO_CEILING[True])] = 0
            # Films come in the order of their ratings, and of equal likeness the better known is proposed.
            best = np.argsort(-row, kind="stable")[:PROPOSALS]
            found += [
                (release.brand, int(ids[at]), titles[at], float(row[at])) for at in best if row[at] >= LEAST_LIKENESS
            ]
    return found


def _likeness(wanted: Sequence[str], titles: Sequence[str]) -> NDArray[np.float32]:
    """How alike each wanted title, or its part before the subtitle, is to each title."""
    whole = [plain_key(title) for title in wanted]
    heads = [plain_key(main_title(title)) for title in wanted]
    likeness: NDArray[np.float32] = np.maximum(_ratios(whole, titles), _HEAD_DISCOUNT * _ratios(heads, titles))
    return likeness


def _ratios(wanted: Sequence[str], titles: Sequence[str]) -> NDArray[np.float32]:
    ratios = process.cdist(wanted, titles, scorer=fuzz.ratio, score_cutoff=LEAST_LIKENESS, dtype=np.float32, workers=-1)
    return np.asarray(ratios, dtype=np.float32)
