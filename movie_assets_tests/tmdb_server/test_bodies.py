"""The test server answers as TMDB does."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from openapi_schema_validator import OAS31Validator

from movie_assets_tests.tmdb.films import COPY, FILMS, details
from movie_assets_tests.tmdb_server import TmdbServer, faults, schemas

BARE = {"id": 5, "title": "Bare"}


@pytest.fixture(scope="module")
def server() -> Any:
    films = [*COPY(FILMS), BARE, *(details(n, "Common Name", popularity=float(n)) for n in range(100, 145))]
    with TmdbServer(films) as running:
        yield running


def get(server: TmdbServer, path: str, **params: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"Bearer {server.token}"}
        return session.get(f"{server.api_url}{path}", params=params, headers=headers, timeout=5)


@pytest.mark.parametrize(
    ("path", "params", "status", "schema"),
    [
        ("/search/movie", {"query": "it"}, 200, schemas.SEARCH_MOVIE),
        ("/search/movie", {"query": "bare"}, 200, schemas.SEARCH_MOVIE),
        ("/search/movie", {"query": "nothing"}, 200, schemas.SEARCH_MOVIE),
        ("/movie/140607", {}, 200, schemas.MOVIE_DETAILS),
        (
            "/movie/140607",
            {"append_to_response": "keywords,alternative_titles,translations,external_ids,unknown"},
            200,
            schemas.MOVIE_DETAILS,
        ),
        ("/movie/5", {"append_to_response": "keywords,alternative_titles"}, 200, schemas.MOVIE_DETAILS),
        ("/genre/movie/list", {}, 200, schemas.GENRE_LIST),
        ("/configuration", {}, 200, schemas.CONFIGURATION),
        ("/movie/77", {}, 404, schemas.NUMBERED_ERROR),
        ("/movie/abc", {}, 404, schemas.NUMBERED_ERROR),
        ("/movie/5", {"append_to_response": ",".join("abcdefghijklmnopqrstu")}, 400, schemas.NUMBERED_ERROR),
        ("/nothing/here", {}, 404, schemas.NUMBERED_ERROR),
        ("/search/movie", {}, 422, schemas.PARAMETER_ERRORS),
        ("/search/movie", {"query": "it", "page": "501"}, 422, schemas.PARAMETER_ERRORS),
        ("/search/movie", {"query": "it", "page": "0"}, 422, schemas.PARAMETER_ERRORS),
        ("/search/movie", {"query": "it", "page": "x"}, 400, schemas.NUMBERED_ERROR),
    ],
)
def test_bodies_have_tmdbs_keys_and_types(
    server: TmdbServer, path: str, params: dict[str, str], status: int, schema: dict[str, Any]
) -> None:
    response = get(server, path, **params)
    assert response.status_code == status
    assert response.headers["ETag"]
    OAS31Validator(schema).validate(response.json())


def test_without_a_valid_credential_nothing_is_told(server: TmdbServer) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        response = requests.get(f"{server.api_url}/movie/5", headers=headers, timeout=5)
        assert (response.status_code, response.json()["status_code"]) == (401, 7)
    assert requests.get(f"{server.api_url}/movie/5", params={"api_key": server.key}, timeout=5).ok
    assert [request.access for request in server.requests[-3:]] == ["none", "refused", "key"]
    assert server.key not in repr(server.requests)


def test_pages_hold_twenty_and_end_empty(server: TmdbServer) -> None:
    pages = [get(server, "/search/movie", query="common name", page=str(page)).json() for page in (1, 2, 3, 4)]
    assert [len(page["results"]) for page in pages] == [20, 20, 5, 0]
    assert {(page["total_pages"], page["total_results"]) for page in pages} == {(3, 45)}
    assert len({film["id"] for page in pages for film in page["results"]}) == 45


def test_the_closest_title_comes_first_then_the_most_popular(server: TmdbServer) -> None:
    def found(**params: str) -> list[int]:
        return [film["id"] for film in get(server, "/search/movie", **params).json()["results"]]

    assert found(query="It") == [346364, 10010, 1562]
    assert found(query="it", year="2015") == [1562]
    assert 9999 in found(query="it", include_adult="true")
    assert found(query="un AUTRE titré")
    assert found(query="!?") == []


def test_unknown_parameters_are_ignored(server: TmdbServer) -> None:
    assert get(server, "/movie/5", nonsense="1").json() == get(server, "/movie/5").json()


def test_an_unchanged_body_is_not_sent_again(server: TmdbServer) -> None:
    etag = get(server, "/movie/5").headers["ETag"]
    headers = {"Authorization": f"Bearer {server.token}", "If-None-Match": etag}
    response = requests.get(f"{server.api_url}/movie/5", headers=headers, timeout=5)
    assert (response.status_code, response.content) == (304, b"")


def test_faults_come_in_order_and_to_their_path_only(server: TmdbServer) -> None:
    server.faults.put(faults.code(46), path="/3/movie/5")
    server.faults.put(faults.bad_gateway(), times=2)
    statuses = [get(server, path).status_code for path in ("/configuration", "/movie/5", "/movie/5", "/movie/5")]
    assert statuses == [502, 503, 502, 200]


def test_films_can_come_and_go(server: TmdbServer) -> None:
    server.catalogue.add({"id": 6, "title": "Guest"})
    assert get(server, "/movie/6").json()["title"] == "Guest"
    server.catalogue.remove(6)
    assert get(server, "/movie/6").status_code == 404
