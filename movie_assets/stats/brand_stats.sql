-- The metrics of every brand in every scope: NULL where unknown, each group of metrics with its n.
-- Grain: brand x scope. Inputs: movies.raw_brands, movies.brand_film_matches, movies.brand_rules, movies.brand_films,
-- movies.normalized_movies, movies.brand_intervals.
WITH brands AS (
    -- A brand that the file repeats counts once, by its first line; a check reports the repetition.
    SELECT DISTINCT ON (brand) *
    FROM movies.raw_brands
    ORDER BY brand, source_line
),

ruled AS (
    SELECT DISTINCT brand
    FROM movies.brand_rules
    WHERE kind <> 'excluded'
),

scopes AS (
    SELECT
        brand,
        'top_release' AS scope
    FROM brands
    UNION ALL
    SELECT
        b.brand,
        'filmography' AS scope
    FROM brands AS b
    INNER JOIN ruled AS r ON b.brand = r.brand
),

films AS (
    SELECT
        s.brand,
        s.scope,
        m.*,
        CASE s.scope WHEN 'top_release' THEN ARRAY['top_release'] ELSE f.reasons END AS reasons,
        cast(m.revenue_usd AS double precision) / m.budget_usd AS film_return
    FROM scopes AS s
    INNER JOIN movies.brand_films AS f
        ON s.brand = f.brand AND (s.scope = 'filmography' OR 'top_release' = any(f.reasons))
    INNER JOIN movies.normalized_movies AS m ON f.tmdb_id = m.tmdb_id
),

prior AS (
    -- Each film once, whatever the number of brands that it counts for.
    SELECT
        percentile_cont(0.5) WITHIN GROUP (ORDER BY vote_count) AS m,
        avg(vote_average) AS c
    FROM movies.normalized_movies
    WHERE vote_average IS NOT NULL AND tmdb_id IN (SELECT f.tmdb_id FROM movies.brand_films AS f)
),

metrics AS (
    SELECT
        f.brand,
        f.scope,
        count(*) AS films,
        count(f.vote_average) AS rated_films,
        avg(f.vote_average) AS vote_average_mean,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY f.vote_average) AS vote_average_median,
        sum(f.vote_average * f.vote_count) / nullif(sum(f.vote_count) FILTER (WHERE f.vote_average IS NOT NULL), 0)
            AS vote_average_weighted,
        stddev_samp(f.vote_average) AS vote_average_sd,
        avg((f.vote_count * f.vote_average + p.m * p.c) / (f.vote_count + p.m)) AS bayesian_rating,
        cast(sum(f.vote_count) AS bigint) AS vote_count_sum,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY f.vote_count) AS vote_count_median,
        count(f.popularity) AS popularity_films,
        avg(f.popularity) AS popularity_mean,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY f.popularity) AS popularity_median,
        avg(f.popularity_percentile) AS popularity_percentile_mean,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY f.popularity_percentile) AS popularity_percentile_median,
        count(f.revenue_usd) AS revenue_films,
        cast(count(f.revenue_usd) AS double precision) / count(*) AS revenue_coverage,
        cast(sum(f.revenue_usd) AS bigint) AS revenue_sum_usd,
        count(f.film_return) AS return_films,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY f.film_return) AS return_median,
        count(f.release_year) AS dated_films,
        min(f.release_year) AS first_year,
        max(f.release_year) AS last_year,
        cast(10 * count(f.release_year) AS double precision) / (max(f.release_year) - min(f.release_year) + 1)
            AS films_per_decade,
        min(f.fetched_at) AS fetched_from,
        max(f.fetched_at) AS fetched_to
    FROM films AS f
    CROSS JOIN prior AS p
    GROUP BY f.brand, f.scope
),

bases AS (
    SELECT
        f.brand,
        f.scope,
        array_agg(DISTINCT reason.reason_name ORDER BY reason.reason_name) AS basis
    FROM films AS f
    CROSS JOIN LATERAL unnest(f.reasons) AS reason (reason_name)
    GROUP BY f.brand, f.scope
),

