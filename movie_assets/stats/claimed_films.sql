-- Every film that something claims for a brand: all reasons, and why it does not count if it does not.
-- Grain: brand x tmdb_id. Inputs: movies.brand_film_matches, movies.brand_rules, movies.normalized_movies,
-- movies.raw_tmdb_movies, movies.tmdb_people_films.
WITH rules AS (
    -- A company whose name turned out to be another one is not the brand's.
    SELECT
        r.brand,
        r.kind,
        r.value,
        r.tmdb_entity_id
    FROM movies.brand_rules AS r
    INNER JOIN movies.brand_film_matches AS m ON r.brand = m.brand
    WHERE r.names_agree IS DISTINCT FROM FALSE
),

wanted AS (
    SELECT
        array_agg(tmdb_entity_id) FILTER (WHERE kind = 'company') AS companies,
        array_agg(tmdb_entity_id) FILTER (WHERE kind = 'keyword') AS keywords
    FROM rules
),

claims AS (
    SELECT
        brand,
        tmdb_id,
        'top_release' AS reason
    FROM movies.brand_film_matches
    WHERE status = 'matched'
    UNION
    SELECT
        r.brand,
        f.tmdb_id,
        'company' AS reason
    FROM movies.normalized_movies AS f
    CROSS JOIN LATERAL unnest(f.production_company_ids) AS company (id)
    INNER JOIN rules AS r ON r.kind = 'company' AND company.id = r.tmdb_entity_id
    CROSS JOIN wanted AS w
    -- Most films are of no brand's companies, which is sooner seen in the list as a whole.
    WHERE f.production_company_ids && w.companies
    UNION
    SELECT
        r.brand,
        f.tmdb_id,
        'keyword' AS reason
    FROM movies.raw_tmdb_movies AS f
    CROSS JOIN LATERAL unnest(f.keyword_ids) AS keyword (id)
    INNER JOIN rules AS r ON r.kind = 'keyword' AND keyword.id = r.tmdb_entity_id
    CROSS JOIN wanted AS w
    WHERE f.keyword_ids && w.keywords
    UNION
    SELECT
        r.brand,
        p.tmdb_id,
        'person' AS reason
    FROM movies.tmdb_people_films AS p
    INNER JOIN rules AS r ON r.kind = 'people' AND p.people = r.value
    UNION
    SELECT
        brand,
        tmdb_entity_id AS tmdb_id,
        'curated' AS reason
    FROM rules
    WHERE kind = 'included'
),

films AS (
    SELECT
        brand,
        tmdb_id,
        array_agg(
            reason ORDER BY array_position(ARRAY['top_release', 'company', 'keyword', 'person', 'curated'], reason)
        ) AS reasons
    FROM claims
    GROUP BY brand, tmdb_id
),

known AS (
    SELECT
        *,
        coalesce(
            status <> 'Released'
            OR release_date IS NULL
            OR release_date > cast(now() AT TIME ZONE 'UTC' AS date),
            FALSE
        ) AS unreleased
    FROM movies.normalized_movies
)

SELECT
    f.brand,
    f.tmdb_id,
    f.reasons,
    m.title,
    m.release_date,
    m.release_year,
    CASE
        -- What a person decided or the brand file says is not overruled; a film that is yet to come has no figures.
        WHEN 'top_release' = any(f.reasons) THEN '{}'
        WHEN 'curated' = any(f.reasons) THEN array_remove(ARRAY[CASE WHEN m.unreleased THEN 'unreleased' END], NULL)
        ELSE array_remove(
            ARRAY[
                CASE WHEN x.brand IS NOT NULL THEN 'excluded' END,
                CASE WHEN m.adult THEN 'adult' END,
                CASE WHEN m.video THEN 'video' END,
                CASE WHEN 'TV Movie' = any(m.genres) THEN 'tv_movie' END,
                CASE WHEN m.runtime_minutes < 40 THEN 'short' END,
                CASE WHEN m.unreleased THEN 'unreleased' END
            ],
            NULL
        )
    END AS left_out_as
FROM films AS f
INNER JOIN known AS m ON f.tmdb_id = m.tmdb_id
LEFT JOIN rules AS x ON f.brand = x.brand AND x.kind = 'excluded' AND f.tmdb_id = x.tmdb_entity_id
