"""TMDB's daily export of film ids: a file for everybody, no token, one JSON object per line, gzip.

https://developer.themoviedb.org/docs/daily-id-exports: ready by 08:00 UTC, kept for three months, without adult films.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import Final

import requests
from urllib3.exceptions import HTTPError

from movie_assets.tmdb.client import TRANSIENT_FAILURES
from movie_assets.tmdb.errors import TmdbNotFoundError, TmdbRequestError, TmdbResponseError
from movie_assets.tmdb.retrying import RetryPolicy, TransientError
from movie_assets.tmdb.values import is_id

_READY_AT_HOUR: Final = 8
_DAYS_BACK: Final = 3
_CHUNK: Final = 2**18
_TIMEOUT: Final = (5.0, 60.0)
_ABSENT: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN})
_CHECK: Final = "Check TMDB_EXPORT_URL and whether a proxy or a sign-in page answers in TMDB's place"


@dataclass(frozen=True)
class ExportedFilms:
    """Ids and original titles of some films, side by side."""

    ids: list[int]
    original_titles: list[str]


class DailyExport:
    """The exports below one address. `requests_made` counts requests, repeated ones included."""

    def __init__(self, url: str, *, retry: RetryPolicy | None = None) -> None:
        self._url = url.rstrip("/")
        self._retry = retry or RetryPolicy()
        self.requests_made = 0

    def download(self, now: datetime, into: Path) -> tuple[date, Path]:
        """The newest export there is at `now` (UTC), complete, and its day.

        Raises TmdbNotFoundError when the last days have none, otherwise the TmdbApiError that fits.
        """
        newest = newest_day(now)
        for days in range(_DAYS_BACK + 1):
            day = newest - timedelta(days=days)
            request = f"GET {self._url}/{file_name(day)}"
            path = into / file_name(day)
            if self._retry.run(request, lambda request=request, path=path: self._attempt(request, path)):  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
                return day, path
        raise TmdbNotFoundError(
            f"GET {self._url}/{file_name(newest)}", f"there is no export of the last {_DAYS_BACK + 1} days. {_CHECK}"
        )

    def _attempt(self, request: str, path: Path) -> bool:
        """Whether there is such a file; then it is at `path`, whole."""
        self.requests_made += 1
        try:
            with (
                requests.Session() as session,
                session.get(request.removeprefix("GET "), stream=True, timeout=_TIMEOUT) as response,
            ):
                if response.status_code in _ABSENT:
                    return False
                if response.status_code != HTTPStatus.OK:
                    raise TransientError(f"HTTP {response.status_code}")
                with path.open("wb") as file:
                    # As it came: a server that declares the file's own compression must not have it undone.
                    for chunk in response.raw.stream(_CHUNK, decode_content=False):
                        file.write(chunk)
        except requests.RequestException as error:
            if isinstance(error, TRANSIENT_FAILURES):
                raise TransientError(f"{type(error).__name__}: {error}") from error
            raise TmdbRequestError(request, f"cannot be sent: {error}. {_CHECK}") from error
        except (HTTPError, OSError) as error:
            raise TransientError(f"{type(error).__name__}: {error}") from error
        _require_whole(request, path)
        return True


def newest_day(now: datetime) -> date:
    """The day whose export should be ready at `now` (UTC)."""
    return now.date() if now.hour >= _READY_AT_HOUR else now.date() - timedelta(days=1)


def file_name(day: date) -> str:
    """The name of a day's export."""
    return f"movie_ids_{day:%m_%d_%Y}.json.gz"


def exported_films(path: Path, *, rows: int = 50_000) -> Iterator[ExportedFilms]:
    """The films of an export, `rows` at a time; raises TmdbResponseError for a line that is no film."""
    with gzip.open(path, "rb") as lines:
        numbered = enumerate(lines, 1)
        while batch := [_film(path, number, line) for number, line in islice(numbered, rows) if line.strip()]:
            yield ExportedFilms([film[0] for film in batch], [film[1] for film in batch])


def _film(path: Path, number: int, line: bytes) -> tuple[int, str]:
    try:
        film = json.loads(line)
        tmdb_id, title = film["id"], film.get("original_title") or ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        tmdb_id = title = None
    if not is_id(tmdb_id) or not isinstance(title, str):
        raise TmdbResponseError(f"GET {path.name}", f"line {number} is no film. {_CHECK}")
    return tmdb_id, title.replace("\x00", "")


def _require_whole(request: str, path: Path) -> None:
    """Refuse a file that was cut off or is another page; gzip ends with a checksum of the whole."""
    try:
        with gzip.open(path, "rb") as content:
            while content.read(_CHUNK):
                pass
    except (EOFError, zlib.error, OSError) as error:
        problem = f"not a whole gzip file: {error}. {_CHECK}"
        raise TransientError(problem, doubt=TmdbResponseError(request, problem)) from error
