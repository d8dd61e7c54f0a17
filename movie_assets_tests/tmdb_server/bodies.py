"""Films and lists in the exact shapes of TMDB's answers."""

from __future__ import annotations

import math
import random
from typing import Any

from movie_assets.tmdb.genres import MOVIE_GENRES
from movie_assets_tests.tmdb_server.catalogue import Film, Quirks

PAGE_SIZE = 20
CHANGES_PAGE_SIZE = 100

_LIST_DEFAULTS: Film = {
    "adult": False,
    "backdrop_path": None,
    "original_language": "en",
    "overview": "",
    "popularity": 0.0,
    "poster_path": None,
    "release_date": "",
    "video": False,
    "vote_average": 0.0,
    "vote_count": 0,
}
_DETAIL_DEFAULTS: Film = _LIST_DEFAULTS | {
    "belongs_to_collection": None,
    "budget": 0,
    "genres": [],
    "homepage": "",
    "imdb_id": None,
    "origin_country": [],
    "production_companies": [],
    "production_countries": [],
    "revenue": 0,
    "runtime": 0,
    "spoken_languages": [],
    "status": "Released",
    "tagline": "",
}
_COMPANY_DEFAULTS = {"logo_path": None, "origin_country": ""}
_APPENDABLE: dict[str, Any] = {
    "alternative_titles": {"titles": []},
    "keywords": {"keywords": []},
    "translations": {"translations": []},
    "external_ids": {
        "imdb_id": None,
        "wikidata_id": None,
        "facebook_id": None,
        "instagram_id": None,
        "twitter_id": None,
    },
}


def list_result(film: Film) -> Film:
    """A film as searches and lists show it: genre ids instead of names, no money, no companies."""
    body = _filled(film, _LIST_DEFAULTS)
    body["genre_ids"] = [genre["id"] for genre in film.get("genres", [])]
    return body


def details(film: Film, append: list[str]) -> Film:
    """A film as /movie/{id} shows it; names of parts that TMDB does not know append nothing."""
    body = _filled(film, _DETAIL_DEFAULTS)
    body["production_companies"] = [_COMPANY_DEFAULTS | company for company in body["production_companies"]]
    for part in append:
        if part in _APPENDABLE:
            body[part] = film.get(part, _APPENDABLE[part])
    return body


def page_of(films: list[Film], page: int, quirks: Quirks | None = None, order: str = "") -> dict[str, Any]:
    """Twenty list results; a page beyond the last one is empty, as TMDB's is."""
    start = (page - 1) * PAGE_SIZE
    rows = films[start : start + PAGE_SIZE]
    if quirks is not None and rows:
        chance = random.Random(f"{order}:{page}")  # noqa: S311
        if start and chance.random() < quirks.repeated:
            rows = [films[start - 1], *rows[1:]]
        if chance.random() < quirks.short:
            rows.pop(chance.randrange(len(rows)))
        rows = [film for film in rows if film["id"] not in quirks.hidden]
    return _paged([list_result(film) for film in rows], page, len(films), PAGE_SIZE)


def changes(entries: list[dict[str, Any]], page: int) -> dict[str, Any]:
    """A hundred changed films."""
    start = (page - 1) * CHANGES_PAGE_SIZE
    return _paged(entries[start : start + CHANGES_PAGE_SIZE], page, len(entries), CHANGES_PAGE_SIZE)


def company(number: int, name: str) -> dict[str, Any]:
    return {
        "description": "",
        "headquarters": "",
        "homepage": "",
        "id": number,
        "logo_path": None,
        "name": name,
        "origin_country": "",
        "parent_company": None,
    }


def companies(found: list[tuple[int, str]], page: int) -> dict[str, Any]:
    """Twenty results of a search for companies."""
    start = (page - 1) * PAGE_SIZE
    results = [_COMPANY_DEFAULTS | {"id": number, "name": name} for number, name in found[start : start + PAGE_SIZE]]
    return _paged(results, page, len(found), PAGE_SIZE)


def _paged(results: list[dict[str, Any]], page: int, total: int, size: int) -> dict[str, Any]:
    return {
        "page": page,
        "results": results,
        "total_pages": max(1, math.ceil(total / size)),
        "total_results": total,
    }


def genre_list() -> dict[str, Any]:
    return {"genres": [{"id": genre_id, "name": name} for genre_id, name in MOVIE_GENRES.items()]}


def configuration() -> dict[str, Any]:
    return {
        "images": {
            "base_url": "http://image.tmdb.org/t/p/",
            "secure_base_url": "https://image.tmdb.org/t/p/",
            "backdrop_sizes": ["w300", "original"],
            "logo_sizes": ["w45", "original"],
            "poster_sizes": ["w92", "original"],
            "profile_sizes": ["w45", "original"],
            "still_sizes": ["w92", "original"],
        },
        "change_keys": ["adult", "title", "videos"],
    }


def _filled(film: Film, defaults: Film) -> Film:
    known = defaults | {key: film[key] for key in defaults if key in film}
    return known | {
        "id": film["id"],
        "title": film["title"],
        "original_title": film.get("original_title", film["title"]),
    }
