"""Rows of brand_comparison: pairs of brands, without the films that they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movie_assets.stats.bootstrap import LEAST_FILMS, Floats, interval, replicate
from movie_assets.stats.filmographies import MEASURES, Filmography
from movie_assets.warehouse.tables import brand_comparison

Ids = NDArray[np.int64]


def comparison_frame(films: Sequence[Filmography]) -> pd.DataFrame:
    """Both orders of every pair of brands."""
    comparer = _Comparer()
    rows = [row for one, other in combinations(films, 2) for row in _both(comparer.compare(one, other))]
    frame = pd.DataFrame(rows, columns=[column.name for column in brand_comparison.columns])
    texts = {column.name: "string" for column in brand_comparison.columns if column.type.python_type is str}
    return frame.astype(texts)


class _Comparer:
    def __init__(self) -> None:
        # Most pairs share no film, so that a brand's replicates serve all of them.
        self._replicates: dict[tuple[str, str], Floats] = {}

    def compare(self, one: Filmography, other: Filmography) -> dict[str, Any]:
        shared: Ids = np.intersect1d(one.ids, other.ids)
        row: dict[str, Any] = {
            "brand": one.brand,
            "other_brand": other.brand,
            "films": len(one.ids) - len(shared),
            "other_films": len(other.ids) - len(shared),
            "shared_films": len(shared),
        }
        for measure in MEASURES:
            row |= self._difference(measure, one, other, shared)
        return row

    def _difference(self, measure: str, one: Filmography, other: Filmography, shared: Ids) -> dict[str, Any]:
        statistic = MEASURES[measure].statistic
        mine, theirs = one.known(measure, shared), other.known(measure, shared)
        row: dict[str, Any] = dict.fromkeys(f"{measure}_{name}" for name in ("difference", "low", "high", "verdict"))
        if measure in _COUNTED:
            counted = _COUNTED[measure]
            row |= {counted: len(mine), f"other_{counted}": len(theirs)}
        if len(mine) and len(theirs):
            difference = statistic(mine[np.newaxis]) - statistic(theirs[np.newaxis])
            row[f"{measure}_difference"] = float(difference[0])
        if min(len(mine), len(theirs)) >= LEAST_FILMS:
            low, high = interval(
                self._replicated(measure, one, mine, shared) - self._replicated(measure, other, theirs, shared)
            )
            row |= {f"{measure}_low": low, f"{measure}_high": high, f"{measure}_verdict": verdict(low, high)}
        return row

    def _replicated(self, measure: str, filmography: Filmography, values: Floats, shared: Ids) -> Floats:
        if len(shared):
            return replicate(values, MEASURES[measure].statistic, filmography.brand)
        key = (filmography.brand, measure)
        if key not in self._replicates:
            self._replicates[key] = replicate(values, MEASURES[measure].statistic, filmography.brand)
        return self._replicates[key]


_COUNTED = {"rating": "rated_films", "popularity": "popularity_films"}
"""Measures that are not known of every film, and the columns that say of how many; votes are known of all."""


def verdict(low: float, high: float) -> str:
    """What an interval of a difference allows to say."""
    if low > 0:
        return "higher"
    return "lower" if high < 0 else "undecided"


_OPPOSITE = {"higher": "lower", "lower": "higher", "undecided": "undecided", None: None}


def _both(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A row and the same seen from the other brand."""
    yield row
    turned = {name: row[_counterpart(name, row)] for name in row}
    for measure in MEASURES:
        low, high = row[f"{measure}_low"], row[f"{measure}_high"]
        difference = row[f"{measure}_difference"]
        turned |= {
            f"{measure}_difference": None if difference is None else -difference,
            f"{measure}_low": None if high is None else -high,
            f"{measure}_high": None if low is None else -low,
            f"{measure}_verdict": _OPPOSITE[row[f"{measure}_verdict"]],
        }
    yield turned


def _counterpart(name: str, row: dict[str, Any]) -> str:
    other = name.removeprefix("other_") if name.startswith("other_") else f"other_{name}"
    return other if other in row else name
