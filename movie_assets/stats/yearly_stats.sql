-- A brand's films by release year.
-- Grain: brand x release_year. Inputs: movies.brand_films, movies.brand_rules, movies.normalized_movies.
WITH ruled AS (
    SELECT DISTINCT brand
    FROM movies.brand_rules
    WHERE kind <> 'excluded'
)

SELECT
    f.brand,
    m.release_year,
    m.release_year / 10 * 10 AS decade,
    count(*) AS films,
    cast(sum(count(*)) OVER (PARTITION BY f.brand ORDER BY m.release_year) AS bigint) AS films_so_far,
    count(m.vote_average) AS rated_films,
    avg(m.vote_average) AS vote_average_mean,
    cast(sum(m.vote_count) AS bigint) AS vote_count_sum,
    avg(m.popularity_percentile) AS popularity_percentile_mean,
    count(m.revenue_usd) AS revenue_films,
    cast(sum(m.revenue_usd) AS bigint) AS revenue_sum_usd
FROM movies.brand_films AS f
INNER JOIN movies.normalized_movies AS m ON f.tmdb_id = m.tmdb_id
INNER JOIN ruled AS r ON f.brand = r.brand
WHERE m.release_year IS NOT NULL
GROUP BY f.brand, m.release_year
