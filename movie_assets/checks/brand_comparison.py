"""What must be true of the tables that set brands beside each other, and of those by genre and by year."""

from __future__ import annotations

from movie_assets.checks.build import table_checks
from movie_assets.checks.rules import error

brand_comparison_checks = table_checks(
    "brand_comparison",
    [
        error(
            "both_orders_agree",
            "Every pair stands in both orders, with opposite differences.",
            "SELECT a.brand, a.other_brand FROM movies.brand_comparison AS a LEFT JOIN movies.brand_comparison AS b"
            " ON b.brand = a.other_brand AND b.other_brand = a.brand WHERE b.brand IS NULL"
            " OR a.shared_films <> b.shared_films OR a.films <> b.other_films"
            " OR a.rating_difference IS DISTINCT FROM -b.rating_difference"
            " OR a.rating_low IS DISTINCT FROM -b.rating_high ORDER BY a.brand, a.other_brand",
            why="the answer would depend on the order of the question.",
        ),
        error(
            "shared_films_are_counted",
            "shared_films is what brand_overlaps counts for the pair.",
            "SELECT c.brand, c.other_brand, c.shared_films, o.shared_films AS overlap FROM movies.brand_comparison AS c"
            " LEFT JOIN movies.brand_overlaps AS o ON o.brand = c.brand AND o.other_brand = c.other_brand"
            " WHERE c.shared_films <> coalesce(o.shared_films, 0) ORDER BY c.brand, c.other_brand",
            why="films of both brands would blur the difference.",
        ),
    ],
)

brand_overlaps_checks = table_checks(
    "brand_overlaps",
    [
        error(
            "overlaps_name_their_films",
            "As many films are named as are counted.",
            "SELECT brand, other_brand, shared_films FROM movies.brand_overlaps WHERE shared_films < 1"
            " OR shared_films <> cardinality(tmdb_ids) OR shared_films <> cardinality(titles)"
            " ORDER BY brand, other_brand",
            why="the count could not be verified.",
        ),
    ],
)

genre_stats_checks = table_checks(
    "genre_stats",
    [
        error(
            "shares_add_up",
            "The shares of a brand's genres add up to 1.",
            "SELECT brand, sum(film_share) AS film_share FROM movies.genre_stats GROUP BY brand"
            " HAVING abs(sum(film_share) - 1) > 1e-9 ORDER BY brand",
            why="a film would count more or less than once.",
        ),
    ],
)

yearly_stats_checks = table_checks(
    "yearly_stats",
    [
        error(
            "years_add_up",
            "The years of a brand hold all its dated films.",
            "SELECT y.brand, y.films, f.films AS dated FROM (SELECT brand, sum(films) AS films FROM movies.yearly_stats"
            " GROUP BY brand) AS y INNER JOIN (SELECT brand, count(release_year) AS films FROM movies.brand_films"
            " GROUP BY brand) AS f ON f.brand = y.brand WHERE y.films <> f.films ORDER BY y.brand",
            why="a trend would lack films.",
        ),
    ],
)
