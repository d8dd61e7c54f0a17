"""What must be true of brand_stats, its intervals and its history."""

from __future__ import annotations

from movie_assets.checks.build import table_checks
from movie_assets.checks.rules import error

brand_intervals_checks = table_checks(
    "brand_intervals",
    [
        error(
            "intervals_are_of_the_filmography",
            "Every interval is over as many films as brand_films has with the measure known.",
            "SELECT i.brand, i.measure, i.films FROM movies.brand_intervals AS i LEFT JOIN (SELECT f.brand,"
            " count(m.vote_average) AS rating, count(*) AS votes, count(m.popularity_percentile) AS popularity"
            " FROM movies.brand_films AS f INNER JOIN movies.normalized_movies AS m ON m.tmdb_id = f.tmdb_id"
            " GROUP BY f.brand) AS n ON n.brand = i.brand WHERE i.films IS DISTINCT FROM CASE i.measure"
            " WHEN 'rating' THEN n.rating WHEN 'votes' THEN n.votes ELSE n.popularity END ORDER BY i.brand, i.measure",
            why="the intervals would be those of other films than the metrics.",
        ),
    ],
)

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
            "estimates_lie_within_their_intervals",
            "A metric lies within its interval, and a rank within its own.",
            "SELECT brand, scope FROM movies.brand_stats WHERE vote_average_mean NOT BETWEEN vote_average_low AND"
            " vote_average_high OR vote_count_median NOT BETWEEN vote_count_low AND vote_count_high"
            " OR popularity_percentile_mean NOT BETWEEN popularity_percentile_low AND popularity_percentile_high"
            " OR rating_rank NOT BETWEEN rating_rank_low AND rating_rank_high ORDER BY brand, scope",
            why="the interval would be that of other films than the metric.",
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

brand_stats_history_checks = table_checks(
    "brand_stats_history",
    [
        error(
            "newest_snapshot_is_brand_stats",
            "The newest snapshot has the rows of brand_stats.",
            "SELECT coalesce(s.brand, h.brand) AS brand, coalesce(s.scope, h.scope) AS scope"
            " FROM movies.brand_stats AS s FULL JOIN (SELECT * FROM movies.brand_stats_history WHERE snapshot_date ="
            " (SELECT max(snapshot_date) FROM movies.brand_stats_history)) AS h"
            " ON h.brand = s.brand AND h.scope = s.scope WHERE s.brand IS NULL OR h.brand IS NULL"
            " OR (s.films, s.total_gross_usd, s.vote_average_mean, s.vote_count_sum)"
            " IS DISTINCT FROM (h.films, h.total_gross_usd, h.vote_average_mean, h.vote_count_sum) ORDER BY 1, 2",
            why="trends would end in figures that were never published.",
        ),
        error(
            "no_snapshot_is_of_the_future",
            "Snapshots are of today or earlier.",
            "SELECT DISTINCT snapshot_date FROM movies.brand_stats_history"
            " WHERE snapshot_date > cast(now() AT TIME ZONE 'UTC' AS date) ORDER BY snapshot_date",
            why="a clock was wrong, and the trend has a point that has not been yet.",
        ),
    ],
)
