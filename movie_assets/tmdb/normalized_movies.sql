-- Films with typed columns: unknown is NULL, dates are dates.
-- Grain: tmdb_id. Inputs: movies.raw_tmdb_movies, movies.normalized_titles.
WITH main_titles AS (
    SELECT
        tmdb_id,
        title_key
    FROM movies.normalized_titles
    WHERE main
),

dated AS (
    SELECT
        *,
        -- TMDB's dates are text; a malformed or impossible one is unknown, not an error.
        CASE
            WHEN
                release_date ~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
                AND release_date >= '1800'
                AND cast(right(release_date, 2) AS integer) <= extract(
                    DAY FROM
                    to_date(left(release_date, 7), 'YYYY-MM') + interval '1 month' - interval '1 day'
                )
                THEN to_date(release_date, 'YYYY-MM-DD')
        END AS released_on,
        -- White space in titles comes in every form, tabs, line breaks and no-break spaces included.
        nullif(btrim(title, E' \t\n\r\f\v\u00a0\u3000'), '') AS trimmed_title,
        nullif(btrim(original_title, E' \t\n\r\f\v\u00a0\u3000'), '') AS trimmed_original_title,
        CASE WHEN popularity >= 0 THEN popularity END AS known_popularity,
        coalesce(greatest(vote_count, 0), 0) AS votes
    FROM movies.raw_tmdb_movies
),

-- percent_rank() of every film; sorting the different values takes far less than sorting whole films.
percentiles AS (
    SELECT
        popularity,
        cast(sum(count(*)) OVER (ORDER BY popularity) - count(*) AS double precision)
        / greatest(sum(count(*)) OVER () - 1, 1) AS percentile
    FROM movies.raw_tmdb_movies
    WHERE popularity >= 0
    GROUP BY popularity
)

SELECT
    d.tmdb_id,
    nullif(btrim(d.imdb_id), '') AS imdb_id,
    coalesce(d.trimmed_title, d.title) AS title,
    d.trimmed_original_title AS original_title,
    nullif(btrim(d.original_language), '') AS original_language,
    t.title_key AS normalized_title,
    d.released_on AS release_date,
    cast(extract(YEAR FROM d.released_on) AS bigint) AS release_year,
    nullif(btrim(d.status), '') AS status,
    coalesce(d.adult, FALSE) AS adult,
    coalesce(d.video, FALSE) AS video,
    CASE WHEN d.runtime_minutes > 0 THEN d.runtime_minutes END AS runtime_minutes,
    CASE WHEN d.budget_usd > 0 THEN d.budget_usd END AS budget_usd,
    CASE WHEN d.revenue_usd > 0 THEN d.revenue_usd END AS revenue_usd,
    d.known_popularity AS popularity,
    p.percentile AS popularity_percentile,
    CASE WHEN d.votes > 0 AND d.vote_average BETWEEN 0 AND 10 THEN d.vote_average END AS vote_average,
    d.votes AS vote_count,
    nullif(d.genres, '{}') AS genres,
    nullif(d.production_company_ids, '{}') AS production_company_ids,
    nullif(d.production_companies, '{}') AS production_companies,
    d.fetched_at
FROM dated AS d
LEFT JOIN main_titles AS t ON d.tmdb_id = t.tmdb_id
LEFT JOIN percentiles AS p ON d.known_popularity = p.popularity
