"""A token or key is seen by TMDB and by nobody else."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from movie_assets.tmdb.client import TmdbClient
from movie_assets.tmdb.errors import TmdbApiError
from movie_assets.tmdb.pacing import TokenBucket
from movie_assets.tmdb.retrying import RetryPolicy
from movie_assets_tests.tmdb_server import TmdbServer, faults

CANARY = "canary.0123456789abcdef+/="
ENCODED = "canary.0123456789abcdef%2B%2F%3D"


@pytest.fixture
def guarded() -> Iterator[TmdbServer]:
    with TmdbServer([{"id": 1, "title": "A"}], token=CANARY, key=CANARY) as server:
        yield server


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and everything that hangs on it."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        current = todo.pop()
        if current is not None and id(current) not in seen:
            seen.add(id(current))
            todo += [current.__cause__, current.__context__]
            yield current


def provoke(client: TmdbClient) -> Iterator[str]:
    """Everything that a caller could print about one failed request."""
    try:
        client.movie(1, append=["keywords"])
    except TmdbApiError as error:
        for each in chain(error):
            yield str(each)
            yield repr(each)
            yield repr(vars(each))
            for name in ("request", "response"):
                part = getattr(each, name, None)
                yield repr(part)
                yield str(getattr(part, "url", ""))
                yield repr(getattr(part, "headers", ""))
        yield "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    else:
        raise AssertionError("the request was meant to fail")


FAULTS = [
    faults.too_many_requests(),
    faults.bad_gateway(),
    faults.stall(),
    faults.cut_connection(),
    faults.truncated_json(),
    faults.code(7),
    faults.code(34),
    faults.code(21),
    faults.sign_in_page(),
    faults.redirect(f"http://127.0.0.1:1/?api_key={ENCODED}"),
    faults.body({"status_code": 7, "status_message": f"Invalid API key: {CANARY}"}, 401),
    faults.body({"errors": [f"api_key={ENCODED} is wrong"]}, 422),
    faults.body({"status_code": 11, "status_message": f"While serving {CANARY}"}, 500),
    faults.body({"id": 1, "title": "A", "runtime": CANARY}),
]


@pytest.mark.parametrize("kind", ["token", "key"])
@pytest.mark.parametrize("spoilt", FAULTS)
def test_no_failure_shows_the_secret(
    guarded: TmdbServer, caplog: pytest.LogCaptureFixture, kind: str, spoilt: faults.Fault
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    guarded.faults.put(spoilt, times=2)
    policy = RetryPolicy(attempts=2, doubtful_attempts=2, sleep=lambda _: None)
    secret = {kind: SecretStr(CANARY)}
    with TmdbClient(guarded.api_url, bucket=TokenBucket(1e6), retry=policy, timeout=(5, 0.2), **secret) as client:
        shown = [*provoke(client), repr(client), str(vars(client)), caplog.text]
        shown += [str(vars(record)) for record in caplog.records]
    assert "urllib3" in caplog.text
    assert guarded.requests[0].access == kind
    shown += [repr(request) for request in guarded.requests]
    for text in shown:
        assert CANARY not in text
        assert ENCODED not in text


@pytest.mark.parametrize("kind", ["token", "key"])
def test_no_success_shows_the_secret(guarded: TmdbServer, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    caplog.set_level(logging.DEBUG)
    with TmdbClient(guarded.api_url, bucket=TokenBucket(1e6), **{kind: SecretStr(CANARY)}) as client:
        client.search_movies("A")
        client.genres()
    assert {request.access for request in guarded.requests} == {kind}
    assert "/3/search/movie?query=A" in caplog.text
    assert CANARY not in caplog.text
    assert ENCODED not in caplog.text


@pytest.mark.parametrize("kind", ["token", "key"])
def test_a_redirect_does_not_carry_the_secret_elsewhere(guarded: TmdbServer, kind: str) -> None:
    with TmdbServer() as elsewhere:
        guarded.faults.put(faults.redirect(f"{elsewhere.url}/3/movie/1"), times=9)
        policy = RetryPolicy(sleep=lambda _: None)
        with (
            TmdbClient(guarded.api_url, bucket=TokenBucket(1e6), retry=policy, **{kind: SecretStr(CANARY)}) as client,
            pytest.raises(TmdbApiError),
        ):
            client.movie(1)
        assert elsewhere.requests == []


def test_a_netrc_file_does_not_replace_the_token(
    guarded: TmdbServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with TmdbClient(guarded.api_url, token=SecretStr(CANARY), bucket=TokenBucket(1e6)) as client:
        client.genres()
    assert guarded.requests[0].access == "token"


@pytest.mark.parametrize("kind", ["token", "key"])
def test_a_proxy_of_the_environment_is_used_and_gets_the_secret_once(
    guarded: TmdbServer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("http_proxy", guarded.url)
    with TmdbClient("http://tmdb.invalid/3", bucket=TokenBucket(1e6), **{kind: SecretStr(CANARY)}) as client:
        client.movie(1)
        client.movie(1)
    assert [request.access for request in guarded.requests] == [kind, kind]
