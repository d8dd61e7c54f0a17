"""What must be true of raw_tmdb_movies and of what comes with it."""

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
        warning(
            "copies_are_recent",
            "No film from TMDB was fetched longer than six months ago.",
            "SELECT tmdb_id, fetched_at FROM movies.raw_tmdb_movies"
            " WHERE origin = 'tmdb' AND fetched_at < now() - interval '180 days' ORDER BY tmdb_id",
            why="the row is what TMDB said then; its terms ask for it to be fetched again or removed.",
        ),
    ],
    waited_for=True,
)

raw_tmdb_movies_deleted_checks = table_checks(
    "raw_tmdb_movies_deleted",
    [
        error(
            "deleted_films_are_gone",
            "No film is both deleted and in raw_tmdb_movies as TMDB has it.",
            "SELECT d.tmdb_id FROM movies.raw_tmdb_movies_deleted AS d"
            " INNER JOIN movies.raw_tmdb_movies AS r ON r.tmdb_id = d.tmdb_id WHERE r.origin = 'tmdb'",
            why="one of the two tables would be wrong.",
        ),
    ],
)

# A last ingestion is none of a platform that reads its films from a file.
_LAST = "(SELECT * FROM movies.tmdb_ingestions ORDER BY started_at DESC LIMIT 1) AS i"

tmdb_ingestions_checks = table_checks(
    "tmdb_ingestions",
    [
        warning(
            "nothing_is_missing",
            "In the last ingestion all that TMDB counted was delivered and readable.",
            f"SELECT i.started_at, i.expected, i.received, i.missing, i.repeated FROM {_LAST} WHERE i.missing > 0",
            why="films are missing from raw_tmdb_movies, and those that are there are right.",
        ),
        warning(
            "mapped_companies_are_right",
            "In the last ingestion every company in the brand rules bore the name it is mapped by.",
            f"SELECT i.started_at, p.problem FROM {_LAST} CROSS JOIN LATERAL unnest(i.problems) AS p (problem)"
            " WHERE p.problem LIKE 'company %'",
            why="the company is left out, so a brand may lack films.",
        ),
    ],
)
