-- Pairs of brands with films in common, in both orders.
-- Grain: brand x other_brand. Inputs: movies.brand_films.
WITH brands AS (
    SELECT
        brand,
        count(*) AS films
    FROM movies.brand_films
    GROUP BY brand
)

SELECT
    f.brand,
    o.brand AS other_brand,
    count(*) AS shared_films,
    cast(count(*) AS double precision) / min(b.films) AS share_of_brand,
    array_agg(f.tmdb_id ORDER BY f.tmdb_id) AS tmdb_ids,
    array_agg(f.title ORDER BY f.tmdb_id) AS titles
FROM movies.brand_films AS f
INNER JOIN movies.brand_films AS o ON f.tmdb_id = o.tmdb_id AND f.brand <> o.brand
INNER JOIN brands AS b ON f.brand = b.brand
GROUP BY f.brand, o.brand
