"""From a path and its parameters to an answer, as TMDB gives it. Parameters that TMDB does not know are ignored."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from datetime import date

from movie_assets_tests.tmdb_server import bodies
from movie_assets_tests.tmdb_server.answers import Answer, error_answer, json_answer, refused_parameters
from movie_assets_tests.tmdb_server.catalogue import Catalogue

LAST_PAGE = 500
MAX_APPENDED = 20
LONGEST_RANGE_DAYS = 14

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
    return json_answer(bodies.page_of(found, page, catalogue.quirks, query))


def _discover(catalogue: Catalogue, params: Params) -> Answer:
    page, refusal = _page(params)
    if refusal is not None:
        return refusal
    order = f"{params.get('primary_release_date.gte')}:{params.get('sort_by')}"
    return json_answer(bodies.page_of(catalogue.discover(params), page, catalogue.quirks, order))


def _changes(catalogue: Catalogue, params: Params) -> Answer:
    page, refusal = _page(params)
    if refusal is not None:
        return refusal
    try:
        start, end = (date.fromisoformat(params[name]) for name in ("start_date", "end_date"))
    except (KeyError, ValueError):
        return refused_parameters("start_date and end_date must be dates")
    if (end - start).days >= LONGEST_RANGE_DAYS:
        return error_answer(20)
    return json_answer(bodies.changes(catalogue.changed(start, end), page))


def _company(catalogue: Catalogue, _params: Params, number: str) -> Answer:
    name = catalogue.companies.get(int(number)) if number.isdigit() else None
    return error_answer(34) if name is None else json_answer(bodies.company(int(number), name))


def _search_companies(catalogue: Catalogue, params: Params) -> Answer:
    query = params.get("query", "").strip()
    if not query:
        return refused_parameters("query must be provided")
    page, refusal = _page(params)
    return refusal or json_answer(bodies.companies(catalogue.search_companies(query), page))


def _movie(catalogue: Catalogue, params: Params, tmdb_id: str) -> Answer:
    append = [part for part in params.get("append_to_response", "").split(",") if part]
    if len(append) > MAX_APPENDED:
        return error_answer(27)
    if not tmdb_id.isdigit() or int(tmdb_id) < 1:
        return error_answer(6)
    film = catalogue.get(int(tmdb_id))
    if film is None:
        return error_answer(34)
    body = bodies.details(film, append)
    if catalogue.quirks.rotating_popularity:
        body["popularity"] = round(body["popularity"] * random.uniform(0.5, 2), 3)  # noqa: S311
    return json_answer(body)


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
    (re.compile(r"/3/search/company"), _search_companies),
    (re.compile(r"/3/company/([^/]+)"), _company),
    (re.compile(r"/3/discover/movie"), _discover),
    (re.compile(r"/3/movie/changes"), _changes),
    (re.compile(r"/3/movie/([^/]+)"), _movie),
    (re.compile(r"/3/genre/movie/list"), _genres),
    (re.compile(r"/3/configuration"), _configuration),
]
