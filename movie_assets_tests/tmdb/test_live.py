"""A live fetch brings each film that the titles find once, or fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from movie_assets.tmdb.client import TmdbClient
from movie_assets.tmdb.errors import TmdbResponseError, TmdbUnavailableError
from movie_assets.tmdb.films import FILM_DTYPES
from movie_assets.tmdb.live import FetchProgress, fetch_brand_films
from movie_assets_tests.tmdb.films import details
from movie_assets_tests.tmdb_server import TmdbServer, faults

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
EPISODE = "Star Wars: Episode VII - The Force Awakens"


def fetch(client: TmdbClient, titles: Sequence[str], progress: FetchProgress | None = None) -> pd.DataFrame:
    frames = list(fetch_brand_films(client, titles, clock=lambda: NOON, progress=progress))
    return pd.concat(frames, ignore_index=True)


def test_each_title_brings_its_films_with_details(client: TmdbClient) -> None:
    films = fetch(client, ["It", "Star Wars: The Force Awakens"])
    assert films["tmdb_id"].tolist() == [346364, 10010, 1562, 140607]
    assert {name: str(dtype) for name, dtype in films.dtypes.items()} == dict(FILM_DTYPES)
    film = films.iloc[3]
    assert (film["revenue_usd"], film["origin"]) == (2068223624, "tmdb")
    assert (film["keywords"], film["alternative_titles"]) == (["space opera"], ["Un autre titre"])


def test_each_film_carries_the_instant_it_was_fetched_at(client: TmdbClient) -> None:
    ticks: Iterator[datetime] = (NOON + timedelta(seconds=second) for second in range(9))
    films = pd.concat(list(fetch_brand_films(client, ["It"], clock=lambda: next(ticks))))
    assert films["fetched_at"].tolist() == [pd.Timestamp(NOON) + pd.Timedelta(seconds=s) for s in range(3)]


def test_equal_titles_and_films_found_twice_are_asked_for_once(client: TmdbClient, server: TmdbServer) -> None:
    films = fetch(client, ["It", "It Follows", "It"])
    assert films["tmdb_id"].is_unique
    paths = [request.path for request in server.requests]
    assert paths.count("/3/search/movie") == 2
    assert paths.count("/3/movie/1562") == 1


def test_a_film_repeated_within_a_page_is_asked_for_once(client: TmdbClient, server: TmdbServer) -> None:
    server.faults.put(faults.changed(lambda body: body["results"].append(body["results"][0])))
    assert fetch(client, ["It"])["tmdb_id"].tolist() == [346364, 10010, 1562]


def test_a_second_form_is_tried_only_when_the_first_finds_nothing(client: TmdbClient, server: TmdbServer) -> None:
    assert fetch(client, [EPISODE])["tmdb_id"].tolist() == [140607]
    queries = [request.params["query"] for request in server.requests if request.path == "/3/search/movie"]
    assert queries == [EPISODE, "Star Wars The Force Awakens"]
    server.requests.clear()
    fetch(client, ["Star Wars: The Last Jedi"])
    assert [request.path for request in server.requests] == ["/3/search/movie", "/3/movie/181808"]


def test_a_film_deleted_between_search_and_details_is_left_out_and_counted(
    client: TmdbClient, server: TmdbServer
) -> None:
    server.faults.put(faults.code(34), path="/3/movie/10010")
    progress = FetchProgress()
    assert fetch(client, ["It"], progress)["tmdb_id"].tolist() == [346364, 1562]
    assert (progress.films, progress.films_gone) == (2, 1)


def test_progress_is_counted_title_by_title(client: TmdbClient, server: TmdbServer) -> None:
    server.faults.put(faults.bad_gateway(), path="/3/movie/346364")
    client.genres()
    progress = FetchProgress()
    frames = fetch_brand_films(client, ["It", "no such film", EPISODE], clock=lambda: NOON, progress=progress)
    next(frames)
    assert progress == FetchProgress(titles_total=3, titles=1, films=3, requests=5)
    assert list(map(len, frames)) == [1]
    assert progress == FetchProgress(titles_total=3, titles=3, titles_without_films=1, films=4, requests=9)
    assert client.requests_made == len(server.requests) == 10


@pytest.mark.parametrize("titles", [[], ["no such film"]])
def test_nothing_found_is_one_empty_typed_frame(client: TmdbClient, titles: list[str]) -> None:
    (frame,) = fetch_brand_films(client, titles, clock=lambda: NOON)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == dict(FILM_DTYPES)
    assert frame.empty


def test_a_failure_ends_the_fetch(client: TmdbClient, server: TmdbServer) -> None:
    server.faults.put(faults.bad_gateway(), path="/3/movie/1562", times=99)
    with pytest.raises(TmdbUnavailableError, match="/movie/1562"):
        fetch(client, ["It"])


@pytest.mark.parametrize("path", ["/3/movie/10010", "/3/search/movie"])
def test_a_404_of_another_server_is_no_deleted_film(client: TmdbClient, server: TmdbServer, path: str) -> None:
    server.faults.put(faults.sign_in_page(404), path=path)
    with pytest.raises(TmdbResponseError, match="TMDB_API_URL"):
        fetch(client, ["It"])


def test_only_the_first_page_of_a_search_is_followed(client: TmdbClient, server: TmdbServer) -> None:
    for number in range(1, 31):
        server.catalogue.add(details(number, "Common Name", popularity=float(number)))
    assert fetch(client, ["Common Name"])["tmdb_id"].tolist() == list(range(30, 10, -1))
