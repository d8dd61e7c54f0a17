"""The client brings checked answers, outlasts what passes, and names what does not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import SecretStr

from movie_assets.tmdb.client import TmdbClient
from movie_assets.tmdb.errors import (
    TmdbApiError,
    TmdbCredentialsError,
    TmdbNotFoundError,
    TmdbRequestError,
    TmdbResponseError,
    TmdbShapeError,
    TmdbUnavailableError,
)
from movie_assets.tmdb.genres import MOVIE_GENRES
from movie_assets.tmdb.pacing import TokenBucket
from movie_assets.tmdb.retrying import RetryPolicy
from movie_assets_tests.tmdb.conftest import MakeClient
from movie_assets_tests.tmdb_server import TmdbServer, faults


def test_a_search_brings_a_page_in_tmdbs_order(client: TmdbClient, tmdb: TmdbServer) -> None:
    page = client.search_movies("it")
    assert page.ids == [346364, 10010, 1562]
    assert (page.page, page.total_pages, page.total_results) == (1, 1, 3)
    assert client.search_movies("it", year=1990).ids == [10010]
    assert tmdb.requests[-1].params == {"query": "it", "page": "1", "year": "1990"}


def test_a_search_without_hits_is_an_empty_page(client: TmdbClient) -> None:
    assert client.search_movies("no such film").ids == []


def test_details_carry_the_appended_parts(client: TmdbClient, tmdb: TmdbServer) -> None:
    film = client.movie(140607, append=("keywords", "alternative_titles"))
    assert film["revenue"] == 2068223624
    assert film["keywords"] == {"keywords": [{"id": 161176, "name": "space opera"}]}
    assert film["alternative_titles"]["titles"][0]["title"] == "Un autre titre"
    assert tmdb.requests[-1].params == {"append_to_response": "keywords,alternative_titles"}
    assert "keywords" not in client.movie(140607)


def test_more_parts_than_tmdb_appends_are_a_mistake(client: TmdbClient) -> None:
    with pytest.raises(ValueError, match="at most 20"):
        client.movie(1, append=["x"] * 21)


def test_the_genre_constant_is_what_the_endpoint_says(client: TmdbClient) -> None:
    assert client.genres() == dict(MOVIE_GENRES)


def test_a_title_travels_unharmed(client: TmdbClient, tmdb: TmdbServer) -> None:
    title = "Tom & Jerry: 50% + ü / 千と?=#"
    client.search_movies(title)
    assert tmdb.requests[-1].params["query"] == title


def test_a_token_is_preferred_to_a_key_and_either_opens(make_client: MakeClient, tmdb: TmdbServer) -> None:
    key = SecretStr(tmdb.key)
    make_client(key=key).genres()
    make_client(token=None, key=key).genres()
    make_client(token=None, key=key).search_movies("it")
    assert [request.access for request in tmdb.requests] == ["token", "key", "key"]


@pytest.mark.parametrize(
    "spoilt",
    [
        faults.too_many_requests(),
        faults.too_many_requests("0"),
        faults.too_many_requests("soon"),
        faults.bad_gateway(),
        faults.cut_connection(),
        faults.truncated_json(),
        faults.wrong_encoding(),
        faults.sign_in_page(),
        faults.sign_in_page(404),
        faults.code(21),
        *(faults.code(number) for number in (9, 11, 24, 43, 46)),
        faults.body({"success": False, "status_code": 46}, 200),
        faults.sign_in_page(504),
    ],
)
def test_what_may_pass_is_tried_again(
    client: TmdbClient, tmdb: TmdbServer, waits: list[float], spoilt: faults.Fault
) -> None:
    tmdb.faults.put(spoilt, times=2)
    assert client.movie(346364)["title"] == "It"
    assert len(tmdb.requests) == client.requests_made == 3
    assert len(waits) == 2


def test_a_server_that_does_not_answer_is_given_up_on_and_asked_again(
    make_client: MakeClient, tmdb: TmdbServer
) -> None:
    tmdb.faults.put(faults.stall())
    assert make_client(timeout=(5.0, 0.5)).movie(346364)["title"] == "It"
    assert len(tmdb.requests) == 2


def test_waits_double_up_to_the_longest(make_client: MakeClient, tmdb: TmdbServer, waits: list[float]) -> None:
    policy = RetryPolicy(attempts=6, first_wait=1.0, longest_wait=5.0, jitter=0.0, sleep=waits.append)
    tmdb.faults.put(faults.bad_gateway(), times=5)
    make_client(retry=policy).genres()
    assert waits == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_waits_are_spread_by_the_jitter(make_client: MakeClient, tmdb: TmdbServer, waits: list[float]) -> None:
    policy = RetryPolicy(attempts=6, first_wait=1.0, longest_wait=1.0, jitter=0.25, sleep=waits.append)
    tmdb.faults.put(faults.bad_gateway(), times=5)
    make_client(retry=policy).genres()
    assert all(1.0 <= wait <= 1.25 for wait in waits)
    assert len(set(waits)) == 5


def test_a_wait_that_tmdb_asks_for_in_seconds_is_kept(client: TmdbClient, tmdb: TmdbServer, waits: list[float]) -> None:
    tmdb.faults.put(faults.too_many_requests("7"))
    client.genres()
    assert waits == [7.0]


def test_a_wait_that_tmdb_asks_for_as_a_date_is_kept(client: TmdbClient, tmdb: TmdbServer, waits: list[float]) -> None:
    date = datetime.now(UTC) + timedelta(seconds=60)
    tmdb.faults.put(faults.too_many_requests(format_datetime(date, usegmt=True)))
    client.genres()
    assert waits[0] == pytest.approx(60, abs=5)


def test_a_wait_beyond_patience_is_refused_at_once(client: TmdbClient, tmdb: TmdbServer, waits: list[float]) -> None:
    tmdb.faults.put(faults.too_many_requests("3600"))
    with pytest.raises(TmdbUnavailableError, match="asks to wait 3,600 s"):
        client.genres()
    assert waits == []


def test_what_does_not_pass_is_given_up_after_the_attempts(client: TmdbClient, tmdb: TmdbServer) -> None:
    tmdb.faults.put(faults.bad_gateway(), times=99)
    with pytest.raises(TmdbUnavailableError, match=r"GET /movie/5\?append.*no answer in 4 attempts.*HTTP 502"):
        client.movie(5, append=["keywords"])
    assert len(tmdb.requests) == 4


def test_a_closed_port_is_unavailable(make_client: MakeClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/3"
        with pytest.raises(TmdbUnavailableError, match="ConnectionError"):
            make_client(api_url=url).genres()


class CountingBucket(TokenBucket):
    """A bucket that only counts."""

    def __init__(self) -> None:
        super().__init__(1.0)
        self.acquired = 0

    def acquire(self, sleep: Callable[[float], None] | None = None) -> None:
        self.acquired += 1


def test_every_attempt_waits_for_the_bucket(make_client: MakeClient, tmdb: TmdbServer) -> None:
    bucket = CountingBucket()
    tmdb.faults.put(faults.bad_gateway(), times=2)
    client = make_client(bucket=bucket)
    client.genres()
    client.genres()
    assert bucket.acquired == client.requests_made == 4


def change_id(body: dict[str, Any]) -> None:
    body["id"] = 7


def drop_title(body: dict[str, Any]) -> None:
    del body["title"]


def text_revenue(body: dict[str, Any]) -> None:
    body["revenue"] = "lots"


PERMANENT: list[tuple[faults.Fault, type[TmdbApiError], str]] = [
    *((faults.code(number), TmdbCredentialsError, "Check TMDB_API_TOKEN") for number in (7, 10)),
    *(
        (faults.body({"success": False, "status_code": number}, 401), TmdbCredentialsError, "TMDB_API_KEY")
        for number in (3, 17, 30)
    ),
    (faults.body({}, 401), TmdbCredentialsError, "HTTP 401"),
    (faults.body({"status_code": 7, "success": False}, 200), TmdbCredentialsError, "code 7"),
    (faults.body({"status_code": 45, "success": False}, 403), TmdbCredentialsError, "code 45"),
    (faults.code(34), TmdbNotFoundError, "could not be found"),
    (faults.code(6), TmdbNotFoundError, "Invalid id"),
    (faults.body({"status_code": 34, "status_message": "Gone."}, 404), TmdbNotFoundError, "Gone"),
    (faults.code(27), TmdbRequestError, "Too many append to response"),
    (faults.code(22), TmdbRequestError, "code 22"),
    (faults.body({"errors": ["a is wrong", "b too"]}, 422), TmdbRequestError, "a is wrong; b too"),
    (faults.body({"message": "Forbidden"}, 403), TmdbRequestError, "HTTP 403"),
    (faults.body({"detail": "no route"}, 404), TmdbRequestError, "HTTP 404"),
    (faults.changed(change_id), TmdbShapeError, 'field "id": expected 346364, found 7'),
    (faults.changed(drop_title), TmdbShapeError, 'field "title"'),
    (faults.changed(text_revenue), TmdbShapeError, 'field "revenue": expected a whole number or null, found "lots"'),
]

DOUBTFUL = [
    (faults.sign_in_page(), "text/html"),
    (faults.sign_in_page(404), "TMDB_API_URL"),
    (faults.sign_in_page(403), "TMDB_API_URL"),
    (faults.redirect("http://127.0.0.1:9/elsewhere"), "HTTP 302"),
    (faults.truncated_json(), "cut off"),
    (faults.code(21), "code 21"),
    (faults.body({"success": False}), "HTTP 200"),
    (faults.body([1, 2]), "not an object"),
    (faults.body(float("nan")), "no JSON"),
]


@pytest.mark.parametrize(("spoilt", "kind", "said"), PERMANENT)
def test_what_does_not_pass_fails_at_once_by_its_own_name(
    client: TmdbClient, tmdb: TmdbServer, spoilt: faults.Fault, kind: type[TmdbApiError], said: str
) -> None:
    tmdb.faults.put(spoilt)
    with pytest.raises(TmdbApiError) as caught:
        client.movie(346364)
    assert type(caught.value) is kind
    assert said in str(caught.value)
    assert str(caught.value).startswith("GET /movie/346364: ")
    assert len(tmdb.requests) == 1


@pytest.mark.parametrize(("spoilt", "said"), DOUBTFUL)
def test_what_is_not_tmdbs_answer_is_asked_for_a_few_times(
    client: TmdbClient, tmdb: TmdbServer, spoilt: faults.Fault, said: str
) -> None:
    tmdb.faults.put(spoilt, times=99)
    with pytest.raises(TmdbApiError) as caught:
        client.movie(346364)
    assert type(caught.value) is TmdbResponseError
    assert said in str(caught.value)
    assert len(tmdb.requests) == 3


def test_doubtful_answers_between_other_failures_are_counted_apart(client: TmdbClient, tmdb: TmdbServer) -> None:
    for spoilt in (faults.truncated_json(), faults.bad_gateway(), faults.truncated_json()):
        tmdb.faults.put(spoilt)
    assert client.movie(346364)["title"] == "It"


def test_an_unchanged_film_is_not_sent_again(client: TmdbClient, tmdb: TmdbServer) -> None:
    first = client.movie_unless_unchanged(346364, ["keywords"], etag=None)
    assert first is not None
    assert client.movie_unless_unchanged(346364, ["keywords"], etag=first.etag) is None
    tmdb.catalogue.edit(346364, datetime.now(UTC).date(), title="It, changed")
    changed = client.movie_unless_unchanged(346364, ["keywords"], etag=first.etag)
    assert changed is not None
    assert (changed.value["title"], changed.etag != first.etag) == ("It, changed", True)


def test_a_refusal_slows_all_requests_down(make_client: MakeClient, tmdb: TmdbServer) -> None:
    bucket = TokenBucket(1000.0)
    tmdb.faults.put(faults.too_many_requests())
    make_client(bucket=bucket).genres()
    assert 900 <= bucket.current_rate < 1000


def test_every_thread_has_a_session_of_its_own(client: TmdbClient) -> None:
    with ThreadPoolExecutor(4) as pool:
        barrier = threading.Barrier(4)

        def ask(_: int) -> int:
            barrier.wait()
            return len(client.genres())

        assert list(pool.map(ask, range(4))) == [19] * 4
    assert len(client._sessions) == 4


def test_an_interrupted_client_stops_waiting_and_asking(make_client: MakeClient, tmdb: TmdbServer) -> None:
    client = make_client(retry=RetryPolicy(first_wait=60.0, jitter=0.0))
    tmdb.faults.put(faults.bad_gateway(), times=99)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.genres)
        while not tmdb.requests:
            time.sleep(0.01)
        client.interrupt()
        with pytest.raises(TmdbUnavailableError, match="the run ends"):
            waiting.result(timeout=30)
    assert len(tmdb.requests) == 1


def test_an_interrupted_client_does_not_wait_for_its_turn(make_client: MakeClient, tmdb: TmdbServer) -> None:
    bucket = TokenBucket(1.0)
    bucket.slow_down(pause=100.0)
    client = make_client(bucket=bucket)
    client.interrupt()
    with pytest.raises(TmdbUnavailableError, match="the run ends"):
        client.genres()
    assert tmdb.requests == []


def test_a_company_is_named(client: TmdbClient, tmdb: TmdbServer) -> None:
    assert client.company_name(1) == "Lucasfilm Ltd."
    with pytest.raises(TmdbNotFoundError):
        client.company_name(77)
    for spoilt in ({"id": 1}, {"id": 2, "name": "A"}, {"id": 1, "name": " "}):
        tmdb.faults.put(faults.body(spoilt))
        with pytest.raises(TmdbShapeError, match="field"):
            client.company_name(1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"results": None}, "results"),
        ({"results": {}}, "results"),
        ({"results": [1]}, "results[0]"),
        ({"results": [{"id": 1}, {"id": "2"}]}, "results[1].id"),
        ({"page": "1"}, "page"),
        ({"total_pages": None}, "total_pages"),
        ({"total_results": -1}, "total_results"),
    ],
)
def test_a_search_of_another_shape_is_named(
    client: TmdbClient, tmdb: TmdbServer, change: dict[str, Any], field: str
) -> None:
    tmdb.faults.put(faults.changed(lambda body: body.update(change)))
    with pytest.raises(TmdbShapeError) as caught:
        client.search_movies("it")
    assert f'field "{field}"' in str(caught.value)
    assert "GET /search/movie?query=it&page=1" in str(caught.value)


@pytest.mark.parametrize("genres", [None, [], [{"id": 1}], [{"id": "1", "name": "A"}], ["A"]])
def test_genres_of_another_shape_are_named(client: TmdbClient, tmdb: TmdbServer, genres: object) -> None:
    tmdb.faults.put(faults.body({"genres": genres}))
    with pytest.raises(TmdbShapeError, match='field "genres'):
        client.genres()


def test_the_servers_own_refusals_are_told_apart(client: TmdbClient, make_client: MakeClient) -> None:
    with pytest.raises(TmdbRequestError, match="query must be provided"):
        client.search_movies("")
    with pytest.raises(TmdbRequestError, match="page must be less than or equal to 500"):
        client.search_movies("it", page=501)
    with pytest.raises(TmdbNotFoundError):
        client.movie(404)
    with pytest.raises(TmdbCredentialsError, match="code 7"):
        make_client(token=SecretStr("expired")).genres()


@pytest.mark.parametrize("value", ["", "  ", "two words", "line\nbreak", "ключ"])
def test_a_credential_that_cannot_be_sent_is_refused_without_showing_it(make_client: MakeClient, value: str) -> None:
    with pytest.raises(TmdbCredentialsError, match="Check TMDB_API_TOKEN") as caught:
        make_client(token=SecretStr(value))
    assert not value.strip() or value not in str(caught.value)


def test_a_client_without_credentials_is_refused(make_client: MakeClient) -> None:
    with pytest.raises(TmdbCredentialsError, match="neither a token nor a key"):
        make_client(token=None)


def test_space_around_a_pasted_token_does_no_harm(make_client: MakeClient, tmdb: TmdbServer) -> None:
    assert make_client(token=SecretStr(f" {tmdb.token}\n")).genres()


@pytest.mark.parametrize(
    "url",
    ["", "api.themoviedb.org/3", "ftp://x/3", "http://", "http://h:port/3", "http://u:p@h/3", "http://h/3?api_key=1"],
)
def test_an_api_url_that_cannot_be_used_is_refused_without_showing_a_secret(make_client: MakeClient, url: str) -> None:
    with pytest.raises(TmdbRequestError, match="TMDB_API_URL") as caught:
        make_client(api_url=url)
    assert "u:p" not in str(caught.value)
    assert "api_key=1" not in str(caught.value)


def test_a_slash_at_the_end_of_the_api_url_does_no_harm(make_client: MakeClient, tmdb: TmdbServer) -> None:
    assert make_client(api_url=f"{tmdb.api_url}/").genres()
    assert tmdb.requests[0].path == "/3/genre/movie/list"


def test_a_closed_client_leaves_no_connection(tmdb: TmdbServer) -> None:
    with TmdbClient(tmdb.api_url, token=SecretStr(tmdb.token), requests_per_second=1e6) as client:
        client.genres()
        client.genres()
    assert client.requests_made == 2
