"""TMDB's API, one method per kind of answer that the platform uses.

A request waits for the process's token bucket, carries a timeout, is repeated while its failure may pass, and ends
in a checked JSON object or an error of `errors.py`. What it never does is show the token or the key.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import count
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar, cast
from urllib.parse import urlencode, urlsplit

import requests
from pydantic import SecretStr

from movie_assets.tmdb.credentials import Credential
from movie_assets.tmdb.errors import TmdbApiError, TmdbRequestError, TmdbResponseError, TmdbUnavailableError
from movie_assets.tmdb.pacing import TokenBucket, process_bucket
from movie_assets.tmdb.responses import Answer, json_object
from movie_assets.tmdb.retrying import RetryPolicy, TransientError
from movie_assets.tmdb.shapes import FilmPage, company_name, film_page, genre_names, movie_object
from movie_assets.tmdb.transport import open_session

MAX_APPENDED: Final = 20
"""How many parts TMDB appends to one answer."""

TRANSIENT_FAILURES: Final = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
"""What requests raises for a network that may come back."""

_BAD_CERTIFICATE: Final = "CERTIFICATE_VERIFY_FAILED"

T = TypeVar("T")
_Params = Mapping[str, str | int]
_Read = Callable[[str, Mapping[str, Any]], T]


@dataclass(frozen=True)
class Fetched(Generic[T]):
    """What an answer holds, and the ETag with which a later request can ask whether that has changed."""

    value: T
    etag: str | None


@dataclass(frozen=True)
class _Failure:
    error: TransientError | TmdbApiError


class TmdbClient:
    """A client for one API root, such as https://api.themoviedb.org/3; each thread that uses it has its own session.

    `timeout` is (connecting, waiting for the next bytes) in seconds. Without a `bucket` of its own the client paces
    itself with the one that all clients of the process share. Every method may raise any TmdbApiError.
    """

    def __init__(
        self,
        api_url: str,
        *,
        token: SecretStr | None = None,
        key: SecretStr | None = None,
        requests_per_second: float = 30.0,
        bucket: TokenBucket | None = None,
        retry: RetryPolicy | None = None,
        timeout: tuple[float, float] = (5.0, 30.0),
    ) -> None:
        self.api_url = _checked(api_url)
        self._credential = Credential(token=token, key=key)
        self._bucket = process_bucket(requests_per_second) if bucket is None else bucket
        self._interrupted = threading.Event()
        policy = RetryPolicy() if retry is None else retry
        self._retry = policy if policy.sleep is not None else replace(policy, sleep=self._sleep)
        self._timeout = timeout
        self._thread = threading.local()
        self._lock = threading.Lock()
        self._sessions: list[requests.Session] = []
        self._requests_made = 0
        self._retries_made = 0
        self._times_limited = 0

    def __repr__(self) -> str:
        return f"TmdbClient({self.api_url!r}, {self._credential!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            sessions, self._sessions = self._sessions, []
            self._thread = threading.local()
        for session in sessions:
            session.close()

    def interrupt(self) -> None:
        """Make every thread that is about to ask, or waits to ask again, give up with TmdbUnavailableError."""
        self._interrupted.set()

    @property
    def requests_made(self) -> int:
        """How many requests have left, repeated attempts included."""
        return self._requests_made

    @property
    def retries_made(self) -> int:
        """How many attempts repeated one that had failed."""
        return self._retries_made

    @property
    def times_limited(self) -> int:
        """How many requests TMDB refused for coming too fast (HTTP 429)."""
        return self._times_limited

    def check_access(self) -> None:
        """One small request that tells whether TMDB answers and lets us in."""
        self._get("/configuration", {}, lambda _, body: body)

    def search_movies(self, query: str, *, year: int | None = None, page: int = 1) -> FilmPage:
        """One page (at most 20 films) of TMDB's search by title, best match first."""
        params: dict[str, str | int] = {"query": query}
        if year is not None:
            params["year"] = year
        return self.film_page("/search/movie", params, page)

    def film_page(self, path: str, params: _Params, page: int) -> FilmPage:
        """One page of any list of films: a search, /discover/movie or /movie/changes."""
        return self._get(path, {**params, "page": page}, film_page)

    def movie(self, tmdb_id: int, append: Sequence[str] = ()) -> dict[str, Any]:
        """The details of a film, with up to 20 further parts such as "keywords" under their own keys.

        Raises TmdbNotFoundError for a film that TMDB does not have, or has no longer.
        """
        fetched = self.movie_unless_unchanged(tmdb_id, append, etag=None)
        return cast("Fetched[dict[str, Any]]", fetched).value

    def movie_unless_unchanged(
        self, tmdb_id: int, append: Sequence[str], *, etag: str | None
    ) -> Fetched[dict[str, Any]] | None:
        """`movie` with the answer's ETag; None when the answer is still the one that bore `etag`."""
        if len(append) > MAX_APPENDED:
            raise ValueError(f"TMDB appends at most {MAX_APPENDED} parts, not {len(append)}")
        params = {"append_to_response": ",".join(append)} if append else {}
        return self._fetch(
            f"/movie/{tmdb_id}", params, lambda request, body: movie_object(request, body, tmdb_id), etag
        )

    def company_name(self, company_id: int) -> str:
        """The name of a production company. Raises TmdbNotFoundError when there is none with that id."""
        return self._get(f"/company/{company_id}", {}, lambda request, body: company_name(request, body, company_id))

    def genres(self) -> dict[int, str]:
        """The names of movie genres by id, in English."""
        return self._get("/genre/movie/list", {}, genre_names)

    def _get(self, path: str, params: _Params, read: _Read[T]) -> T:
        return cast("Fetched[T]", self._fetch(path, params, read, None)).value

    def _fetch(self, path: str, params: _Params, read: _Read[T], etag: str | None) -> Fetched[T] | None:
        """What `read` makes of the JSON object that the request brings; None if nothing changed since `etag`."""
        request = f"GET {path}" + (f"?{urlencode(params)}" if params else "")
        attempts = count()

        def attempt() -> Fetched[T] | None:
            if next(attempts):
                with self._lock:
                    self._retries_made += 1
            return self._attempt(request, path, params, read, etag)

        return self._retry.run(request, attempt)

    def _attempt(self, request: str, path: str, params: _Params, read: _Read[T], etag: str | None) -> Fetched[T] | None:
        outcome = self._outcome(request, path, params, read, etag)
        if isinstance(outcome, _Failure):
            raise outcome.error
        return outcome

    def _outcome(
        self, request: str, path: str, params: _Params, read: _Read[T], etag: str | None
    ) -> Fetched[T] | _Failure | None:
        """What was read, or the failure with the secret taken out of it.

        A server may repeat what it was sent. So the failure is handed over rather than raised here: an error with
        this context, or a traceback with these variables, would still hold the body as it came.
        """
        answer = self._answer(request, path, params, etag)
        if answer.status == HTTPStatus.NOT_MODIFIED and etag is not None:
            return None
        hidden = self._credential.hidden
        try:
            body = json_object(request, answer)
        except TransientError as error:
            if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                with self._lock:
                    self._times_limited += 1
                self._bucket.slow_down(min(error.retry_after or 0.0, self._retry.longest_retry_after))
            return _Failure(TransientError(hidden(error.problem), retry_after=error.retry_after))
        except TmdbResponseError as error:
            problem = hidden(error.problem)
            return _Failure(TransientError(problem, doubt=TmdbResponseError(request, problem)))
        except TmdbApiError as error:
            return _Failure(type(error)(error.request, hidden(error.problem)))
        try:
            return Fetched(read(request, body), answer.headers.get("ETag"))
        except TmdbApiError as error:
            return _Failure(type(error)(error.request, hidden(error.problem)))

    def _answer(self, request: str, path: str, params: _Params, etag: str | None) -> Answer:
        self._bucket.acquire(self._sleep)
        if self._interrupted.is_set():
            raise TmdbUnavailableError(request, "not sent any more, because the run ends")
        with self._lock:
            self._requests_made += 1
        try:
            response = self._session().get(
                f"{self.api_url}{path}",
                params=params,
                headers=None if etag is None else {"If-None-Match": etag},
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            if isinstance(error, TRANSIENT_FAILURES) and _BAD_CERTIFICATE not in str(error):
                raise TransientError(f"{type(error).__name__}: {error}") from error
            raise TmdbRequestError(request, f"cannot be sent: {error}. Check TMDB_API_URL and proxies") from error
        return Answer(response.status_code, response.headers, response.content)

    def _session(self) -> requests.Session:
        """This thread's session: connections are reused without threads waiting for each other's."""
        session: requests.Session | None = getattr(self._thread, "session", None)
        if session is None:
            session = self._thread.session = open_session(self.api_url, self._credential)
            with self._lock:
                self._sessions.append(session)
        return session

    def _sleep(self, seconds: float) -> None:
        self._interrupted.wait(seconds)


def _checked(api_url: str) -> str:
    """The root without a slash at its end."""
    try:
        parts = urlsplit(api_url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        usable = False
    if not usable:
        raise TmdbRequestError("", "TMDB_API_URL must look like https://api.themoviedb.org/3")
    if parts.username is not None or parts.query or parts.fragment:
        problem = "TMDB_API_URL must hold no user, password or parameters: they would end up in logs"
        raise TmdbRequestError("", f"{problem}. Use TMDB_API_TOKEN or TMDB_API_KEY")
    return api_url.rstrip("/")
