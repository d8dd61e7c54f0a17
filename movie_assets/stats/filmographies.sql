-- The films of every brand that has a rule, with their measures side by side in the order of their ids.
-- Grain: brand. Inputs: movies.brand_films, movies.brand_rules, movies.normalized_movies.
WITH ruled AS (
    SELECT DISTINCT brand
    FROM movies.brand_rules
    WHERE kind <> 'excluded'
)

SELECT
    f.brand,
    array_agg(f.tmdb_id ORDER BY f.tmdb_id) AS tmdb_ids,
    array_agg(m.vote_average ORDER BY f.tmdb_id) AS vote_average,
    array_agg(m.vote_count ORDER BY f.tmdb_id) AS vote_count,
    array_agg(m.popularity_percentile ORDER BY f.tmdb_id) AS popularity_percentile
FROM movies.brand_films AS f
INNER JOIN movies.normalized_movies AS m ON f.tmdb_id = m.tmdb_id
INNER JOIN ruled AS r ON f.brand = r.brand
GROUP BY f.brand
ORDER BY f.brand
