"""What people's decisions do to those of the rules, and whether they are still needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

import pandas as pd

from movie_assets.matching.decision import Match
from movie_assets.matching.evidence import ratio_contradicts
from movie_assets.matching.overrides import Override, override_key
from movie_assets.matching.scoring import ScoredCandidate
from movie_assets.warehouse.database import Database

Effect = Literal["decides", "unnecessary", "contradicts", "film_unknown", "unused"]

EFFECTS: Final[Mapping[Effect, str]] = {
    "decides": "the rules left this open",
    "unnecessary": "the rules alone decide the same",
    "contradicts": "the rules alone found another film, or what is known of the film speaks against it",
    "film_unknown": "the film is not in the catalogue, so that the brand waits for review",
    "unused": "no brand has this #1 release",
}

_FILMS = """
SELECT tmdb_id, imdb_id, title, release_year FROM movies.normalized_movies
WHERE tmdb_id = ANY(cast(:tmdb_ids AS bigint[])) OR imdb_id = ANY(cast(:imdb_ids AS text[]))
ORDER BY tmdb_id
"""


@dataclass(frozen=True, slots=True)
class AppliedOverride:
    """A person's decision and its effect; a row of brand_match_overrides."""

    brand: str
    top_release: str
    tmdb_id: int | None
    imdb_id: str | None
    who: str
    why: str
    source_line: int
    effect: Effect


def overridden(
    database: Database,
    matches: Sequence[Match],
    by_brand: Mapping[str, Sequence[ScoredCandidate]],
    overrides: Sequence[Override],
) -> tuple[list[Match], list[AppliedOverride]]:
    """The decisions with people's in place of the rules', in the same order, and what became of each override."""
    films = _films(database, overrides) if overrides else {}
    by_key = {override.key: override for override in overrides}
    decided: list[Match] = []
    effects: dict[tuple[str, str], Effect] = {}
    for match in matches:
        override = by_key.get(override_key(match.brand, match.top_release))
        if override is None:
            decided.append(match)
            continue
        film = films.get(override.tmdb_id or override.imdb_id or 0)
        effects[override.key] = _effect(match, by_brand.get(match.brand, ()), override, film)
        decided.append(_decided(match, override, film))
    applied = [
        AppliedOverride(
            override.brand,
            override.top_release,
            override.tmdb_id,
            override.imdb_id,
            override.who,
            override.why,
            override.line,
            effects.get(override.key, "unused"),
        )
        for override in overrides
    ]
    return decided, applied


def overrides_frame(applied: Sequence[AppliedOverride]) -> pd.DataFrame:
    """The rows of brand_match_overrides."""
    frame = pd.DataFrame.from_records([asdict(one) for one in applied], columns=list(AppliedOverride.__slots__))
    return frame.astype({"tmdb_id": "Int64", "imdb_id": "string", "source_line": "Int64"})


def _films(database: Database, overrides: Sequence[Override]) -> dict[int | str, dict[str, Any]]:
    """The films that are named, by each id that they are named by."""
    parameters = {
        "tmdb_ids": [one.tmdb_id for one in overrides if one.tmdb_id],
        "imdb_ids": [one.imdb_id for one in overrides if one.imdb_id],
    }
    rows = database.rows(_FILMS, parameters)
    return {row[name]: row for row in rows for name in ("tmdb_id", "imdb_id") if row[name]}


def _effect(
    match: Match, candidates: Sequence[ScoredCandidate], override: Override, film: dict[str, Any] | None
) -> Effect:
    if override.tmdb_id is None and override.imdb_id is None:
        return "contradicts" if match.status == "matched" else "decides"
    if film is None:
        return "film_unknown"
    if match.status == "matched":
        return "unnecessary" if match.tmdb_id == film["tmdb_id"] else "contradicts"
    of_film = [one for one in candidates if one.candidate.tmdb_id == film["tmdb_id"]]
    if not of_film or any(ratio_contradicts(one.revenue_ratio, foreign=one.candidate.foreign) for one in of_film):
        return "contradicts"
    return "decides"


def _decided(match: Match, override: Override, film: dict[str, Any] | None) -> Match:
    said = f"{override.who} decided: {override.why}"
    open_ = replace(match, tmdb_id=None, title=None, release_year=None, method="override")
    if override.tmdb_id is None and override.imdb_id is None:
        return replace(open_, status="unmatched", reason=f"No film, {said}")
    if film is None:
        named = override.tmdb_id or override.imdb_id
        return replace(open_, status="review", reason=f"Film {named} is not in the catalogue; {said}")
    return replace(
        open_,
        status="matched",
        tmdb_id=film["tmdb_id"],
        title=film["title"],
        release_year=film["release_year"],
        reason=f"{film['title']} ({film['release_year'] or 'undated'}), {said}",
    )
