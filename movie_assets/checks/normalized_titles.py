"""What must be true of normalized_titles."""

from __future__ import annotations

from movie_assets.checks.build import table_checks
from movie_assets.checks.rules import error

normalized_titles_checks = table_checks(
    "normalized_titles",
    [
        error(
            "every_film_has_a_key",
            "Every film with a title has at least one key.",
            "SELECT r.tmdb_id, r.title FROM movies.raw_tmdb_movies AS r"
            " WHERE btrim(r.title) <> '' AND NOT EXISTS ("
            "SELECT FROM movies.normalized_titles AS t WHERE t.tmdb_id = r.tmdb_id) ORDER BY r.tmdb_id",
            why="a film without a key can never be found for a brand.",
            blocking=True,
        ),
        error(
            "every_key_has_a_film",
            "Every key belongs to a film of raw_tmdb_movies.",
            "SELECT t.tmdb_id, t.title_key FROM movies.normalized_titles AS t WHERE NOT EXISTS ("
            "SELECT FROM movies.raw_tmdb_movies AS r WHERE r.tmdb_id = t.tmdb_id) ORDER BY t.tmdb_id",
            why="a key would lead to a film that is not there.",
        ),
    ],
    waited_for=True,
)
