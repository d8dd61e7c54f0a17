"""The row of raw_tmdb_movies: what TMDB said about a film, typed, nothing interpreted.

`film_row` takes a list result or a details object, with or without appended keywords, alternative titles and
translations; `films_frame` turns rows into the DataFrame that is published. How missing values are to be
understood (TMDB writes 0 and "" for them) is decided further down, in normalized_movies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, Literal, cast

import numpy as np
import pandas as pd

from movie_assets.tmdb.errors import FilmShapeError
from movie_assets.tmdb.genres import MOVIE_GENRES
from movie_assets.tmdb.values import (
    JsonObject,
    bool_or_none,
    described,
    float_or_none,
    instant_or_none,
    int_or_none,
    is_id,
    not_an_id,
    storable,
    text_or_none,
)

Origin = Literal["file", "tmdb"]
FilmRow = dict[str, Any]
FilmValues = tuple[Any, ...]

# Lists are object columns; a row without the list holds None, which is not the same as an empty one.
FILM_DTYPES: Final = MappingProxyType(
    {
        "tmdb_id": "Int64",
        "imdb_id": "string",
        "title": "string",
        "original_title": "string",
        "original_language": "string",
        "overview": "string",
        "release_date": "string",
        "status": "string",
        "adult": "boolean",
        "video": "boolean",
        "runtime_minutes": "Int64",
        "budget_usd": "Int64",
        "revenue_usd": "Int64",
        "popularity": "Float64",
        "vote_average": "Float64",
        "vote_count": "Int64",
        "genre_ids": "object",
        "genres": "object",
        "production_company_ids": "object",
        "production_companies": "object",
        "keyword_ids": "object",
        "keywords": "object",
        "alternative_titles": "object",
        "origin": "string",
        "fetched_at": "datetime64[us, UTC]",
    }
)
"""Columns of raw_tmdb_movies in their order, with pandas dtypes."""


def film_row(obj: object, *, origin: Origin, fetched_at: datetime | None = None) -> FilmRow:
    """The row for one TMDB film object, keyed by `FILM_DTYPES` in its order.

    Only `id` and `title` must be there. `fetched_at` (with a time zone) is when the caller fetched the object;
    None takes the object's own optional key of that name. Keys that fill no column are ignored.
    Raises FilmShapeError naming the first field that is not what TMDB documents.
    """
    return dict(zip(FILM_DTYPES, film_values(obj, origin, fetched_at), strict=True))


def films_frame(rows: Iterable[FilmRow]) -> pd.DataFrame:
    """The rows as a DataFrame with exactly the columns and dtypes of `FILM_DTYPES`; no rows make an empty frame."""
    return values_frame([tuple(row[name] for name in FILM_DTYPES) for row in rows])


# A batch of tuples costs half of what a batch of dictionaries does, most of it the garbage collector's work.
def film_values(obj: object, origin: Origin, fetched_at: datetime | None) -> FilmValues:
    """`film_row` without the names: the values alone, in the order of `FILM_DTYPES`."""
    if not isinstance(obj, dict):
        raise FilmShapeError("", expected="a film object", found=described(obj))
    tmdb_id = obj.get("id")
    if not is_id(tmdb_id):
        raise not_an_id(tmdb_id, "id", "tmdb_id")
    genre_ids, genres = _genres(obj)
    company_ids, companies = _entries(obj.get("production_companies"), "production_companies")
    keyword_ids, keywords = _entries(_appended(obj, "keywords", "keywords"), "keywords.keywords")
    return (
        tmdb_id,
        text_or_none(obj, "imdb_id"),
        _title(obj),
        text_or_none(obj, "original_title"),
        text_or_none(obj, "original_language"),
        text_or_none(obj, "overview"),
        text_or_none(obj, "release_date"),
        text_or_none(obj, "status"),
        bool_or_none(obj, "adult"),
        bool_or_none(obj, "video"),
        int_or_none(obj, "runtime", "runtime_minutes"),
        int_or_none(obj, "budget", "budget_usd"),
        int_or_none(obj, "revenue", "revenue_usd"),
        float_or_none(obj, "popularity"),
        float_or_none(obj, "vote_average"),
        int_or_none(obj, "vote_count"),
        genre_ids,
        genres,
        company_ids,
        companies,
        keyword_ids,
        keywords,
        _alternative_titles(obj),
        origin,
        instant_or_none(obj, "fetched_at") if fetched_at is None else _utc(fetched_at),
    )


def values_frame(batch: Sequence[FilmValues]) -> pd.DataFrame:
    """`films_frame` for rows without names."""
    columns = zip(*batch, strict=True) if batch else [()] * len(FILM_DTYPES)
    return pd.DataFrame(
        {name: _column(values, dtype) for (name, dtype), values in zip(FILM_DTYPES.items(), columns, strict=True)}
    )


def _column(values: Sequence[Any], dtype: str) -> pd.Series[Any]:
    if dtype == "object":
        # Filled one by one: numpy would make a matrix of lists that happen to be equally long.
        cells = np.empty(len(values), dtype=object)
        for index, value in enumerate(values):
            cells[index] = value
        return pd.Series(cells, dtype=object)
    if dtype.startswith("datetime64"):
        instants = [None if value is None else value.replace(tzinfo=None) for value in values]
        return pd.Series(pd.DatetimeIndex(np.array(instants, dtype="datetime64[us]")).tz_localize("UTC"))
    # The types named are pandas' own extension types, which its stubs list one by one.
    return pd.Series(pd.array(list(values), dtype=cast("Any", dtype)))


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("fetched_at must have a time zone")
    return instant.astimezone(UTC)


def _title(obj: JsonObject) -> str:
    title = text_or_none(obj, "title")
    if title is None or not title.strip():
        found = "no such key" if "title" not in obj else described(title)
        raise FilmShapeError("title", expected="text that is not empty", found=found, column="title")
    return title


def _genres(obj: JsonObject) -> tuple[list[int] | None, list[str] | None]:
    """Ids and names. Details name their genres; list results give ids, of which unknown ones stay without a name."""
    if obj.get("genres") is not None:
        return _entries(obj["genres"], "genres")
    ids = _list(obj.get("genre_ids"), "genre_ids")
    if ids is None:
        return None, None
    for index, value in enumerate(ids):
        if not is_id(value):
            raise not_an_id(value, f"genre_ids[{index}]", "genre_ids")
    return ids, [MOVIE_GENRES[value] for value in ids if value in MOVIE_GENRES]


def _entries(value: object, field: str) -> tuple[list[int] | None, list[str] | None]:
    """Ids and names of a list of {"id", "name"}, side by side."""
    entries = _list(value, field)
    if entries is None:
        return None, None
    ids: list[int] = []
    names: list[str] = []
    for index, entry in enumerate(entries):
        if type(entry) is not dict:
            raise _wrong(f"{field}[{index}]", 'an object with "id" and "name"', entry)
        entry_id, name = entry.get("id"), entry.get("name")
        if not is_id(entry_id):
            raise not_an_id(entry_id, f"{field}[{index}].id", _root(field))
        if type(name) is not str or not storable(name):
            raise _wrong(f"{field}[{index}].name", "text", name)
        ids.append(entry_id)
        names.append(name)
    return ids, names


def _alternative_titles(obj: JsonObject) -> list[str] | None:
    """Distinct titles in TMDB's order: alternative ones, then those of translations; empty ones say nothing."""
    titles = _list(_appended(obj, "alternative_titles", "titles"), "alternative_titles.titles")
    translations = _list(_appended(obj, "translations", "translations"), "translations.translations")
    if titles is None and translations is None:
        return None
    found: dict[str, None] = {}
    for index, entry in enumerate(titles or ()):
        title = _inner_title(entry)
        if title is None:
            raise _wrong(f"alternative_titles.titles[{index}]", 'an object with "title"', entry)
        found[title] = None
    for index, entry in enumerate(translations or ()):
        title = _inner_title(entry.get("data") if type(entry) is dict else None)
        if title is None:
            raise _wrong(f"translations.translations[{index}]", 'an object with "data" and its "title"', entry)
        found[title] = None
    found.pop("", None)
    return list(found)


def _inner_title(entry: object) -> str | None:
    """The title of one entry, "" when the entry has none; None when it is no such entry."""
    if type(entry) is not dict:
        return None
    title = entry.get("title")
    if title is None:
        return ""
    return title if type(title) is str and storable(title) else None


def _appended(obj: JsonObject, key: str, inner: str) -> object:
    """The list inside an appended part, which TMDB wraps in an object of its own."""
    part = obj.get(key)
    if part is None:
        return None
    if not isinstance(part, Mapping) or inner not in part:
        raise _wrong(key, f'an object with "{inner}", as append_to_response gives it', part)
    return part[inner]


def _list(value: object, field: str) -> list[Any] | None:
    if value is None or type(value) is list:
        return value
    raise _wrong(field, "a list or null", value)


def _wrong(field: str, expected: str, value: object) -> FilmShapeError:
    return FilmShapeError(field, expected=expected, found=described(value), column=_root(field))


def _root(field: str) -> str:
    """The column that a nested field ends up in."""
    root = field.partition(".")[0].partition("[")[0]
    return "alternative_titles" if root == "translations" else root
