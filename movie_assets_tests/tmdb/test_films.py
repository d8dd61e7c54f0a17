"""Film objects become rows that say what TMDB said."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from movie_assets.tmdb.errors import FilmShapeError
from movie_assets.tmdb.films import FILM_DTYPES, film_row, films_frame
from movie_assets.tmdb.genres import MOVIE_GENRES
from movie_assets_tests.tmdb.films import details

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
INT64 = st.integers(-(2**63), 2**63 - 1)
IDS = st.integers(1, 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
TITLES = TEXT.filter(lambda text: text.strip() != "")
ENTRIES = st.lists(st.fixed_dictionaries({"id": IDS, "name": TEXT}), max_size=4)
OPTIONAL = {
    "imdb_id": TEXT,
    "original_title": TEXT,
    "original_language": TEXT,
    "overview": TEXT,
    "release_date": TEXT,
    "status": TEXT,
    "adult": st.booleans(),
    "video": st.booleans(),
    "runtime": INT64,
    "budget": INT64,
    "revenue": INT64,
    "popularity": st.floats(allow_nan=False, allow_infinity=False),
    "vote_average": st.floats(allow_nan=False, allow_infinity=False),
    "vote_count": INT64,
    "genres": ENTRIES,
    "production_companies": ENTRIES,
    "keywords": st.fixed_dictionaries({"keywords": ENTRIES}),
    "alternative_titles": st.fixed_dictionaries(
        {"titles": st.lists(st.fixed_dictionaries({"iso_3166_1": TEXT, "title": TEXT, "type": TEXT}), max_size=4)}
    ),
    "tagline": TEXT,
}
FILM_OBJECTS = st.fixed_dictionaries(
    {"id": IDS, "title": TITLES}, optional={key: st.none() | values for key, values in OPTIONAL.items()}
)
COLUMN_OF = {"id": "tmdb_id", "runtime": "runtime_minutes", "budget": "budget_usd", "revenue": "revenue_usd"}


def row(**obj: Any) -> dict[str, Any]:
    return film_row({"id": 1, "title": "A"} | obj, origin="file")


def test_details_fill_every_column() -> None:
    found = film_row(details(140607, "Star Wars: The Force Awakens"), origin="tmdb", fetched_at=NOON)
    assert list(found) == list(FILM_DTYPES)
    assert found == {
        "tmdb_id": 140607,
        "imdb_id": "tt0000001",
        "title": "Star Wars: The Force Awakens",
        "original_title": "Star Wars: The Force Awakens",
        "original_language": "en",
        "overview": "",
        "release_date": "2015-12-15",
        "status": "Released",
        "adult": False,
        "video": False,
        "runtime_minutes": 136,
        "budget_usd": 245000000,
        "revenue_usd": 2068223624,
        "popularity": 19.5,
        "vote_average": 7.3,
        "vote_count": 19000,
        "genre_ids": [12, 28],
        "genres": ["Adventure", "Action"],
        "production_company_ids": [1, 11461],
        "production_companies": ["Lucasfilm Ltd.", "Bad Robot"],
        "keyword_ids": [161176],
        "keywords": ["space opera"],
        "alternative_titles": ["Un autre titre"],
        "origin": "tmdb",
        "fetched_at": NOON,
    }


def test_an_id_and_a_title_are_enough_and_all_else_is_null() -> None:
    found = row()
    assert {name for name, value in found.items() if value is not None} == {"tmdb_id", "title", "origin"}


def test_null_means_the_same_as_an_absent_key() -> None:
    assert row(**dict.fromkeys(OPTIONAL), translations=None, genre_ids=None, fetched_at=None) == row()


def test_zero_and_empty_text_stay_as_tmdb_sent_them() -> None:
    found = row(runtime=0, revenue=0, release_date="", overview="", vote_count=0, popularity=0, genre_ids=[])
    assert (found["runtime_minutes"], found["revenue_usd"], found["release_date"], found["overview"]) == (0, 0, "", "")
    assert (found["vote_count"], found["popularity"], found["genre_ids"], found["genres"]) == (0, 0.0, [], [])


def test_list_results_get_genre_names_and_keep_unknown_ids_without_one() -> None:
    found = row(genre_ids=[28, 10769, 878])
    assert found["genre_ids"] == [28, 10769, 878]
    assert found["genres"] == ["Action", "Science Fiction"]


def test_named_genres_win_over_ids() -> None:
    found = row(genre_ids=[28], genres=[{"id": 10769, "name": "Foreign"}])
    assert (found["genre_ids"], found["genres"]) == ([10769], ["Foreign"])


def test_tmdb_has_nineteen_movie_genres() -> None:
    assert len(MOVIE_GENRES) == 19


def test_translated_titles_follow_alternative_ones_each_title_once() -> None:
    found = row(
        alternative_titles={"titles": [{"title": "B"}, {"title": "C"}, {"title": "B"}]},
        translations={"translations": [{"data": {"title": ""}}, {"data": {"title": "C"}}, {"data": {"title": "D"}}]},
    )
    assert found["alternative_titles"] == ["B", "C", "D"]


@pytest.mark.parametrize(
    "text",
    ["2026-01-02T12:00:00Z", "2026-01-02T13:30:00+01:30", "2026-01-02T12:00:00", "2026-01-02 12:00:00.000+00:00"],
)
def test_the_object_says_when_it_was_fetched_unless_the_caller_does(text: str) -> None:
    assert row(fetched_at=text)["fetched_at"] == NOON
    later = NOON + timedelta(hours=1)
    own = film_row({"id": 1, "title": "A", "fetched_at": text}, origin="tmdb", fetched_at=later)
    assert own["fetched_at"] == later


def test_a_clock_without_a_time_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        film_row({"id": 1, "title": "A"}, origin="tmdb", fetched_at=NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": 0}, "id"),
        ({"id": -1}, "id"),
        ({"id": True}, "id"),
        ({"id": "12"}, "id"),
        ({"id": 12.0}, "id"),
        ({"id": 2**63}, "id"),
        ({"id": None}, "id"),
        ({"title": None}, "title"),
        ({"title": ""}, "title"),
        ({"title": " \t"}, "title"),
        ({"title": 300}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "a\ud800"}, "title"),
        ({"overview": "\udfff"}, "overview"),
        ({"original_title": ["A"]}, "original_title"),
        ({"adult": 0}, "adult"),
        ({"video": "false"}, "video"),
        ({"runtime": True}, "runtime"),
        ({"runtime": 99.5}, "runtime"),
        ({"revenue": "12"}, "revenue"),
        ({"revenue": 2**63}, "revenue"),
        ({"budget": -(2**63) - 1}, "budget"),
        ({"vote_count": [1]}, "vote_count"),
        ({"popularity": float("nan")}, "popularity"),
        ({"popularity": float("inf")}, "popularity"),
        ({"popularity": 10**400}, "popularity"),
        ({"vote_average": False}, "vote_average"),
        ({"vote_average": "7.1"}, "vote_average"),
        ({"genre_ids": {"28": "Action"}}, "genre_ids"),
        ({"genre_ids": [28, "35"]}, "genre_ids[1]"),
        ({"genre_ids": [True]}, "genre_ids[0]"),
        ({"genres": ["Action"]}, "genres[0]"),
        ({"genres": [{"id": 28}]}, "genres[0].name"),
        ({"genres": [{"name": "Action"}]}, "genres[0].id"),
        ({"production_companies": "Pixar"}, "production_companies"),
        ({"production_companies": [{"id": 3, "name": "Pi\x00xar"}]}, "production_companies[0].name"),
        ({"keywords": [{"id": 1, "name": "a"}]}, "keywords"),
        ({"keywords": {"results": []}}, "keywords"),
        ({"keywords": {"keywords": [{"id": 0, "name": "a"}]}}, "keywords.keywords[0].id"),
        ({"alternative_titles": {"titles": ["B"]}}, "alternative_titles.titles[0]"),
        ({"alternative_titles": {"titles": [{"title": 1}]}}, "alternative_titles.titles[0]"),
        ({"translations": {"translations": [{"title": "B"}]}}, "translations.translations[0]"),
        ({"fetched_at": "yesterday"}, "fetched_at"),
        ({"fetched_at": 1735689600}, "fetched_at"),
        ({"fetched_at": "0001-01-01T00:00:00+23:00"}, "fetched_at"),
    ],
)
def test_a_wrong_value_is_refused_by_name(change: dict[str, Any], field: str) -> None:
    with pytest.raises(FilmShapeError) as caught:
        row(**change)
    assert caught.value.field == field
    assert field in str(caught.value)
    # A message must be printable whatever was found.
    str(caught.value).encode()


def test_an_error_names_the_column_that_stays_empty() -> None:
    with pytest.raises(FilmShapeError, match=r'field "revenue" \(column revenue_usd\).*found "12"'):
        row(revenue="12")


@pytest.mark.parametrize("value", [None, [], [{"id": 1, "title": "A"}], "film", 12, True])
def test_what_is_no_object_is_no_film(value: object) -> None:
    with pytest.raises(FilmShapeError, match="expected a film object"):
        film_row(value, origin="file")


@given(FILM_OBJECTS)
@settings(max_examples=150, deadline=None)
def test_any_film_object_survives_json_row_and_frame(obj: dict[str, Any]) -> None:
    frame = films_frame([film_row(json.loads(json.dumps(obj)), origin="file")])
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == dict(FILM_DTYPES)
    found = {name: None if values[0] is pd.NA or values[0] is pd.NaT else values[0] for name, values in frame.items()}
    for key in OPTIONAL.keys() - {"genres", "production_companies", "keywords", "alternative_titles", "tagline"}:
        assert found[COLUMN_OF.get(key, key)] == obj.get(key)
    assert (found["tmdb_id"], found["title"]) == (obj["id"], obj["title"])
    pairs = {"genres": "genre_ids", "production_companies": "production_company_ids", "keywords": "keyword_ids"}
    for names, ids in pairs.items():
        entries = obj.get(names)
        if names == "keywords" and entries is not None:
            entries = entries["keywords"]
        assert found[names] == (None if entries is None else [entry["name"] for entry in entries])
        assert found[ids] == (None if entries is None else [entry["id"] for entry in entries])
    titles = obj.get("alternative_titles")
    expected = None if titles is None else [t for t in dict.fromkeys(e["title"] for e in titles["titles"]) if t]
    assert found["alternative_titles"] == expected


def test_frames_have_the_declared_columns_whatever_is_in_them() -> None:
    for rows in ([], [row()], [row(), film_row(details(2, "B"), origin="tmdb", fetched_at=NOON)]):
        frame = films_frame(rows)
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == dict(FILM_DTYPES)
        assert len(frame) == len(rows)


def test_large_numbers_beside_nulls_stay_exact() -> None:
    frame = films_frame([row(revenue=2**62 + 1), row(revenue=None)])
    assert frame["revenue_usd"].tolist() == [2**62 + 1, pd.NA]


def test_lists_of_equal_length_stay_lists() -> None:
    frame = films_frame([row(genre_ids=[28, 12]), row(genre_ids=[35, 18])])
    assert frame["genre_ids"].tolist() == [[28, 12], [35, 18]]


def test_instants_keep_their_microseconds_in_utc() -> None:
    instant = datetime(2026, 1, 2, 14, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    frame = films_frame([film_row({"id": 1, "title": "A"}, origin="tmdb", fetched_at=instant), row()])
    assert frame["fetched_at"].tolist() == [pd.Timestamp("2026-01-02 12:00:00.123456", tz="UTC"), pd.NaT]
