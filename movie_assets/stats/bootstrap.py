"""How far a figure could be another one by chance: the percentile bootstrap (Efron and Tibshirani 1993, chapter 13).

A brand's films are taken as a sample of the films such a brand makes. Each replicate draws as many of them with
replacement and measures anew; the middle 95% of the replicates are the interval. With fewer than `LEAST_FILMS` films
the replicates are too few distinct samples for that, and there is no interval.

The draws follow from the brand's name alone, so that a refresh without a change gives the same numbers, and a change
of one brand leaves the others' intervals as they were.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

REPLICATES: Final = 2000
LEAST_FILMS: Final = 5
INTERVAL: Final = (2.5, 97.5)
"""Percentiles between which the middle 95% lie."""

_SEED: Final = 20220213
_CELLS_AT_ONCE: Final = 4_000_000

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""Measures each row of a matrix: (replicates, films) to (replicates,)."""


def mean(samples: Floats) -> Floats:
    """The mean of each row."""
    return np.asarray(samples.mean(axis=1), dtype=np.float64)


def median(samples: Floats) -> Floats:
    """The median of each row; of an even number the mean of the middle two."""
    return np.asarray(np.median(samples, axis=1), dtype=np.float64)


def replicate(values: Floats, statistic: Statistic, name: str) -> Floats:
    """The statistic over `REPLICATES` samples with replacement of `values`, shape (films,), drawn for `name`."""
    draws = np.random.default_rng([_SEED, zlib.crc32(name.encode())])
    # A filmography of any size takes bounded memory.
    rows = max(1, _CELLS_AT_ONCE // len(values))
    measured = [
        statistic(values[draws.integers(0, len(values), size=(min(rows, REPLICATES - start), len(values)))])
        for start in range(0, REPLICATES, rows)
    ]
    return np.concatenate(measured)


def interval(replicates: Floats) -> tuple[float, float]:
    """The ends of the middle 95%, by linear interpolation."""
    low, high = np.percentile(replicates, INTERVAL)
    return float(low), float(high)


def ranks(measured: Floats) -> NDArray[np.int64]:
    """Ranks within each column, 1 is highest and equals share the better rank: (brands, replicates) to the same."""
    ordered = np.sort(measured, axis=0)
    found = [
        len(column) - np.searchsorted(low_to_high, column, side="right") + 1
        for column, low_to_high in zip(measured.T, ordered.T, strict=True)
    ]
    return np.asarray(found, dtype=np.int64).reshape(measured.shape[1], measured.shape[0]).T
