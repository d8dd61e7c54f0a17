"""The statistics computed and stored as the assets do it, without Dagster."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from movie_assets.stats.comparison import comparison_frame
from movie_assets.stats.filmographies import filmographies
from movie_assets.stats.intervals import intervals_frame
from movie_assets.stats.queries import snapshot, statement
from movie_assets.stats.rules import rules_frame
from movie_assets.tmdb.rules import BrandRules
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.reading import read
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.matching.films import store


def measure(
    database: Database, rules: Sequence[BrandRules] = (), people: Sequence[tuple[str, int]] = ()
) -> pd.DataFrame:
    """Everything from brand_rules on, over the films and decisions that are stored; brand_stats by brand and scope.

    `people` are the (value of the rule, film) pairs that TMDB lists.
    """
    lists = pd.DataFrame(people, columns=["people", "tmdb_id"]).astype({"people": "string", "tmdb_id": "Int64"})
    store(database, "tmdb_people_films", lists)
    store(database, "brand_rules", rules_frame(database, rules))
    for name in ("brand_films", "brand_films_left_out"):
        store(database, name, statement(name))
    films = filmographies(database)
    store(database, "brand_intervals", intervals_frame(films))
    store(database, "brand_stats", statement("brand_stats"))
    store(database, "brand_stats_history", snapshot())
    store(database, "brand_comparison", comparison_frame(films))
    for name in ("brand_overlaps", "genre_stats", "yearly_stats"):
        store(database, name, statement(name))
    return stored(database, "brand_stats").set_index(["brand", "scope"])


def stored(database: Database, name: str) -> pd.DataFrame:
    """A published table in the order of its key."""
    return read(database, metadata.tables[f"movies.{name}"], ordered=True)
