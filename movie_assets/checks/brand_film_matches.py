"""What must be true of brand_film_candidates, brand_film_matches and brand_match_overrides."""

from __future__ import annotations

from movie_assets.checks.build import table_checks
from movie_assets.checks.rules import error, warning
from movie_assets.matching.scoring import SCORES

LEAST_MATCH_RATE = 0.9

brand_film_candidates_checks = table_checks(
    "brand_film_candidates",
    [
        error(
            "candidates_are_films",
            "Every candidate is a film of normalized_movies.",
            "SELECT c.brand, c.tmdb_id FROM movies.brand_film_candidates AS c WHERE NOT EXISTS ("
            "SELECT FROM movies.normalized_movies AS m WHERE m.tmdb_id = c.tmdb_id) ORDER BY c.brand, c.tmdb_id",
            why="a decision would rest on a film that is not there.",
            blocking=True,
        ),
        error(
            "scores_add_up",
            "A score is the sum of its points.",
            "SELECT brand, tmdb_id, score FROM movies.brand_film_candidates WHERE abs(score - ("
            f"{' + '.join(SCORES)})) > 1e-5",
            why="an analyst could not follow the decision.",
        ),
    ],
)

brand_film_matches_checks = table_checks(
    "brand_film_matches",
    [
        error(
            "every_brand_is_decided",
            "Every brand of raw_brands has one decision, and no other has.",
            "SELECT coalesce(b.brand, m.brand) AS brand FROM (SELECT DISTINCT brand FROM movies.raw_brands) AS b"
            " FULL JOIN movies.brand_film_matches AS m ON m.brand = b.brand"
            " WHERE b.brand IS NULL OR m.brand IS NULL",
            why="a brand would vanish from the statistics.",
            blocking=True,
        ),
        error(
            "matches_are_candidates",
            "A film matched by the rules is the brand's best candidate.",
            "SELECT m.brand, m.tmdb_id FROM movies.brand_film_matches AS m"
            " WHERE m.status = 'matched' AND m.method <> 'override' AND NOT EXISTS ("
            "SELECT FROM movies.brand_film_candidates AS c"
            " WHERE c.brand = m.brand AND c.tmdb_id = m.tmdb_id AND c.rank = 1)",
            why="the decision would contradict its evidence.",
            blocking=True,
        ),
        warning(
            "most_brands_are_matched",
            f"At least {LEAST_MATCH_RATE:.0%} of the brands are matched.",
            "SELECT count(*) AS brands, count(tmdb_id) AS matched FROM movies.brand_film_matches"
            f" HAVING count(tmdb_id) < {LEAST_MATCH_RATE} * count(*)",
            why="matches that were made are right, but the statistics cover few brands.",
        ),
        warning(
            "nothing_waits_for_review",
            "No brand waits for a person's decision.",
            "SELECT brand, reason FROM movies.brand_film_matches WHERE status = 'review' ORDER BY brand",
            why="such a brand has no film metrics until someone decides: `movie-assets review`.",
        ),
    ],
    waited_for=True,
)

brand_match_overrides_checks = table_checks(
    "brand_match_overrides",
    [
        warning(
            "overrides_agree_with_the_evidence",
            "No person's decision contradicts what the rules found or what is known of the film.",
            "SELECT source_line, brand, top_release, tmdb_id, imdb_id, who FROM movies.brand_match_overrides"
            " WHERE effect = 'contradicts' ORDER BY source_line",
            why="the person may know better, or the catalogue may have changed since.",
        ),
        warning(
            "overrides_are_needed",
            "Every person's decision is about a #1 release and a film that exist, and decides what rules do not.",
            "SELECT source_line, brand, top_release, effect FROM movies.brand_match_overrides"
            " WHERE effect IN ('unnecessary', 'film_unknown', 'unused') ORDER BY source_line",
            why="such a line has no effect and can be removed or corrected.",
        ),
    ],
)
