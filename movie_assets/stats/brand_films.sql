-- Which films count for a brand, and why.
-- Grain: brand x tmdb_id. Inputs: movies.brand_film_matches.
SELECT
    m.brand,
    m.tmdb_id,
    'top_release' AS reason,
    m.title,
    m.release_year
FROM movies.brand_film_matches AS m
WHERE m.status = 'matched'
