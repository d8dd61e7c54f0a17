"""The films of brands with what is measured of them, as the bootstrap needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from movie_assets.stats.bootstrap import Floats, Statistic, mean, median
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.query import Query


@dataclass(frozen=True)
class Measure:
    """A column of normalized_movies and how a brand's films are summed up by it."""

    column: str
    statistic: Statistic


MEASURES: Final[Mapping[str, Measure]] = {
    "rating": Measure("vote_average", mean),
    # A few blockbusters hold most of the votes, so that a mean would follow them alone.
    "votes": Measure("vote_count", median),
    "popularity": Measure("popularity_percentile", mean),
}


@dataclass(frozen=True)
class Filmography:
    """A brand's films in the order of their ids: ids (films,), and for each measure its values, NaN where unknown."""

    brand: str
    ids: NDArray[np.int64]
    values: Mapping[str, Floats]

    def known(self, measure: str, without: NDArray[np.int64] | None = None) -> Floats:
        """The known values of a measure, without those of some films."""
        values = self.values[measure]
        kept = ~np.isnan(values)
        if without is not None and len(without):
            kept &= ~np.isin(self.ids, without)
        return values[kept]


def filmographies(database: Database) -> list[Filmography]:
    """The filmographies of brands that have a rule and a film, by brand."""
    rows = database.rows(Query.from_file("movie_assets.stats", "filmographies.sql").sql)
    return [
        Filmography(
            brand=row["brand"],
            ids=np.array(row["tmdb_ids"], dtype=np.int64),
            values={name: np.array(row[measure.column], dtype=np.float64) for name, measure in MEASURES.items()},
        )
        for row in rows
    ]
