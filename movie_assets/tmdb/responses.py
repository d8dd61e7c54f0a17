"""From an HTTP answer to what it means: a JSON object, a failure that may pass, or a typed error.

TMDB tells failures apart by its own `status_code` more exactly than by HTTP's, and either may be missing: 502 and
504 arrive as HTML, refused parameters as {"errors": [...]}, and some refusals with HTTP 200.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, NoReturn

from movie_assets.tmdb.credentials import REMEDY
from movie_assets.tmdb.errors import (
    TmdbApiError,
    TmdbCredentialsError,
    TmdbNotFoundError,
    TmdbRequestError,
    TmdbResponseError,
)
from movie_assets.tmdb.retrying import TransientError, http_date, retry_after_seconds

# https://developer.themoviedb.org/docs/errors
_CREDENTIAL_CODES: Final = frozenset({3, 7, 10, 14, 16, 17, 30, 31, 32, 33, 35, 36, 38, 39, 45})
_NOT_FOUND_CODES: Final = frozenset({6, 34})
_TRANSIENT_CODES: Final = frozenset({9, 11, 24, 25, 43, 46})
_LONGEST_MESSAGE: Final = 500
_PROXY_REMEDY: Final = "Check TMDB_API_URL and whether a proxy or a sign-in page answers in TMDB's place"


@dataclass(frozen=True)
class Answer:
    """What arrived for one request; header names are matched without regard to case by the mapping itself."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def json_object(request: str, answer: Answer) -> dict[str, Any]:
    """The JSON object of a successful answer.

    Raises TransientError for what may pass, otherwise the TmdbApiError that fits.
    """
    body = _parsed(answer.content)
    fields: Mapping[str, Any] = body if isinstance(body, dict) else {}
    code = fields.get("status_code") if type(fields.get("status_code")) is int else None
    if answer.status != HTTPStatus.OK or fields.get("success") is False:
        _raise_refusal(request, answer, fields, code)
    if not isinstance(body, dict):
        kind = answer.headers.get("Content-Type", "no content type")
        what = "JSON that is not an object" if body is not None else "no JSON (cut off, or another page)"
        problem = f"HTTP 200 with {what}: {kind}, {len(answer.content):,} bytes. {_PROXY_REMEDY}"
        raise TmdbResponseError(request, problem)
    return body


def _raise_refusal(request: str, answer: Answer, fields: Mapping[str, Any], code: int | None) -> NoReturn:
    status = answer.status
    said = _said(status, fields, code)
    if code in _TRANSIENT_CODES or status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # An intermediate page such as 502 is told apart by the status alone; its HTML says nothing more.
        raise TransientError(said, retry_after=_retry_after(answer))
    raise _refusal(request, status, said, fields, code)


def _refusal(request: str, status: int, said: str, fields: Mapping[str, Any], code: int | None) -> TmdbApiError:
    if code in _CREDENTIAL_CODES or status == HTTPStatus.UNAUTHORIZED:
        return TmdbCredentialsError(request, f"{said}. {REMEDY}")
    if code in _NOT_FOUND_CODES:
        return TmdbNotFoundError(request, f"{said}. The entry was deleted, or the id is wrong")
    if status == HTTPStatus.OK:
        return TmdbResponseError(request, f"{said}. TMDB documents no such answer; try again later")
    if status >= HTTPStatus.BAD_REQUEST and fields:
        return TmdbRequestError(request, f"{said}. The same request will be refused again: change it")
    # A 404 without TMDB's code is somebody else's: taking it for a deleted film would lose films silently.
    return TmdbResponseError(request, f"{said}, and nothing in it is TMDB's. {_PROXY_REMEDY}")


def _said(status: int, fields: Mapping[str, Any], code: int | None) -> str:
    errors = fields.get("errors")
    texts = [str(text) for text in errors] if isinstance(errors, list) else []
    if isinstance(fields.get("status_message"), str):
        texts.append(fields["status_message"])
    number = f", code {code}" if code is not None else ""
    said = "; ".join(texts).rstrip(".")[:_LONGEST_MESSAGE]
    return f"HTTP {status}{number}" + (f", {said}" if said else "")


def _retry_after(answer: Answer) -> float | None:
    # Dates are compared with the server's own clock where it tells it: ours may be wrong by minutes.
    now = http_date(answer.headers.get("Date")) or datetime.now(UTC)
    return retry_after_seconds(answer.headers.get("Retry-After"), now=now)


def _parsed(content: bytes) -> object:
    """The JSON value, or None if it is none; TMDB never answers with a bare null."""
    try:
        return json.loads(content.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
