"""The test server answers as TMDB does."""

from __future__ import annotations

import gzip
import json
from datetime import date
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
        # One of the changed films is gone.
        running.catalogue.changes += [(date(2026, 1, 3), number) for number in (5, 140607, 999_999)]
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
        ("/discover/movie", {}, 200, schemas.SEARCH_MOVIE),
        ("/discover/movie", {"with_companies": "1|2", "sort_by": "original_title.asc"}, 200, schemas.SEARCH_MOVIE),
        ("/discover/movie", {"page": "501"}, 422, schemas.PARAMETER_ERRORS),
        ("/movie/changes", {"start_date": "2026-01-01", "end_date": "2026-01-14"}, 200, schemas.CHANGES),
        ("/movie/changes", {"start_date": "2026-01-01", "end_date": "2026-01-15"}, 422, schemas.NUMBERED_ERROR),
        ("/movie/changes", {"start_date": "soon", "end_date": "2026-01-15"}, 422, schemas.PARAMETER_ERRORS),
        ("/company/1", {}, 200, schemas.COMPANY),
        ("/company/77", {}, 404, schemas.NUMBERED_ERROR),
        ("/search/company", {"query": "bad robot"}, 200, schemas.SEARCH_COMPANY),
        ("/search/company", {}, 422, schemas.PARAMETER_ERRORS),
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


def test_a_client_that_asks_for_the_connection_to_be_closed_is_told_that_it_is(server: TmdbServer) -> None:
    headers = {"Authorization": f"Bearer {server.token}"}
    with requests.Session() as session:
        session.trust_env = False
        for asked, told in (({"Connection": "close"}, "close"), ({}, None)):
            response = session.get(f"{server.api_url}/movie/5", headers=headers | asked, timeout=5)
            assert response.headers.get("Connection") == told


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


def discovered(server: TmdbServer, **params: str) -> list[int]:
    return [film["id"] for film in get(server, "/discover/movie", **params).json()["results"]]


def test_discover_keeps_what_satisfies_every_filter() -> None:
    films = [
        details(1, "B", release_date="2000-01-01", vote_count=10, people=[7, 8], production_companies=[]),
        details(2, "A", release_date="2001-01-01", vote_count=20, people=[7]),
        details(3, "C", release_date="", vote_count=30, keywords={"keywords": []}),
        details(4, "D", adult=True),
        details(5, "E", video=True, release_date="2000-01-01", vote_count=5),
    ]
    with TmdbServer(films) as server:
        assert discovered(server, **{"sort_by": "original_title.asc"}) == [2, 1, 3]
        assert discovered(server, **{"sort_by": "original_title.desc", "include_video": "true"}) == [5, 3, 1, 2]
        window = {"primary_release_date.gte": "1900-01-01", "primary_release_date.lte": "2000-12-31"}
        assert discovered(server, **window) == [1]
        assert discovered(server, **{"vote_count.gte": "20", "sort_by": "vote_count.asc"}) == [2, 3]
        assert discovered(server, **{"with_companies": "1", "sort_by": "vote_count.asc"}) == [2, 3]
        assert sorted(discovered(server, **{"with_people": "7"})) == [1, 2]
        assert discovered(server, **{"with_people": "7,8"}) == [1]
        assert sorted(discovered(server, **{"with_people": "8|7"})) == [1, 2]
        assert sorted(discovered(server, **{"with_keywords": "161176"})) == [1, 2]
        assert 4 in discovered(server, **{"include_adult": "true"})


def test_changes_name_each_film_once_and_no_longer_know_a_deleted_ones_class(server: TmdbServer) -> None:
    body = get(server, "/movie/changes", start_date="2026-01-03", end_date="2026-01-03").json()
    assert body["results"] == [
        {"id": 5, "adult": False},
        {"id": 140607, "adult": False},
        {"id": 999_999, "adult": None},
    ]
    assert get(server, "/movie/changes", start_date="2026-01-04", end_date="2026-01-05").json()["results"] == []


def test_the_export_has_a_line_for_every_film_and_asks_for_no_credential() -> None:
    with TmdbServer(COPY(FILMS)) as server:
        server.missing_exports = {date(2026, 1, 2)}
        with requests.Session() as session:
            session.trust_env = False
            whole = session.get(f"{server.export_url}/movie_ids_01_01_2026.json.gz", timeout=5)
            absent = session.get(f"{server.export_url}/movie_ids_01_02_2026.json.gz", timeout=5)
    films = [json.loads(line) for line in gzip.decompress(whole.content).splitlines()]
    for film in films:
        OAS31Validator(schemas.EXPORTED_FILM).validate(film)
    assert [film["id"] for film in films] == [film["id"] for film in FILMS if not film["adult"]]
    assert absent.status_code == 403


def test_no_more_requests_than_permitted_pass_within_a_second() -> None:
    with TmdbServer(COPY(FILMS), requests_per_second=5) as server:
        statuses = [get(server, "/movie/140607").status_code for _ in range(8)]
    assert statuses == [200] * 5 + [429] * 3
    assert server.refused == 3


def test_quirks_repeat_and_hide_rows_in_every_order_differently() -> None:
    with TmdbServer(details(n, f"Film {n}") for n in range(100, 200)) as server:
        server.quirks.repeated = server.quirks.short = 0.5

        def seen(order: str) -> list[int]:
            return [film for page in "12345" for film in discovered(server, page=page, sort_by=order)]

        first, second = seen("original_title.asc"), seen("original_title.desc")
        assert len(set(first)) < len(first)
        assert len(set(first)) < 100
        assert set(first) != set(second)
        assert seen("original_title.asc") == first
