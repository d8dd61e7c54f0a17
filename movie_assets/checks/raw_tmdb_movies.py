"""What must be true of raw_tmdb_movies."""

from __future__ import annotations

from movie_assets.checks.build import table_checks
from movie_assets.checks.rules import error, warning

# As in movie_assets/tmdb/normalized_movies.sql. CASE keeps to_date() away from text that it would refuse.
IS_A_DATE = (
    "CASE WHEN r.release_date ~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' AND r.release_date >= '1800'"
    " THEN cast(right(r.release_date, 2) AS integer) <= extract(DAY FROM to_date(left(r.release_date, 7), 'YYYY-MM')"
    " + interval '1 month' - interval '1 day') END"
)

raw_tmdb_movies_checks = table_checks(
    "raw_tmdb_movies",
    [
        error(
            "films_were_read",
            "At least one film was read.",
            "SELECT 'raw_tmdb_movies is empty' AS problem WHERE NOT EXISTS (SELECT FROM movies.raw_tmdb_movies)",
            why="every brand would lose its film.",
            blocking=True,
        ),
        warning(
            "ratings_are_on_the_scale",
            "Mean ratings lie between 0 and 10.",
            "SELECT tmdb_id, vote_average FROM movies.raw_tmdb_movies"
            " WHERE vote_average NOT BETWEEN 0 AND 10 ORDER BY tmdb_id",
            why="normalized_movies treats such a rating as unknown.",
        ),
        warning(
            "release_dates_are_dates",
            "A release date that is given is a day of the calendar, in 1800 or later.",
            "SELECT r.tmdb_id, r.release_date FROM movies.raw_tmdb_movies AS r WHERE btrim(r.release_date) <> ''"
            f" AND ({IS_A_DATE}) IS NOT TRUE ORDER BY r.tmdb_id",
            why="normalized_movies treats such a date as unknown.",
        ),
    ],
)
