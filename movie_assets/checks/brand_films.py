"""What must be true of brand_rules, brand_films and what is left out of them."""

from __future__ import annotations

from movie_assets.checks.build import table_checks
from movie_assets.checks.rules import error, warning

brand_rules_checks = table_checks(
    "brand_rules",
    [
        warning(
            "companies_bear_their_names",
            "Every company of a rule bears the expected name on the stored films.",
            "SELECT brand, value, expected_name, found_name FROM movies.brand_rules WHERE names_agree = FALSE"
            " ORDER BY brand, value",
            why="the rule is not used, so that the brand may lack films; correct its id or its name in the file.",
        ),
    ],
    waited_for=True,
)

tmdb_people_films_checks = table_checks("tmdb_people_films", waited_for=True)

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
            " FULL JOIN (SELECT brand FROM movies.brand_films WHERE 'top_release' = ANY(reasons)) AS f"
            " ON f.brand = m.brand"
            " WHERE m.brand IS NULL OR f.brand IS NULL",
            why="the scope top_release would be wrong for the brand.",
            blocking=True,
        ),
        warning(
            "filmographies_are_not_too_wide",
            "No brand has more than 1.05 times as many films as the brand file has releases.",
            "SELECT b.brand, b.releases, f.films FROM (SELECT DISTINCT ON (brand) brand, releases"
            " FROM movies.raw_brands ORDER BY brand, source_line) AS b"
            " INNER JOIN (SELECT brand, count(*) AS films FROM movies.brand_films GROUP BY brand) AS f"
            " ON f.brand = b.brand WHERE f.films > 1.05 * b.releases ORDER BY b.brand",
            why="films later than the brand file explain it, or a rule that brings in others' films.",
        ),
    ],
    waited_for=True,
)

brand_films_left_out_checks = table_checks(
    "brand_films_left_out",
    [
        error(
            "no_film_is_both",
            "No film counts for a brand and is left out of it.",
            "SELECT l.brand, l.tmdb_id FROM movies.brand_films_left_out AS l INNER JOIN movies.brand_films AS f"
            " ON f.brand = l.brand AND f.tmdb_id = l.tmdb_id ORDER BY l.brand, l.tmdb_id",
            why="the two tables contradict each other.",
        ),
    ],
)
