"""The listening half: sockets, credentials, the log of requests, and answers as bytes on a connection."""

from __future__ import annotations

import hashlib
import secrets
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from movie_assets_tests.tmdb_server import exports, routes
from movie_assets_tests.tmdb_server.answers import Answer, error_answer
from movie_assets_tests.tmdb_server.catalogue import Catalogue, Film, Quirks
from movie_assets_tests.tmdb_server.faults import FaultQueue

Access = Literal["token", "key", "refused", "none"]


@dataclass(frozen=True)
class RecordedRequest:
    """A request as it arrived, without its secret: `access` says how it was let in, or that it was not."""

    path: str
    params: dict[str, str]
    access: Access


class RateWindow:
    """How many requests TMDB lets through in any second; the others are refused, without a Retry-After."""

    def __init__(self, requests_per_second: int) -> None:
        self._limit = requests_per_second
        self._lock = threading.Lock()
        self._passed: deque[float] = deque()

    def passes(self) -> bool:
        now = time.monotonic()
        with self._lock:
            while self._passed and self._passed[0] <= now - 1.0:
                self._passed.popleft()
            if len(self._passed) >= self._limit:
                return False
            self._passed.append(now)
            return True


class TmdbServer:
    """A running server. It accepts `token` as bearer and `key` as api_key, both random unless given.

    `latency` is how many seconds an answer takes at least, `requests_per_second` how many are let through. The daily
    export is there for every day but those in `missing_exports`.
    """

    def __init__(
        self,
        films: Iterable[Film] = (),
        *,
        token: str | None = None,
        key: str | None = None,
        latency: float = 0.0,
        requests_per_second: int | None = None,
    ) -> None:
        self.catalogue = Catalogue(films)
        self.latency = latency
        self.window = RateWindow(requests_per_second) if requests_per_second is not None else None
        self.missing_exports: set[date] = set()
        self.refused = 0
        self.faults = FaultQueue()
        self.requests: list[RecordedRequest] = []
        self.token = token if token is not None else secrets.token_urlsafe(32)
        self.key = key if key is not None else secrets.token_hex(16)
        self.closing = threading.Event()
        self._http = _HttpServer(("127.0.0.1", 0), _Handler, self)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/3"

    @property
    def export_url(self) -> str:
        return f"{self.url}{exports.PATH}"

    @property
    def quirks(self) -> Quirks:
        return self.catalogue.quirks

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def access(self, authorizations: list[str], api_key: str | None) -> Access:
        """How a request with these Authorization headers and this key is let in."""
        if authorizations:
            return "token" if authorizations == [f"Bearer {self.token}"] else "refused"
        if api_key is not None:
            return "key" if api_key == self.key else "refused"
        return "none"

    def answer(self, request: RecordedRequest) -> Answer:
        """The answer to a request, spoilt if a fault is waiting for it."""
        self.requests.append(request)
        if self.window is not None and not self.window.passes():
            self.refused += 1
            return error_answer(25)
        if self.latency:
            time.sleep(self.latency)
        if exports.is_export(request.path):
            right = exports.answer(self.catalogue, request.path, self.missing_exports)
        elif request.access in ("refused", "none"):
            right = error_answer(7)
        else:
            right = routes.answer(self.catalogue, request.path, request.params)
        fault = self.faults.take(request.path)
        return right if fault is None else fault(right)


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    # Clients that open all their connections at once must not find the queue full.
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], tmdb: TmdbServer) -> None:
        self.tmdb = tmdb
        super().__init__(address, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that is killed, or gives up waiting, is what some tests are about.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in two writes; the second must not wait for the first one's acknowledgement.
    disable_nagle_algorithm = True
    # A connection that a client keeps open must not keep its thread for ever.
    timeout = 30
    server: _HttpServer

    def do_GET(self) -> None:  # the name http.server looks for
        tmdb = self.server.tmdb
        parts = urlsplit(self.path)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        access = tmdb.access(self.headers.get_all("Authorization", []), params.pop("api_key", None))
        answer = tmdb.answer(RecordedRequest(parts.path, params, access))
        if answer.stalled:
            tmdb.closing.wait(self.timeout)
            self.close_connection = True
            return
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        etag = f'W/"{hashlib.md5(answer.body, usedforsecurity=False).hexdigest()}"'
        if answer.status == 200 and self.headers.get("If-None-Match") == etag:
            answer = Answer(304, b"", headers=answer.headers)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("ETag", etag)
        if self.close_connection:
            # The client asked for it, and must not use the connection again before it notices.
            self.send_header("Connection", "close")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if answer.cut else answer.body)
        self.close_connection = self.close_connection or answer.cut

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name http.server passes
        """Write nothing: a request line may hold a key, and `TmdbServer.requests` records the rest."""