film_genres AS (
    -- TMDB may name a genre twice.
    SELECT DISTINCT
        f.brand,
        f.scope,
        f.tmdb_id,
        genre.genre_name
    FROM films AS f
    CROSS JOIN LATERAL unnest(f.genres) AS genre (genre_name)
),

genre_films AS (
    SELECT
        *,
        cast(1 AS double precision) / count(*) OVER (PARTITION BY brand, scope, tmdb_id) AS film_weight
    FROM film_genres
),

genres AS (
    SELECT
        brand,
        scope,
        genre_name,
        sum(film_weight) AS film_weight,
        -- Every film's weights add up to 1.
        round(sum(sum(film_weight)) OVER (PARTITION BY brand, scope)) AS films
    FROM genre_films
    GROUP BY brand, scope, genre_name
),

main_genres AS (
    SELECT DISTINCT ON (brand, scope)
        brand,
        scope,
        cast(films AS bigint) AS films,
        genre_name,
        film_weight / films AS film_share
    FROM genres
    -- Sums of thirds that ought to be equal differ in their last digits.
    ORDER BY brand ASC, scope ASC, round(cast(film_weight AS numeric), 9) DESC, genre_name ASC
),

ranked AS (
    SELECT
        m.brand,
        m.scope,
        rating.low AS vote_average_low,
        rating.high AS vote_average_high,
        CASE
            WHEN m.vote_average_mean IS NOT NULL AND (m.scope = 'top_release' OR rating.brand IS NOT NULL)
                THEN rank() OVER (
                    PARTITION BY m.scope, m.scope = 'top_release' OR rating.brand IS NOT NULL
                    ORDER BY m.vote_average_mean DESC NULLS LAST
                )
        END AS rating_rank,
        rating.rank_low AS rating_rank_low,
        rating.rank_high AS rating_rank_high,
        votes.low AS vote_count_low,
        votes.high AS vote_count_high,
        CASE
            WHEN m.vote_count_median IS NOT NULL AND (m.scope = 'top_release' OR votes.brand IS NOT NULL)
                THEN rank() OVER (
                    PARTITION BY m.scope, m.scope = 'top_release' OR votes.brand IS NOT NULL
                    ORDER BY m.vote_count_median DESC NULLS LAST
                )
        END AS votes_rank,
        votes.rank_low AS votes_rank_low,
        votes.rank_high AS votes_rank_high,
        popularity.low AS popularity_percentile_low,
        popularity.high AS popularity_percentile_high,
        CASE
            WHEN m.popularity_percentile_mean IS NOT NULL AND (m.scope = 'top_release' OR popularity.brand IS NOT NULL)
                THEN rank() OVER (
                    PARTITION BY m.scope, m.scope = 'top_release' OR popularity.brand IS NOT NULL
                    ORDER BY m.popularity_percentile_mean DESC NULLS LAST
                )
        END AS popularity_rank,
        popularity.rank_low AS popularity_rank_low,
        popularity.rank_high AS popularity_rank_high
    FROM metrics AS m
    LEFT JOIN movies.brand_intervals AS rating
        ON m.brand = rating.brand AND m.scope = 'filmography' AND rating.measure = 'rating'
    LEFT JOIN movies.brand_intervals AS votes
        ON m.brand = votes.brand AND m.scope = 'filmography' AND votes.measure = 'votes'
    LEFT JOIN movies.brand_intervals AS popularity
        ON m.brand = popularity.brand AND m.scope = 'filmography' AND popularity.measure = 'popularity'
),

domestic AS (
    SELECT
        d.brand,
        cast(d.top_release_gross_usd AS double precision) / m.revenue_usd AS of_worldwide
    FROM movies.brand_film_matches AS d
    INNER JOIN movies.normalized_movies AS m ON d.tmdb_id = m.tmdb_id
),

