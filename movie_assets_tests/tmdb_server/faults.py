"""What can go wrong with an answer of TMDB, on demand.

A fault is a function from the right answer to the spoilt one. `FaultQueue` hands each to one request, in order.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from movie_assets_tests.tmdb_server.answers import Answer, error_answer, json_answer

Fault = Callable[[Answer], Answer]

_HTML = "text/html"
_BAD_GATEWAY = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body></body>\r\n</html>\r\n"
_SIGN_IN = b"<!DOCTYPE html><html><head><title>Sign in to this network</title></head></html>"


def too_many_requests(retry_after: str | None = None) -> Fault:
    """429; with `retry_after` (seconds or an HTTP date) as header, or without one, as TMDB does at times."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return lambda _: replace(error_answer(25), headers=headers)


def bad_gateway() -> Fault:
    """502 with a proxy's HTML page."""
    return lambda _: Answer(502, _BAD_GATEWAY, content_type=_HTML)


def sign_in_page(status: int = 200) -> Fault:
    """Another server's HTML, with whatever status it likes."""
    return lambda _: Answer(status, _SIGN_IN, content_type=_HTML)


def redirect(location: str) -> Fault:
    return lambda _: Answer(302, b"", headers={"Location": location})


def stall() -> Fault:
    """Accept the request and never answer."""
    return lambda answer: replace(answer, stalled=True)


def cut_connection() -> Fault:
    """Close the connection after half of the body."""
    return lambda answer: replace(answer, cut=True)


def wrong_encoding() -> Fault:
    """A body that is said to be compressed and is not."""
    return lambda answer: replace(answer, headers={"Content-Encoding": "gzip"})


def truncated_json() -> Fault:
    """A complete HTTP answer whose JSON ends in the middle."""
    return lambda answer: replace(answer, body=answer.body[: len(answer.body) // 2])


def code(number: int) -> Fault:
    """TMDB's numbered error; 21 arrives with HTTP 200."""
    return lambda _: error_answer(number)


def body(value: Any, status: int = 200) -> Fault:
    """Any JSON body."""
    return lambda _: json_answer(value, status)


def changed(edit: Callable[[dict[str, Any]], None]) -> Fault:
    """The right body after `edit` has changed it in place."""

    def fault(answer: Answer) -> Answer:
        value = json.loads(answer.body)
        edit(value)
        return json_answer(value, answer.status)

    return fault


@dataclass
class _Queued:
    fault: Fault
    path: str | None
    left: int


@dataclass
class _AtRandom:
    faults: Sequence[Fault]
    share: float
    chance: random.Random


class FaultQueue:
    """Faults waiting for requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queued: list[_Queued] = []
        self._at_random: _AtRandom | None = None
        self.taken = 0

    def at_random(self, faults: Sequence[Fault], share: float, *, seed: int) -> None:
        """Spoil that share of all requests from now on, each with one of the faults."""
        self._at_random = _AtRandom(faults, share, random.Random(seed))  # noqa: S311

    def put(self, fault: Fault, *, path: str | None = None, times: int = 1) -> None:
        """Spoil the next `times` requests; of `path` only, if given (such as "/3/movie/12")."""
        with self._lock:
            self._queued.append(_Queued(fault, path, times))

    def clear(self) -> None:
        """Spoil nothing any more."""
        with self._lock:
            self._queued.clear()
            self._at_random = None

    def take(self, path: str) -> Fault | None:
        """The oldest fault meant for the path, if any."""
        with self._lock:
            for queued in self._queued:
                if queued.path in (None, path):
                    queued.left -= 1
                    if not queued.left:
                        self._queued.remove(queued)
                    self.taken += 1
                    return queued.fault
            random_ = self._at_random
            if random_ is not None and random_.chance.random() < random_.share:
                self.taken += 1
                return random_.chance.choice(random_.faults)
        return None
