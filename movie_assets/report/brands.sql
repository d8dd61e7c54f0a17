-- Every brand with both scopes of its statistics in one row, largest total first; NULL where unknown, and in every
-- column of the filmography where the brand has none.
-- Grain: brand. Inputs: movies.brand_stats, movies.brand_film_matches.
SELECT
    t.brand,
    t.total_gross_usd,
    t.releases,
    t.top_release,
    t.top_release_gross_usd,
    t.top_release_share,
    t.match_status,
    m.tmdb_id,
    m.title AS film_title,
    m.release_year,
    m.method,
    t.vote_average_mean AS top_release_rating,
    t.vote_count_sum AS top_release_votes,
    t.popularity_percentile_mean AS top_release_popularity,
    f.films,
    f.coverage,
    f.coverage_exceeded,
    f.rated_films,
    f.vote_average_mean AS rating,
    f.vote_average_low AS rating_low,
    f.vote_average_high AS rating_high,
    f.rating_rank,
    f.rating_rank_low,
    f.rating_rank_high,
    f.bayesian_rating,
    f.vote_count_median AS votes,
    f.vote_count_low AS votes_low,
    f.vote_count_high AS votes_high,
    f.votes_rank,
    f.votes_rank_low,
    f.votes_rank_high,
    f.popularity_films,
    f.popularity_percentile_mean AS popularity,
    f.popularity_percentile_low AS popularity_low,
    f.popularity_percentile_high AS popularity_high,
    f.popularity_rank,
    f.popularity_rank_low,
    f.popularity_rank_high
FROM movies.brand_stats AS t
INNER JOIN movies.brand_film_matches AS m ON t.brand = m.brand
LEFT JOIN movies.brand_stats AS f ON t.brand = f.brand AND f.scope = 'filmography'
WHERE t.scope = 'top_release'
ORDER BY t.total_gross_usd DESC, t.brand ASC
