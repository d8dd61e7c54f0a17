"""What must be true of brand_films."""

from __future__ import annotations

from movie_assets.checks.build import table_checks
from movie_assets.checks.rules import error

brand_films_checks = table_checks(
    "brand_films",
    [
        error(
            "films_exist",
            "Every film that counts for a brand is in normalized_movies.",
            "SELECT f.brand, f.tmdb_id FROM movies.brand_films AS f WHERE NOT EXISTS ("
            "SELECT FROM movies.normalized_movies AS m WHERE m.tmdb_id = f.tmdb_id) ORDER BY f.brand, f.tmdb_id",
            why="the brand's metrics would silently leave it out.",
            blocking=True,
        ),
        error(
            "matched_brands_have_their_top_release",
            "Exactly the matched brands have a film with the reason top_release.",
            "SELECT coalesce(m.brand, f.brand) AS brand"
            " FROM (SELECT brand FROM movies.brand_film_matches WHERE status = 'matched') AS m"
            " FULL JOIN (SELECT brand FROM movies.brand_films WHERE reason = 'top_release') AS f ON f.brand = m.brand"
            " WHERE m.brand IS NULL OR f.brand IS NULL",
            why="the scope top_release would be wrong for the brand.",
            blocking=True,
        ),
    ],
)
