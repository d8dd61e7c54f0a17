-- How the films of every two of the given brands differ, in both orders.
-- Grain: brand x other_brand. Inputs: movies.brand_comparison.
SELECT
    brand,
    other_brand,
    rated_films,
    other_rated_films,
    films,
    other_films,
    popularity_films,
    other_popularity_films,
    shared_films,
    rating_difference,
    rating_low,
    rating_high,
    rating_verdict,
    votes_difference,
    votes_low,
    votes_high,
    votes_verdict,
    popularity_difference,
    popularity_low,
    popularity_high,
    popularity_verdict
FROM movies.brand_comparison
WHERE brand = any(cast(:brands AS text[])) AND other_brand = any(cast(:brands AS text[]))
ORDER BY brand, other_brand
