"""The whole of matching in one call: candidates, scores, decisions, and people's decisions over them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from movie_assets.matching.brand_evidence import films_of_brands
from movie_assets.matching.candidates import find_candidates
from movie_assets.matching.decision import Match, decide_all
from movie_assets.matching.model import TopRelease
from movie_assets.matching.overrides import Override
from movie_assets.matching.overriding import AppliedOverride, overridden
from movie_assets.matching.scoring import ScoredCandidate, score_candidates
from movie_assets.matching.vintage import weights_for
from movie_assets.warehouse.database import Database


@dataclass(frozen=True, slots=True)
class Matching:
    """Scored candidates by brand, one decision per release in the order given, and what became of each override."""

    candidates: dict[str, list[ScoredCandidate]]
    matches: list[Match]
    overrides: list[AppliedOverride]


def match_releases(
    database: Database,
    releases: Sequence[TopRelease],
    *,
    today: dt.date,
    overrides: Sequence[Override] = (),
) -> Matching:
    """Match releases against the films of normalized_movies; each brand may be named once."""
    scored = score_candidates(
        find_candidates(database, releases),
        releases,
        today=today,
        films_of_brands=films_of_brands(database, [release.brand for release in releases]),
        weights=weights_for(database),
    )
    matches, applied = overridden(database, decide_all(releases, scored), scored, overrides)
    return Matching(scored, matches, applied)
