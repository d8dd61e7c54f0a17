"""A numbered sequel tells that there was a film before it: where the catalogue has none, the original is missing.

Then a later film of the title, a remake as a rule, is all that is left, and everything but this may fit it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from movie_assets.matching.model import Candidate, Sequel, TopRelease
from movie_assets.matching.titles import LOOSE, release_keys
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.query import Query

LEAST_VOTES: Final = 10
"""Entries with fewer ratings are no evidence that a sequel was made."""
ORIGINAL_SHARE: Final = 2
"""An original has at least one rating for so many of its first sequel; lesser known namesakes are none."""


def first_sequels(database: Database, releases: Sequence[TopRelease]) -> dict[str, Sequel]:
    """The first numbered sequel to each brand's title, by brand; none where its original bears another spelling."""
    keys_of = {release.brand: release_keys(release.title) for release in releases}
    wanted = [(brand, key) for brand, keys in keys_of.items() for key, tier in keys.items() if tier < LOOSE]
    query = Query.from_file("movie_assets.matching", "first_sequels.sql")
    parameters = {
        "brands": [brand for brand, _ in wanted],
        "title_keys": [key for _, key in wanted],
        "loose": LOOSE,
        "least_votes": LEAST_VOTES,
        "original_share": ORIGINAL_SHARE,
    }
    rows = database.rows(query.sql, parameters) if wanted else []
    return {row["brand"]: Sequel(row["sequel_date"], row["sequel_votes"]) for row in rows}


def newer_than_sequel(candidate: Candidate, candidates: Sequence[Candidate]) -> bool:
    """Whether the title had a sequel before this film was released, and none of the candidates can be its original."""
    sequel = candidate.sequel
    if sequel is None or candidate.release_date is None or candidate.release_date <= sequel.release_date:
        return False
    return not any(
        one.key_tier < LOOSE
        and one.release_date is not None
        and one.release_date < sequel.release_date
        and one.vote_count * ORIGINAL_SHARE >= sequel.vote_count
        for one in candidates
    )
