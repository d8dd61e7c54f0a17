"""normalized_movies.sql: unknown is NULL, whatever TMDB wrote for it, and nothing dirty stops the statement."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pandas as pd

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.reading import read
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.matching.bundled import bundled_films
from movie_assets_tests.matching.films import films, store_films

TABLE = metadata.tables["movies.normalized_movies"]


def normalized(database: Database, *objects: dict[str, Any]) -> list[dict[str, Any]]:
    """The stored films in the order of the objects."""
    store_films(database, films(*({"title": "Heat", **film} for film in objects)))
    return database.rows("SELECT * FROM movies.normalized_movies ORDER BY tmdb_id")


DATES = {
    "2023-02-30": None,
    "2023-04-31": None,
    "2023-00-10": None,
    "2023-13-01": None,
    "2023-01-00": None,
    "2023-01-32": None,
    "0000-00-00": None,
    "": None,
    " ": None,
    "2023": None,
    "2023-5-1": None,
    "2023-05-01T00:00:00": None,
    "2023-05-01\n": None,
    "20230501": None,
    "０２３４-05-01": None,
    "never": None,
    "1799-12-31": None,
    "0001-01-01": None,
    "1800-01-01": dt.date(1800, 1, 1),
    "1888-10-14": dt.date(1888, 10, 14),
    "1900-02-28": dt.date(1900, 2, 28),
    "1900-02-29": None,
    "2000-02-29": dt.date(2000, 2, 29),
    "2023-02-29": None,
    "2024-02-29": dt.date(2024, 2, 29),
    "2023-12-31": dt.date(2023, 12, 31),
    "9999-12-31": dt.date(9999, 12, 31),
}


def test_dates_that_do_not_exist_are_unknown(database: Database) -> None:
    rows = normalized(database, *({"release_date": text} for text in DATES), {"release_date": None})
    assert {text: row["release_date"] for text, row in zip(DATES, rows, strict=False)} == DATES
    assert rows[-1]["release_date"] is None
    assert all(row["release_year"] == (row["release_date"] and row["release_date"].year) for row in rows)


def test_amounts_that_are_not_positive_are_unknown(database: Database) -> None:
    values = [None, 0, -1, 1, 3_000_000_000]
    rows = normalized(database, *({"revenue": value, "budget": value, "runtime": value} for value in values))
    for column in ("revenue_usd", "budget_usd", "runtime_minutes"):
        assert [row[column] for row in rows] == [None, None, None, 1, 3_000_000_000]


RATINGS: dict[tuple[float | None, int | None], tuple[float | None, int]] = {
    (7.5, 12): (7.5, 12),
    (0.5, 1): (0.5, 1),
    (10.0, 1): (10.0, 1),
    (7.5, 0): (None, 0),
    (7.5, None): (None, 0),
    (7.5, -3): (None, 0),
    (0.0, 0): (None, 0),
    (10.01, 12): (None, 12),
    (-0.1, 12): (None, 12),
    (75.0, 12): (None, 12),
    (None, 12): (None, 12),
    (None, None): (None, 0),
}


def test_ratings_need_votes_and_lie_on_the_scale(database: Database) -> None:
    rows = normalized(database, *({"vote_average": average, "vote_count": count} for average, count in RATINGS))
    found = [(row["vote_average"], row["vote_count"]) for row in rows]
    assert dict(zip(RATINGS, found, strict=True)) == RATINGS


def test_white_space_is_trimmed_and_blank_text_is_unknown(database: Database) -> None:
    clean, dirty = normalized(
        database,
        {"title": "Heat", "original_title": "Hitze", "imdb_id": "tt1", "original_language": "de", "status": "Released"},
        {"title": "\t\u00a0 Heat \r\n", "original_title": " \u3000\t", "imdb_id": "", "original_language": " "},
    )
    assert (clean["title"], clean["original_title"], clean["imdb_id"]) == ("Heat", "Hitze", "tt1")
    assert (clean["original_language"], clean["status"], clean["normalized_title"]) == ("de", "Released", "heat")
    assert (dirty["title"], dirty["original_title"], dirty["imdb_id"]) == ("Heat", None, None)
    assert (dirty["original_language"], dirty["status"], dirty["normalized_title"]) == (None, None, "heat")


def test_titles_keep_a_text_even_when_no_key_remains(database: Database) -> None:
    rows = normalized(database, {"title": "!!!"}, {"title": "Amélie & Cie."})
    assert [(row["title"], row["normalized_title"]) for row in rows] == [
        ("!!!", None),
        ("Amélie & Cie.", "amelie and cie"),
    ]


def test_flags_and_lists(database: Database) -> None:
    company = {"id": 3, "name": "Pixar"}
    rows = normalized(
        database,
        {},
        {"adult": True, "video": True, "genres": [], "production_companies": []},
        {"genres": [{"id": 16, "name": "Animation"}], "production_companies": [company]},
    )
    assert [(row["adult"], row["video"]) for row in rows] == [(False, False), (True, True), (False, False)]
    assert [row["genres"] for row in rows] == [None, None, ["Animation"]]
    assert [row["production_companies"] for row in rows] == [None, None, ["Pixar"]]
    assert [row["production_company_ids"] for row in rows] == [None, None, [3]]


def test_unknown_popularity_takes_no_place_among_the_known(database: Database) -> None:
    rows = normalized(database, *({"popularity": value} for value in (None, 5.0, -1.0, 1.0, 5.0, 9.0, 0.0)))
    assert [row["popularity"] for row in rows] == [None, 5.0, None, 1.0, 5.0, 9.0, 0.0]
    assert [row["popularity_percentile"] for row in rows] == [None, 0.5, None, 0.25, 0.5, 1.0, 0.0]


def test_a_single_film_has_percentile_zero(database: Database) -> None:
    (row,) = normalized(database, {"popularity": 3.0})
    assert row["popularity_percentile"] == 0.0


def test_the_bundled_films_equal_an_independent_computation(database: Database) -> None:
    raw = bundled_films()
    store_films(database, raw)
    found = read(database, TABLE, ordered=True)
    raw = raw.sort_values("tmdb_id", ignore_index=True)
    assert found["tmdb_id"].tolist() == raw["tmdb_id"].tolist()
    popularity = raw["popularity"]
    known = sorted(popularity.dropna())
    for value, percentile in zip(popularity, found["popularity_percentile"], strict=True):
        if pd.isna(value):
            assert pd.isna(percentile)
        else:
            # The share of the other films with a lower popularity.
            assert math.isclose(percentile, sum(one < value for one in known) / (len(known) - 1), abs_tol=1e-12)
    for column in ("revenue_usd", "budget_usd", "runtime_minutes"):
        pd.testing.assert_series_equal(found[column], raw[column].where(raw[column] > 0), check_dtype=False)
    votes = raw["vote_count"].fillna(0)
    pd.testing.assert_series_equal(found["vote_count"], votes, check_dtype=False)
    rated = raw["vote_average"].where(votes > 0)
    pd.testing.assert_series_equal(found["vote_average"], rated, check_dtype=False)
    dates = pd.to_datetime(raw["release_date"]).dt.date
    assert found["release_date"].astype(object).tolist() == dates.tolist()
    assert found["release_year"].tolist() == [date.year for date in dates]


def test_no_function_is_newer_than_postgresql_15(database: Database) -> None:
    # What PostgreSQL 16 to 18 added for dates, text, arrays and aggregates.
    newer = [
        *["pg_input_is_valid", "any_value", "date_add", "date_subtract", "array_sample", "array_shuffle", "erf"],
        *["random_normal", "json_arrayagg", "json_objectagg", "json_table", "json_value", "json_query", "json_exists"],
        *["to_bin", "to_oct", "unicode_assigned", "uuidv7", "array_sort", "array_reverse", "casefold", "crc32"],
    ]
    for package, name in [
        ("movie_assets.tmdb", "normalized_movies.sql"),
        ("movie_assets.stats", "brand_films.sql"),
        ("movie_assets.stats", "brand_stats.sql"),
        ("movie_assets.matching", "candidates.sql"),
    ]:
        sql = Query.from_file(package, name).sql.lower()
        assert [function for function in newer if f"{function}(" in sql.replace(" (", "(")] == []
