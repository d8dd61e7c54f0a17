-- #1 releases without a film, with the best candidates; those with the largest gross first.
-- Grain: brand x candidate. Inputs: movies.brand_film_matches, movies.brand_film_candidates.
SELECT
    m.brand,
    m.top_release,
    m.top_release_gross_usd,
    m.status,
    m.reason,
    c.tmdb_id,
    c.title,
    cast(extract(YEAR FROM c.release_date) AS bigint) AS release_year,
    c.score
FROM movies.brand_film_matches AS m
LEFT JOIN movies.brand_film_candidates AS c ON m.brand = c.brand AND c.rank <= 3
WHERE m.status <> 'matched'
ORDER BY m.top_release_gross_usd DESC, m.brand ASC, c.rank ASC
