-- The metrics of every brand in the scope top_release: NULL where unknown, each group of metrics with its n.
-- Grain: brand x scope. Inputs: movies.raw_brands, movies.brand_film_matches, movies.brand_films,
-- movies.normalized_movies.
WITH brands AS (
    -- A brand that the file repeats counts once, by its first line; a check reports the repetition.
    SELECT DISTINCT ON (brand) *
    FROM movies.raw_brands
    ORDER BY brand, source_line
),

top_release_films AS (
    SELECT
        f.brand,
        m.vote_average,
        m.vote_count,
        m.popularity,
        m.popularity_percentile,
        m.revenue_usd,
        m.release_year
    FROM movies.brand_films AS f
    INNER JOIN movies.normalized_movies AS m ON f.tmdb_id = m.tmdb_id
    WHERE f.reason = 'top_release'
),

film_metrics AS (
    SELECT
        brand,
        count(*) AS films,
        count(vote_average) AS rated_films,
        avg(vote_average) AS vote_average_mean,
        sum(vote_average * vote_count) / nullif(sum(vote_count) FILTER (WHERE vote_average IS NOT NULL), 0)
            AS vote_average_weighted,
        cast(sum(vote_count) AS bigint) AS vote_count_sum,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY vote_count) AS vote_count_median,
        count(popularity) AS popularity_films,
        avg(popularity) AS popularity_mean,
        avg(popularity_percentile) AS popularity_percentile_mean,
        count(revenue_usd) AS revenue_films,
        cast(sum(revenue_usd) AS bigint) AS revenue_sum_usd,
        min(release_year) AS first_year,
        max(release_year) AS last_year
    FROM top_release_films
    GROUP BY brand
)

SELECT
    b.brand,
    'top_release' AS scope,
    b.total_gross_usd,
    b.releases,
    cast(b.total_gross_usd AS double precision) / nullif(b.releases, 0) AS gross_per_release_usd,
    b.top_release,
    b.top_release_gross_usd,
    CASE
        WHEN b.top_release_gross_usd <= b.total_gross_usd
            THEN cast(b.top_release_gross_usd AS double precision) / nullif(b.total_gross_usd, 0)
    END AS top_release_share,
    d.status AS match_status,
    coalesce(m.films, 0) AS films,
    coalesce(m.rated_films, 0) AS rated_films,
    m.vote_average_mean,
    m.vote_average_weighted,
    m.vote_count_sum,
    m.vote_count_median,
    coalesce(m.popularity_films, 0) AS popularity_films,
    m.popularity_mean,
    m.popularity_percentile_mean,
    coalesce(m.revenue_films, 0) AS revenue_films,
    m.revenue_sum_usd,
    m.first_year,
    m.last_year
FROM brands AS b
INNER JOIN movies.brand_film_matches AS d ON b.brand = d.brand
LEFT JOIN film_metrics AS m ON b.brand = m.brand
