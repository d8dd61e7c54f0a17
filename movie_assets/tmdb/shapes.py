"""The shape of the answers this package uses, checked before anyone relies on it.

Only what is read is checked, and it is checked exactly: an error names the request and the JSON path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from movie_assets.tmdb.errors import FilmShapeError, TmdbShapeError
from movie_assets.tmdb.films import FilmRow, film_row
from movie_assets.tmdb.values import described, is_id


@dataclass(frozen=True)
class FilmPage:
    """One page of list results. `total_pages` is what TMDB counts, though it delivers no page beyond 500."""

    page: int
    total_pages: int
    total_results: int
    results: list[dict[str, Any]]

    @property
    def ids(self) -> list[int]:
        """The films' ids, best match first."""
        return [result["id"] for result in self.results]


def film_page(request: str, body: Mapping[str, Any]) -> FilmPage:
    """The page, whose results are objects with an id each; raises TmdbShapeError."""
    results = body.get("results")
    if not isinstance(results, list):
        raise _changed(request, "results", "a list", results)
    for index, result in enumerate(results):
        if not isinstance(result, dict):
            raise _changed(request, f"results[{index}]", "an object", result)
        if not is_id(result.get("id")):
            raise _changed(request, f"results[{index}].id", "a positive whole number", result.get("id"))
    page, pages, total = (_count(request, body, name) for name in ("page", "total_pages", "total_results"))
    return FilmPage(page=page, total_pages=pages, total_results=total, results=results)


def movie_object(request: str, body: Mapping[str, Any], tmdb_id: int) -> dict[str, Any]:
    """The details of exactly the film that was asked for, fit for `film_row`; raises TmdbShapeError."""
    if body.get("id") != tmdb_id:
        raise _changed(request, "id", str(tmdb_id), body.get("id"))
    movie_row(request, body, fetched_at=None)
    return dict(body)


def movie_row(request: str, body: Mapping[str, Any], *, fetched_at: datetime | None) -> FilmRow:
    """The film's row; raises TmdbShapeError instead of FilmShapeError."""
    try:
        return film_row(body, origin="tmdb", fetched_at=fetched_at)
    except FilmShapeError as error:
        raise _changed(request, error.field, error.expected, error.found, described_already=True) from error


def genre_names(request: str, body: Mapping[str, Any]) -> dict[int, str]:
    """Names by id; raises TmdbShapeError."""
    genres = body.get("genres")
    if not isinstance(genres, list) or not genres:
        raise _changed(request, "genres", "a list that is not empty", genres)
    names: dict[int, str] = {}
    for index, genre in enumerate(genres):
        if not isinstance(genre, dict) or not is_id(genre.get("id")) or not isinstance(genre.get("name"), str):
            raise _changed(request, f"genres[{index}]", 'an object with "id" and "name"', genre)
        names[genre["id"]] = genre["name"]
    return names


def company_name(request: str, body: Mapping[str, Any], company_id: int) -> str:
    """The name of exactly the company that was asked for; raises TmdbShapeError."""
    if body.get("id") != company_id:
        raise _changed(request, "id", str(company_id), body.get("id"))
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise _changed(request, "name", "text that is not empty", name)
    return name


def _count(request: str, body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if type(value) is int and value >= 0:
        return value
    raise _changed(request, name, "a whole number from 0", value)


def _changed(
    request: str, field: str, expected: str, found: object, *, described_already: bool = False
) -> TmdbShapeError:
    text = found if described_already else described(found)
    problem = f'field "{field}": expected {expected}, found {text}. TMDB may have changed its answers'
    return TmdbShapeError(request, problem)
