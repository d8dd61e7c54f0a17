"""What must be true of brand_stats."""

from __future__ import annotations

from movie_assets.checks.build import table_checks
from movie_assets.checks.rules import error

brand_stats_checks = table_checks(
    "brand_stats",
    [
        error(
            "every_brand_is_measured",
            "Every brand has a row in the scope top_release, and no other has.",
            "SELECT coalesce(b.brand, s.brand) AS brand FROM (SELECT DISTINCT brand FROM movies.raw_brands) AS b"
            " FULL JOIN (SELECT brand FROM movies.brand_stats WHERE scope = 'top_release') AS s ON s.brand = b.brand"
            " WHERE b.brand IS NULL OR s.brand IS NULL",
            why="analysts would miss a brand.",
        ),
        error(
            "samples_are_consistent",
            "No metric is based on more films than its scope holds; a metric is known exactly when its n is above 0.",
            "SELECT brand, scope FROM movies.brand_stats WHERE rated_films > films OR popularity_films > films"
            " OR revenue_films > films OR (rated_films > 0) <> (vote_average_mean IS NOT NULL)"
            " OR (popularity_films > 0) <> (popularity_mean IS NOT NULL)"
            " OR (revenue_films > 0) <> (revenue_sum_usd IS NOT NULL) ORDER BY brand, scope",
            why="a number without its sample cannot be judged.",
        ),
        error(
            "top_release_is_one_film",
            "In the scope top_release a brand has at most one film, and one exactly when it is matched.",
            "SELECT brand, films, match_status FROM movies.brand_stats WHERE scope = 'top_release'"
            " AND films <> CASE WHEN match_status = 'matched' THEN 1 ELSE 0 END ORDER BY brand",
            why="the #1 release is one film.",
        ),
    ],
)
