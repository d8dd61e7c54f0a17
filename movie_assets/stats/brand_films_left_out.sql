-- Films that something claims for a brand and that do not count.
-- Grain: brand x tmdb_id. Inputs: claimed_films (claimed_films.sql).
SELECT
    brand,
    tmdb_id,
    reasons,
    left_out_as,
    title,
    release_year
FROM claimed_films
WHERE cardinality(left_out_as) > 0
