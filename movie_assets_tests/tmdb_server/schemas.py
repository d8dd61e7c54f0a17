"""What TMDB's own bodies look like: the keys that are always there and the JSON types of their values.

Taken from bodies that TMDB sent and from its OpenAPI description of 2026-06. A body of the test server must satisfy
these with no key missing and none added, so that what passes against it would pass against TMDB.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def _object(optional: dict[str, Any] | None = None, /, **keys: Any) -> Schema:
    properties = keys | (optional or {})
    return {
        "type": "object",
        "properties": {name: {"type": of} if isinstance(of, (str, list)) else of for name, of in properties.items()},
        "required": sorted(keys),
        "additionalProperties": False,
    }


def _list(of: Schema | str) -> Schema:
    return {"type": "array", "items": {"type": of} if isinstance(of, str) else of}


_NULLABLE_TEXT = ["string", "null"]
_NAMED = _object(id="integer", name="string")

LIST_RESULT = _object(
    adult="boolean",
    backdrop_path=_NULLABLE_TEXT,
    genre_ids=_list("integer"),
    id="integer",
    original_language="string",
    original_title="string",
    overview="string",
    popularity="number",
    poster_path=_NULLABLE_TEXT,
    release_date="string",
    title="string",
    video="boolean",
    vote_average="number",
    vote_count="integer",
)

SEARCH_MOVIE = _object(page="integer", results=_list(LIST_RESULT), total_pages="integer", total_results="integer")

ALTERNATIVE_TITLES = _object(titles=_list(_object(iso_3166_1="string", title="string", type="string")))
KEYWORDS = _object(keywords=_list(_NAMED))
TRANSLATIONS = _object(
    translations=_list(
        _object(
            iso_3166_1="string",
            iso_639_1="string",
            name="string",
            english_name="string",
            data=_object(homepage="string", overview="string", runtime="integer", tagline="string", title="string"),
        )
    )
)
EXTERNAL_IDS = _object(
    imdb_id=_NULLABLE_TEXT,
    wikidata_id=_NULLABLE_TEXT,
    facebook_id=_NULLABLE_TEXT,
    instagram_id=_NULLABLE_TEXT,
    twitter_id=_NULLABLE_TEXT,
)

MOVIE_DETAILS = _object(
    # Parts come only when they are appended; answers older than 2024 have no origin_country.
    {
        "alternative_titles": ALTERNATIVE_TITLES,
        "keywords": KEYWORDS,
        "translations": TRANSLATIONS,
        "external_ids": EXTERNAL_IDS,
        "origin_country": _list("string"),
    },
    adult="boolean",
    backdrop_path=_NULLABLE_TEXT,
    belongs_to_collection={
        "anyOf": [
            {"type": "null"},
            _object(id="integer", name="string", poster_path=_NULLABLE_TEXT, backdrop_path=_NULLABLE_TEXT),
        ]
    },
    budget="integer",
    genres=_list(_NAMED),
    homepage=_NULLABLE_TEXT,
    id="integer",
    imdb_id=_NULLABLE_TEXT,
    original_language="string",
    original_title="string",
    overview="string",
    popularity="number",
    poster_path=_NULLABLE_TEXT,
    production_companies=_list(_object(id="integer", logo_path=_NULLABLE_TEXT, name="string", origin_country="string")),
    production_countries=_list(_object(iso_3166_1="string", name="string")),
    release_date="string",
    revenue="integer",
    runtime="integer",
    spoken_languages=_list(_object(english_name="string", iso_639_1="string", name="string")),
    status="string",
    tagline="string",
    title="string",
    video="boolean",
    vote_average="number",
    vote_count="integer",
)

CHANGES = _object(
    page="integer",
    results=_list(_object(id="integer", adult=["boolean", "null"])),
    total_pages="integer",
    total_results="integer",
)

COMPANY = _object(
    description="string",
    headquarters="string",
    homepage="string",
    id="integer",
    logo_path=_NULLABLE_TEXT,
    name="string",
    origin_country="string",
    parent_company={"type": ["object", "null"]},
)

SEARCH_COMPANY = _object(
    page="integer",
    results=_list(_object(id="integer", logo_path=_NULLABLE_TEXT, name="string", origin_country="string")),
    total_pages="integer",
    total_results="integer",
)

EXPORTED_FILM = _object(adult="boolean", id="integer", original_title="string", popularity="number", video="boolean")

GENRE_LIST = _object(genres=_list(_NAMED))

CONFIGURATION = _object(
    images=_object(
        base_url="string",
        secure_base_url="string",
        backdrop_sizes=_list("string"),
        logo_sizes=_list("string"),
        poster_sizes=_list("string"),
        profile_sizes=_list("string"),
        still_sizes=_list("string"),
    ),
    change_keys=_list("string"),
)

# Some answers, older ones above all, leave `success` out.
NUMBERED_ERROR = _object({"success": "boolean"}, status_code="integer", status_message="string")
PARAMETER_ERRORS = _object(errors=_list("string"))
