-- Every film that shares a title key with a brand's #1 release, by the strongest key they share.
-- Grain: brand x tmdb_id. Inputs: movies.normalized_titles, movies.normalized_movies, movies.raw_tmdb_movies (keywords)
-- and the brands' keys, passed as arrays of equal length: one element per brand and key.
WITH wanted AS (
    SELECT
        w.brand,
        w.title_key,
        w.tier
    FROM
        unnest(
            cast(:brands AS text[]), cast(:title_keys AS text[]), cast(:tiers AS bigint[])
        ) AS w (brand, title_key, tier)
),

shared AS (
    SELECT DISTINCT ON (w.brand, t.tmdb_id)
        w.brand,
        t.tmdb_id,
        w.title_key,
        t.field AS key_field,
        greatest(w.tier, t.tier) AS key_tier
    FROM wanted AS w
    INNER JOIN movies.normalized_titles AS t ON w.title_key = t.title_key
    -- Two loose keys may meet in words that neither title is about.
    WHERE least(w.tier, t.tier) < :loose
    -- Of equally strong keys, the one from the film's best field counts: title, original_title, alternative_title.
    ORDER BY
        w.brand, t.tmdb_id, greatest(w.tier, t.tier),
        array_position(ARRAY['title', 'original_title', 'alternative_title'], t.field), w.title_key
)

SELECT
    s.brand,
    s.tmdb_id,
    m.title,
    m.original_title,
    m.original_language,
    m.release_date,
    s.title_key,
    s.key_tier,
    s.key_field,
    m.revenue_usd,
    m.vote_count,
    m.popularity_percentile,
    m.runtime_minutes,
    m.status,
    m.adult,
    m.video,
    m.genres,
    m.production_companies,
    r.keywords
FROM shared AS s
INNER JOIN movies.normalized_movies AS m ON s.tmdb_id = m.tmdb_id
LEFT JOIN movies.raw_tmdb_movies AS r ON s.tmdb_id = r.tmdb_id
ORDER BY s.brand, s.tmdb_id
