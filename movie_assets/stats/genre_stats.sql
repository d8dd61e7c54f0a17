-- A brand's films by genre; a film of k genres weighs 1 / k in each.
-- Grain: brand x genre. Inputs: movies.brand_films, movies.brand_rules, movies.normalized_movies.
WITH ruled AS (
    SELECT DISTINCT brand
    FROM movies.brand_rules
    WHERE kind <> 'excluded'
),

film_genres AS (
    -- TMDB may name a genre twice.
    SELECT DISTINCT
        f.brand,
        f.tmdb_id,
        m.vote_average,
        m.vote_count,
        m.popularity_percentile,
        genre.genre_name
    FROM movies.brand_films AS f
    INNER JOIN ruled AS r ON f.brand = r.brand
    INNER JOIN movies.normalized_movies AS m ON f.tmdb_id = m.tmdb_id
    CROSS JOIN LATERAL unnest(m.genres) AS genre (genre_name)
),

weighted AS (
    SELECT
        *,
        cast(1 AS double precision) / count(*) OVER (PARTITION BY brand, tmdb_id) AS film_weight
    FROM film_genres
),

brands AS (
    SELECT
        brand,
        count(DISTINCT tmdb_id) AS genre_films
    FROM film_genres
    GROUP BY brand
)

SELECT
    w.brand,
    w.genre_name AS genre,
    count(*) AS films,
    sum(w.film_weight) AS film_weight,
    min(b.genre_films) AS genre_films,
    sum(w.film_weight) / min(b.genre_films) AS film_share,
    count(w.vote_average) AS rated_films,
    avg(w.vote_average) AS vote_average_mean,
    cast(sum(w.vote_count) AS bigint) AS vote_count_sum,
    avg(w.popularity_percentile) AS popularity_percentile_mean
FROM weighted AS w
INNER JOIN brands AS b ON w.brand = b.brand
GROUP BY w.brand, w.genre_name
