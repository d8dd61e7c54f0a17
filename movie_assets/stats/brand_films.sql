-- Which films count for a brand, and why.
-- Grain: brand x tmdb_id. Inputs: claimed_films (claimed_films.sql).
SELECT
    f.brand,
    f.tmdb_id,
    f.reasons[1] AS reason,
    f.reasons,
    f.title,
    f.release_date,
    f.release_year,
    array_remove(
        array_agg(f.brand) OVER (
            PARTITION BY f.tmdb_id
            ORDER BY f.brand ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ),
        f.brand
    ) AS other_brands
FROM claimed_films AS f
WHERE cardinality(f.left_out_as) = 0
