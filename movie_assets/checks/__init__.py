"""One module per asset or pair of assets: what must be true of it, and how bad it is when it is not."""

from movie_assets.checks.brand_comparison import (
    brand_comparison_checks,
    brand_overlaps_checks,
    genre_stats_checks,
    yearly_stats_checks,
)
from movie_assets.checks.brand_film_matches import (
    brand_film_candidates_checks,
    brand_film_matches_checks,
    brand_match_overrides_checks,
)
from movie_assets.checks.brand_films import (
    brand_films_checks,
    brand_films_left_out_checks,
    brand_rules_checks,
    tmdb_people_films_checks,
)
from movie_assets.checks.brand_stats import brand_intervals_checks, brand_stats_checks, brand_stats_history_checks
from movie_assets.checks.check_results import check_results_checks
from movie_assets.checks.normalized_movies import normalized_movies_checks
from movie_assets.checks.normalized_titles import normalized_titles_checks
from movie_assets.checks.raw_brands import raw_brands_checks, raw_brands_rejected_checks
from movie_assets.checks.raw_tmdb_movies import (
    raw_tmdb_movies_checks,
    raw_tmdb_movies_deleted_checks,
    tmdb_ingestions_checks,
)

CHECKS = [
    raw_brands_checks,
    raw_brands_rejected_checks,
    raw_tmdb_movies_checks,
    raw_tmdb_movies_deleted_checks,
    tmdb_ingestions_checks,
    normalized_titles_checks,
    normalized_movies_checks,
    brand_film_candidates_checks,
    brand_film_matches_checks,
    brand_match_overrides_checks,
    tmdb_people_films_checks,
    brand_rules_checks,
    brand_films_checks,
    brand_films_left_out_checks,
    brand_intervals_checks,
    brand_stats_checks,
    brand_stats_history_checks,
    brand_comparison_checks,
    brand_overlaps_checks,
    genre_stats_checks,
    yearly_stats_checks,
    check_results_checks,
]
"""Every check, upstream first."""

__all__ = ["CHECKS"]
