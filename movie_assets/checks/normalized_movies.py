"""What must be true of normalized_movies."""

from __future__ import annotations

from movie_assets.checks.build import table_checks
from movie_assets.checks.rules import error, warning

normalized_movies_checks = table_checks(
    "normalized_movies",
    [
        error(
            "no_film_is_lost",
            "Every film of raw_tmdb_movies is here, and no other.",
            "SELECT coalesce(r.tmdb_id, m.tmdb_id) AS tmdb_id FROM movies.raw_tmdb_movies AS r"
            " FULL JOIN movies.normalized_movies AS m ON m.tmdb_id = r.tmdb_id"
            " WHERE r.tmdb_id IS NULL OR m.tmdb_id IS NULL",
            why="statistics would silently leave films out.",
            blocking=True,
        ),
        error(
            "release_years_follow_dates",
            "The release year is the year of the release date.",
            "SELECT tmdb_id, release_date, release_year FROM movies.normalized_movies"
            " WHERE release_year IS DISTINCT FROM extract(YEAR FROM release_date)",
            why="years are what films are compared by.",
        ),
        warning(
            "most_films_are_dated",
            "At least 95% of the films have a release date.",
            "SELECT count(*) AS films, count(release_date) AS dated FROM movies.normalized_movies"
            " HAVING count(release_date) < 0.95 * count(*)",
            why="undated films are left out of years and trends.",
        ),
    ],
    waited_for=True,
)
