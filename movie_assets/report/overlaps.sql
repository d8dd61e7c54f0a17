-- Pairs of brands with films in common, each pair once, those that share most first.
-- Grain: pair of brands. Inputs: movies.brand_overlaps.
SELECT
    a.brand,
    a.other_brand,
    a.shared_films,
    a.share_of_brand,
    b.share_of_brand AS share_of_other_brand,
    a.titles[1:3] AS titles
FROM movies.brand_overlaps AS a
INNER JOIN movies.brand_overlaps AS b ON a.brand = b.other_brand AND a.other_brand = b.brand
WHERE a.brand < a.other_brand
ORDER BY a.shared_films DESC, a.brand ASC, a.other_brand ASC
