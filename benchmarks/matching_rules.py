"""The simple rules that matching is compared with, and the fit of its weights to labelled titles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.catalogue import Label
from movie_assets.matching.evidence import DEFAULT_WEIGHTS, Weights
from movie_assets.matching.model import Candidate
from movie_assets.matching.titles import PLAIN

_OLDEST_TREND = 1970
_SNAPSHOT_FACTOR = 2
"""Ratings grow between snapshots and labels are hits alone: the spread is taken for twice what the labels show."""


def most_votes(candidates: Sequence[Candidate], label: Label) -> int | None:
    """The film with most ratings among those of equal titles."""
    del label
    ranked = _equal_titles(candidates)
    return ranked[0].tmdb_id if ranked else None


def clearly_most_votes(candidates: Sequence[Candidate], label: Label) -> int | None:
    """The same, if it has ten times the ratings of the next."""
    del label
    return _clear(_equal_titles(candidates))


def clearly_most_votes_of_fitting_gross(candidates: Sequence[Candidate], label: Label) -> int | None:
    """The same among films whose worldwide gross is at least 98% of the US and Canadian one."""
    fitting = [film for film in candidates if (film.revenue_usd or 0) >= 0.98 * label.gross_usd]
    return _clear(_equal_titles(fitting))


def _equal_titles(candidates: Sequence[Candidate]) -> list[Candidate]:
    return sorted((film for film in candidates if film.key_tier <= PLAIN), key=lambda film: -film.vote_count)


def _clear(ranked: Sequence[Candidate]) -> int | None:
    if not ranked or (len(ranked) > 1 and ranked[0].vote_count < 10 * ranked[1].vote_count):
        return None
    return ranked[0].tmdb_id


def fitted(labels: Sequence[Label], candidates: Mapping[int, Sequence[Candidate]]) -> Weights:
    """The weights fitted to these labels by least squares; `candidates` are those of each label by its position."""
    films = [
        (label.gross_usd, film)
        for place, label in enumerate(labels)
        for film in candidates.get(place, ())
        if film.tmdb_id == label.tmdb_id and film.year and not film.foreign
    ]
    ratios = [
        (math.log(film.revenue_usd / gross), (max(film.year or 0, _OLDEST_TREND) - 2000) / 10)
        for gross, film in films
        if film.revenue_usd and film.revenue_usd > 1.0002 * gross
    ]
    level, trend, spread = _line([decades for _, decades in ratios], [ratio for ratio, _ in ratios])
    ratings = [math.log10(1 + film.vote_count) for _, film in films]
    mean, slope, sd = _line([math.log10(gross) - 8 for gross, _ in films], ratings)
    return replace(
        DEFAULT_WEIGHTS,
        ratio_log_2000=level,
        ratio_log_per_decade=trend,
        ratio_log_sd=spread,
        ratings_log_at_100m=mean,
        ratings_log_per_decade_of_gross=slope,
        ratings_log_sd=_SNAPSHOT_FACTOR * sd,
    )


def _line(x: Sequence[float], y: Sequence[float]) -> tuple[float, float, float]:
    """Level, slope and standard deviation around the line of least squares."""
    design = np.column_stack([np.ones(len(x)), x])
    (level, slope), *_ = np.linalg.lstsq(design, np.asarray(y), rcond=None)
    return float(level), float(slope), float(np.std(np.asarray(y) - design @ (level, slope)))
