"""The age of a catalogue's ratings: they grow for years, so that an older snapshot has fewer for the same film."""

from __future__ import annotations

import math
from dataclasses import replace

from movie_assets.matching.evidence import DEFAULT_WEIGHTS, Weights
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.query import Query

LEAST_REVENUE_USD = 100_000_000
LEAST_FILMS = 30
"""With fewer films of that gross, the catalogue tells too little of its age and the default is used."""


def weights_for(database: Database, weights: Weights = DEFAULT_WEIGHTS) -> Weights:
    """The weights with the ratings of this catalogue's well-earning films as the measure of its age."""
    query = Query.from_file("movie_assets.matching", "catalogue_ratings.sql")
    (found,) = database.rows(
        query.sql,
        {
            "least_revenue_usd": LEAST_REVENUE_USD,
            "ratings_per_decade": weights.ratings_log_per_decade_of_gross,
            "ratio": weights.ratio_log_2000 / math.log(10),
        },
    )
    if found["films"] < LEAST_FILMS:
        return weights
    return replace(weights, ratings_log_shift=weights.ratings_log_at_100m - float(found["ratings_log_at_100m"]))
