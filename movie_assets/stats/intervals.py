"""Rows of brand_intervals: the interval of each brand's measures, and of its rank among the brands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from movie_assets.stats.bootstrap import INTERVAL, LEAST_FILMS, REPLICATES, interval, ranks, replicate
from movie_assets.stats.filmographies import MEASURES, Filmography

_COLUMNS = (
    "brand",
    "measure",
    "films",
    "estimate",
    "low",
    "high",
    "rank_low",
    "rank_high",
    "ranked_brands",
    "replicates",
)


def intervals_frame(films: Sequence[Filmography]) -> pd.DataFrame:
    """One row for each brand and measure with enough films for an interval."""
    rows = [row for measure in MEASURES for row in _rows(measure, films)]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"brand": "string", "measure": "string"})


def _rows(measure: str, films: Sequence[Filmography]) -> Iterator[dict[str, Any]]:
    known = {filmography.brand: filmography.known(measure) for filmography in films}
    samples = {brand: values for brand, values in known.items() if len(values) >= LEAST_FILMS}
    if not samples:
        return
    statistic = MEASURES[measure].statistic
    replicates = np.stack([replicate(values, statistic, brand) for brand, values in samples.items()])
    ranked = ranks(replicates)
    for (brand, values), measured, places in zip(samples.items(), replicates, ranked, strict=True):
        low, high = interval(measured)
        best, worst = np.percentile(places, INTERVAL)
        yield {
            "brand": brand,
            "measure": measure,
            "films": len(values),
            "estimate": float(statistic(values[np.newaxis])[0]),
            "low": low,
            "high": high,
            "rank_low": math.floor(best),
            "rank_high": math.ceil(worst),
            "ranked_brands": len(samples),
            "replicates": REPLICATES,
        }
