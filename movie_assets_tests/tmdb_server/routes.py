"""From a path and its parameters to an answer, as TMDB gives it. Parameters that TMDB does not know are ignored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from movie_assets_tests.tmdb_server import bodies
from movie_assets_tests.tmdb_server.answers import Answer, error_answer, json_answer, refused_parameters
from movie_assets_tests.tmdb_server.catalogue import Catalogue

LAST_PAGE = 500
MAX_APPENDED = 20

Params = Mapping[str, str]


def answer(catalogue: Catalogue, path: str, params: Params) -> Answer:
    """The answer to a GET of an allowed client."""
    for pattern, route in _ROUTES:
        match = pattern.fullmatch(path)
        if match:
            return route(catalogue, params, *match.groups())
    return error_answer(34)


def _search(catalogue: Catalogue, params: Params) -> Answer:
    query = params.get("query", "").strip()
    if not query:
        return refused_parameters("query must be provided")
    page, refusal = _page(params)
    if refusal is not None:
        return refusal
    year = params.get("year") or params.get("primary_release_year")
    found = catalogue.search(
        query,
        year=int(year) if year and year.isdigit() else None,
        include_adult=params.get("include_adult") == "true",
    )
    return json_answer(bodies.page_of(found, page))


def _movie(catalogue: Catalogue, params: Params, tmdb_id: str) -> Answer:
    append = [part for part in params.get("append_to_response", "").split(",") if part]
    if len(append) > MAX_APPENDED:
        return error_answer(27)
    if not tmdb_id.isdigit() or int(tmdb_id) < 1:
        return error_answer(6)
    film = catalogue.get(int(tmdb_id))
    return error_answer(34) if film is None else json_answer(bodies.details(film, append))


def _genres(_catalogue: Catalogue, _params: Params) -> Answer:
    return json_answer(bodies.genre_list())


def _configuration(_catalogue: Catalogue, _params: Params) -> Answer:
    return json_answer(bodies.configuration())


def _page(params: Params) -> tuple[int, Answer | None]:
    text = params.get("page", "1")
    if not text.isdigit():
        return 0, error_answer(22)
    page = int(text)
    if page < 1:
        return 0, refused_parameters("page must be greater than 0")
    if page > LAST_PAGE:
        return 0, refused_parameters(f"page must be less than or equal to {LAST_PAGE}")
    return page, None


_ROUTES: list[tuple[re.Pattern[str], Callable[..., Answer]]] = [
    (re.compile(r"/3/search/movie"), _search),
    (re.compile(r"/3/movie/([^/]+)"), _movie),
    (re.compile(r"/3/genre/movie/list"), _genres),
    (re.compile(r"/3/configuration"), _configuration),
]
