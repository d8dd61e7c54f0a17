-- Production companies whose name starts with one of the words given, with their number of films.
-- Grain: company. Input: movies.normalized_movies.
SELECT
    c.company,
    count(*) AS films
FROM movies.normalized_movies AS m
CROSS JOIN LATERAL unnest(m.production_companies) AS c (company)
WHERE lower(substring(c.company FROM '[[:alnum:]]+')) = any(cast(:first_words AS text[]))
GROUP BY c.company
ORDER BY c.company
