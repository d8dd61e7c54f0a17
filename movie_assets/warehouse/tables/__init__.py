"""Every published table, declared once, in one module per layer.

From these declarations come the DDL, the Arrow schema used for loading, the column schema shown in Dagster and the
comments stored in PostgreSQL. A new table is declared in the module of its layer and named here.

Amounts are nominal US dollars. NULL always means unknown, never zero. What does not belong here: how rows get in
(`publishing`) or how they are computed (`assets`).
"""

from movie_assets.warehouse.tables.comparisons import brand_comparison, brand_overlaps, genre_stats, yearly_stats
from movie_assets.warehouse.tables.declaring import (
    SCHEMA,
    Mode,
    is_for_analysts,
    key_of,
    may_be_empty,
    metadata,
    mode_of,
)
from movie_assets.warehouse.tables.filmographies import (
    brand_films,
    brand_films_left_out,
    brand_rules,
    tmdb_people_films,
)
from movie_assets.warehouse.tables.health import check_results
from movie_assets.warehouse.tables.history import brand_intervals, brand_stats_history
from movie_assets.warehouse.tables.matching import brand_film_candidates, brand_film_matches, brand_match_overrides
from movie_assets.warehouse.tables.normalized import normalized_movies, normalized_titles
from movie_assets.warehouse.tables.raw import (
    raw_brands,
    raw_brands_rejected,
    raw_tmdb_movies,
    raw_tmdb_movies_deleted,
    tmdb_ingestions,
)
from movie_assets.warehouse.tables.statistics import brand_stats

__all__ = [
    "SCHEMA",
    "Mode",
    "brand_comparison",
    "brand_film_candidates",
    "brand_film_matches",
    "brand_films",
    "brand_films_left_out",
    "brand_intervals",
    "brand_match_overrides",
    "brand_overlaps",
    "brand_rules",
    "brand_stats",
    "brand_stats_history",
    "check_results",
    "genre_stats",
    "is_for_analysts",
    "key_of",
    "may_be_empty",
    "metadata",
    "mode_of",
    "normalized_movies",
    "normalized_titles",
    "raw_brands",
    "raw_brands_rejected",
    "raw_tmdb_movies",
    "raw_tmdb_movies_deleted",
    "tmdb_ingestions",
    "tmdb_people_films",
    "yearly_stats",
]