covered AS (
    SELECT
        s.brand,
        s.scope,
        coalesce(m.films, 0) AS films,
        CASE
            WHEN s.scope = 'filmography'
                THEN cast(coalesce(m.films, 0) AS double precision) / nullif(b.releases, 0)
        END AS coverage
    FROM scopes AS s
    INNER JOIN brands AS b ON s.brand = b.brand
    LEFT JOIN metrics AS m ON s.brand = m.brand AND s.scope = m.scope
)

SELECT
    s.brand,
    s.scope,
    coalesce(a.basis, '{}') AS basis,
    nullif(
        concat_ws(
            '; ',
            CASE WHEN d.status = 'review' THEN 'the #1 release is in review' END,
            CASE WHEN d.status = 'unmatched' THEN 'the #1 release has no film' END,
            CASE
                WHEN s.brand NOT IN (SELECT u.brand FROM ruled AS u)
                    THEN 'no rule can tell the brand''s other films'
            END,
            CASE
                WHEN s.coverage > 1.05 THEN 'more films than releases: the rules may be too wide, or films came later'
            END,
            CASE
                WHEN s.scope = 'filmography' AND r.vote_average_low IS NULL
                    THEN 'fewer than 5 rated films: no rank and no interval'
            END
        ),
        ''
    ) AS remark,
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
    CASE d.status WHEN 'matched' THEN 1 ELSE 0 END AS matched_releases,
    CASE d.status WHEN 'review' THEN 1 ELSE 0 END AS review_releases,
    d.n_candidates AS candidates,
    s.films,
    s.coverage,
    s.coverage > 1.05 AS coverage_exceeded,
    coalesce(m.rated_films, 0) AS rated_films,
    m.vote_average_mean,
    m.vote_average_median,
    m.vote_average_weighted,
    CASE s.scope WHEN 'filmography' THEN m.vote_average_sd END AS vote_average_sd,
    m.bayesian_rating,
    p.m AS bayesian_m,
    p.c AS bayesian_c,
    r.vote_average_low,
    r.vote_average_high,
    r.rating_rank,
    r.rating_rank_low,
    r.rating_rank_high,
    m.vote_count_sum,
    m.vote_count_median,
    r.vote_count_low,
    r.vote_count_high,
    r.votes_rank,
    r.votes_rank_low,
    r.votes_rank_high,
    coalesce(m.popularity_films, 0) AS popularity_films,
    m.popularity_mean,
    m.popularity_median,
    m.popularity_percentile_mean,
    m.popularity_percentile_median,
    r.popularity_percentile_low,
    r.popularity_percentile_high,
    r.popularity_rank,
    r.popularity_rank_low,
    r.popularity_rank_high,
    coalesce(m.revenue_films, 0) AS revenue_films,
    m.revenue_coverage,
    m.revenue_sum_usd,
    CASE WHEN o.of_worldwide <= 1 THEN o.of_worldwide END AS domestic_share_mixed_sources,
    coalesce(m.return_films, 0) AS return_films,
    m.return_median,
    coalesce(m.dated_films, 0) AS dated_films,
    m.first_year,
    m.last_year,
    CASE s.scope WHEN 'filmography' THEN m.films_per_decade END AS films_per_decade,
    coalesce(g.films, 0) AS genre_films,
    g.genre_name AS main_genre,
    g.film_share AS main_genre_share,
    m.fetched_from,
    m.fetched_to
FROM covered AS s
INNER JOIN brands AS b ON s.brand = b.brand
INNER JOIN movies.brand_film_matches AS d ON s.brand = d.brand
CROSS JOIN prior AS p
LEFT JOIN metrics AS m ON s.brand = m.brand AND s.scope = m.scope
LEFT JOIN bases AS a ON s.brand = a.brand AND s.scope = a.scope
LEFT JOIN ranked AS r ON s.brand = r.brand AND s.scope = r.scope
LEFT JOIN main_genres AS g ON s.brand = g.brand AND s.scope = g.scope
LEFT JOIN domestic AS o ON s.brand = o.brand
