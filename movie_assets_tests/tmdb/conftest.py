"""A TMDB server per test and clients of it that wait for nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from movie_assets.tmdb.client import TmdbClient
from movie_assets.tmdb.pacing import TokenBucket
from movie_assets.tmdb.retrying import RetryPolicy
from movie_assets_tests.tmdb.films import COPY, FILMS
from movie_assets_tests.tmdb_server import TmdbServer

MakeClient = Callable[..., TmdbClient]


@pytest.fixture(autouse=True)
def _loopback_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def tmdb() -> Iterator[TmdbServer]:
    with TmdbServer(COPY(FILMS)) as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    """The seconds that clients would have slept between attempts."""
    return []


@pytest.fixture
def make_client(tmdb: TmdbServer, waits: list[float]) -> Iterator[MakeClient]:
    made: list[TmdbClient] = []

    def make(**changes: object) -> TmdbClient:
        options: dict[str, object] = {
            "token": SecretStr(tmdb.token),
            # Waits that are only noted pass for the bucket as well.
            "bucket": TokenBucket(1e6, clock=lambda: time.monotonic() + sum(waits)),
            "retry": RetryPolicy(attempts=4, doubtful_attempts=3, jitter=0.0, sleep=waits.append),
            "timeout": (5.0, 5.0),
            "api_url": tmdb.api_url,
        }
        client = TmdbClient(**(options | changes))
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: MakeClient) -> TmdbClient:
    return make_client()
