-- What holds for the report as a whole.
-- Grain: one row. Inputs: movies.brand_films, movies.brand_stats, movies.brand_intervals.
SELECT
    (SELECT count(DISTINCT f.tmdb_id) FROM movies.brand_films AS f) AS distinct_films,
    (SELECT max(i.replicates) FROM movies.brand_intervals AS i) AS replicates,
    min(fetched_from) AS fetched_from,
    max(fetched_to) AS fetched_to,
    max(bayesian_m) FILTER (WHERE scope = 'filmography') AS bayesian_m,
    max(bayesian_c) FILTER (WHERE scope = 'filmography') AS bayesian_c
FROM movies.brand_stats
