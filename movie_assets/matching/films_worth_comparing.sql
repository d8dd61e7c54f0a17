-- The best-known films, whose titles are worth comparing letter by letter with titles that no key found.
-- Grain: tmdb_id. Input: movies.normalized_movies.
SELECT
    tmdb_id,
    normalized_title,
    revenue_usd,
    vote_count
FROM movies.normalized_movies
WHERE normalized_title IS NOT NULL AND NOT adult AND (vote_count >= :least_votes OR revenue_usd >= :least_revenue)
ORDER BY vote_count DESC, tmdb_id ASC
LIMIT :most
