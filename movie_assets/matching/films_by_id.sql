-- What is known of films that are candidates for another reason than a shared key.
-- Grain: tmdb_id. Inputs: movies.normalized_movies, movies.raw_tmdb_movies (keywords).
SELECT
    m.tmdb_id,
    m.title,
    m.original_title,
    m.original_language,
    m.release_date,
    m.revenue_usd,
    m.vote_count,
    m.popularity_percentile,
    m.runtime_minutes,
    m.status,
    m.adult,
    m.video,
    m.genres,
    m.production_companies,
    r.keywords
FROM movies.normalized_movies AS m
LEFT JOIN movies.raw_tmdb_movies AS r ON m.tmdb_id = r.tmdb_id
WHERE m.tmdb_id = any(cast(:tmdb_ids AS bigint[]))
ORDER BY m.tmdb_id
