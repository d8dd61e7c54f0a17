"""One module per asset or pair of assets: what comes in, one call, what goes out. Loops belong to domain packages."""

import dagster as dg

from movie_assets.assets.brand_comparison import brand_comparison
from movie_assets.assets.brand_film_matches import brand_film_matches
from movie_assets.assets.brand_films import brand_films
from movie_assets.assets.brand_report import brand_report
from movie_assets.assets.brand_rules import brand_rules
from movie_assets.assets.brand_stats import brand_stats
from movie_assets.assets.brands_csv import brands_csv
from movie_assets.assets.normalized_movies import normalized_movies
from movie_assets.assets.normalized_titles import normalized_titles
from movie_assets.assets.raw_brands import raw_brands
from movie_assets.assets.raw_tmdb_movies import raw_tmdb_movies

ASSETS: list[dg.AssetsDefinition | dg.AssetSpec] = [
    brands_csv,
    raw_brands,
    raw_tmdb_movies,
    normalized_titles,
    normalized_movies,
    brand_film_matches,
    brand_rules,
    brand_films,
    brand_stats,
    brand_comparison,
    brand_report,
]
"""Every asset, upstream first, but check_results, which is made from the checks of all of them."""

__all__ = ["ASSETS"]
