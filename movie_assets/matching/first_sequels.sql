-- The first numbered sequel to each brand's title, unless an earlier film in another spelling is the original.
-- Grain: brand. Inputs: movies.normalized_titles, movies.normalized_movies and the brands' keys, passed as arrays of
-- equal length: one element per brand and key.
WITH wanted AS (
    SELECT
        w.brand,
        w.title_key,
        -- The spelling without spaces and article, in which one film of a series often differs from the next.
        regexp_replace(replace(w.title_key, ' ', ''), '^the', '') AS compact
    FROM unnest(cast(:brands AS text[]), cast(:title_keys AS text[])) AS w (brand, title_key)
),

numbered AS (
    SELECT
        t.tmdb_id,
        substring(t.title_key FROM '^(.+?)(?: part| chapter| vol)? [23](?: |$)') AS title_key
    FROM movies.normalized_titles AS t
    WHERE t.title_key ~ ' [23]( |$)' AND t.tier < :loose
),

first_sequels AS (
    SELECT DISTINCT ON (w.brand)
        w.brand,
        m.release_date,
        m.vote_count
    FROM wanted AS w
    INNER JOIN numbered AS n ON w.title_key = n.title_key
    INNER JOIN movies.normalized_movies AS m ON n.tmdb_id = m.tmdb_id
    WHERE m.release_date IS NOT NULL AND m.vote_count >= :least_votes
    ORDER BY w.brand ASC, m.release_date ASC, m.vote_count DESC
),

-- Films of that title in another spelling or with a subtitle: no candidates, but they may be the original.
originals AS (
    SELECT
        w.brand,
        m.release_date,
        m.vote_count
    FROM wanted AS w
    INNER JOIN first_sequels AS s ON w.brand = s.brand
    INNER JOIN movies.normalized_movies AS m
        ON w.compact = regexp_replace(lower(split_part(m.title, ':', 1)), '^the |[^[:alnum:]]', '', 'g')
    WHERE
        NOT EXISTS (
            SELECT 1
            FROM movies.normalized_titles AS t
            INNER JOIN wanted AS k ON t.title_key = k.title_key
            WHERE t.tmdb_id = m.tmdb_id AND k.brand = w.brand
        )
)

SELECT
    s.brand,
    s.release_date AS sequel_date,
    s.vote_count AS sequel_votes
FROM first_sequels AS s
WHERE
    NOT EXISTS (
        SELECT 1
        FROM originals AS o
        WHERE o.brand = s.brand AND o.release_date < s.release_date AND o.vote_count * :original_share >= s.vote_count
    )
ORDER BY s.brand
