-- How many ratings the films of this catalogue have beside their grosses: the middle film's decimal logarithm of
-- ratings, as if it had taken 100 million dollars in the US and Canada.
-- Grain: one row. Input: movies.normalized_movies.
SELECT
    count(*) AS films,
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY
            log(1 + vote_count)
            - :ratings_per_decade * (log(revenue_usd) - 8 - :ratio)
    ) AS ratings_log_at_100m
FROM movies.normalized_movies
WHERE revenue_usd >= :least_revenue_usd AND vote_count > 0
