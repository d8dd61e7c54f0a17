"""TMDB is down, slow or lies while films are fetched again: the published films are the old ones or the right new ones.

Every test starts with sixty published films. A month later one of them has other ratings and another one is new; then
the fault. Fetching and publishing are those of the asset, over real HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from movie_assets.tmdb.errors import TmdbError
from movie_assets.warehouse import tables
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.reading import read
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.faults.plugin import Seen
from movie_assets_tests.faults.registry import Fault
from movie_assets_tests.tmdb.films import details
from movie_assets_tests.tmdb.ingesting import CATALOGUE, NOON, POPULAR, World, many_films
from movie_assets_tests.tmdb_server import TmdbServer, faults

COUNT = 60
FIRST = "/3/movie/1000"
DISCOVER = "/3/discover/movie"
LATER = NOON + timedelta(days=31)
EXPORT = f"/p/exports/movie_ids_{LATER:%m_%d_%Y}.json.gz"
FOR_EVER = 10_000

REVENUE = faults.changed(lambda body: body.update(revenue="lots"))

Break = Callable[[World], object]


def a_month_later(world: World) -> None:
    """What TMDB knows and what time it is, when the films are fetched again."""
    world.now = LATER
    world.tmdb.catalogue.add({**many_films(COUNT)[3], "vote_count": 9_999})
    world.tmdb.catalogue.add(details(7, "A New Film", vote_count=900))


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with TmdbServer(many_films(COUNT)) as tmdb:
        world = World(tmdb, database, timeout=1.0)
        world.ingest(POPULAR)
        world.publish()
        a_month_later(world)
        yield world


@pytest.fixture(scope="module")
def undisturbed(server: str) -> list[dict[str, Any]]:
    """The films that a fetch without any fault publishes."""
    with temporary_database(server) as url, TmdbServer(many_films(COUNT)) as tmdb:
        world = World(tmdb, Database(url))
        a_month_later(world)
        world.ingest(POPULAR)
        world.publish()
        return published(world)


def published(world: World) -> list[dict[str, Any]]:
    """The films that analysts find, without the moments."""
    frame = read(world.database, tables.raw_tmdb_movies, ordered=True).drop(columns="fetched_at")
    return [{name: str(value) for name, value in row.items()} for row in frame.to_dict("records")]


def put(fault: faults.Fault, path: str | None = FIRST, times: int = 1) -> Break:
    return lambda world: world.tmdb.faults.put(fault, path=path, times=times)


def slow(world: World) -> None:
    world.tmdb.latency = 0.05


def declared(name: str, platform: str, shows: str = "", person: str | None = None) -> Fault:
    return Fault(
        family="TMDB is down, slow or lying",
        name=name,
        platform=platform,
        where="the failed step's error" if shows else "",
        shows=(shows,) if shows else (),
        person=person,
    )


AGAIN = "the request is repeated after a growing wait; every film comes once"
KEEPS = "the run fails, the old films stay; the next run goes on where it stopped"

PASSING = [
    (
        declared("429 without Retry-After, ten times", f"the pace is lowered, {AGAIN}"),
        put(faults.too_many_requests(), None, 10),
    ),
    (declared("HTML 502 of a proxy", AGAIN), put(faults.bad_gateway(), times=3)),
    (declared("503: TMDB is under maintenance for a moment", AGAIN), put(faults.code(46), times=2)),
    (declared("The connection is reset within a body", AGAIN), put(faults.cut_connection(), times=3)),
    (declared("A request is accepted and never answered", AGAIN), put(faults.stall())),
    (declared("Every answer takes 50 ms longer", "several requests are under way at once; nothing fails"), slow),
    (
        declared("JSON that ends in its middle, with a correct HTTP length", AGAIN),
        put(faults.truncated_json(), times=3),
    ),
    (declared("A body that is said to be gzip and is not", AGAIN), put(faults.wrong_encoding(), times=2)),
    (declared("An error (code 21) with HTTP 200", AGAIN), put(faults.code(21), times=3)),
    (declared("A sign-in page of the network instead of a list", AGAIN), put(faults.sign_in_page(), DISCOVER, 3)),
    (
        declared("The daily export is cut short (gzip without its end), twice", "it is fetched again"),
        put(faults.truncated_json(), EXPORT, 2),
    ),
]

FAILING = [
    (
        declared("502 for as long as the run asks", f"it is asked for 15 times; {KEEPS}", "what was fetched is kept"),
        put(faults.bad_gateway(), times=FOR_EVER),
    ),
    (
        declared("429 for as long as the run asks", f"it is asked for 15 times; {KEEPS}", "HTTP 429"),
        put(faults.too_many_requests(), times=FOR_EVER),
    ),
    (
        declared("429 with a Retry-After of an hour", f"it is not waited for; {KEEPS}", "asks to wait 3,600 s"),
        put(faults.too_many_requests("3600"), times=FOR_EVER),
    ),
    (
        declared("A number of another type in every film", f"the films are refused; {KEEPS}", 'field "revenue"'),
        lambda world: [put(REVENUE, f"/3/movie/{1000 + i}", FOR_EVER)(world) for i in range(COUNT)],
    ),
    (
        declared("The list of films is a sign-in page for ever", f"it is asked for 6 times; {KEEPS}", "text/html"),
        put(faults.sign_in_page(), DISCOVER, FOR_EVER),
    ),
    (
        declared("A redirect to another server", f"it is not followed; {KEEPS}", "HTTP 302"),
        put(faults.redirect("http://127.0.0.1:9/elsewhere"), DISCOVER, FOR_EVER),
    ),
    (
        declared("A proxy's 404 for a film", f"it is not taken for a deletion; {KEEPS}", "HTTP 404"),
        put(faults.body({"detail": "no route"}, 404), times=FOR_EVER),
    ),
    (
        declared("The daily export stays damaged", f"it is asked for again; {KEEPS}", "not a whole gzip file"),
        put(faults.truncated_json(), EXPORT, FOR_EVER),
    ),
    (
        declared("TMDB suddenly has no longer 50 of 60 films", f"nothing is deleted; {KEEPS}", "no longer has 50 of"),
        lambda world: [world.tmdb.faults.put(faults.code(34), path=f"/3/movie/{1000 + i}", times=9) for i in range(50)],
    ),
    (
        declared(
            "TMDB refuses the token",
            "one request is made; the old films stay",
            "Check TMDB_API_TOKEN",
            "put a valid token into .env",
        ),
        put(faults.code(7), None, FOR_EVER),
    ),
]


def with_marks(cases: list[tuple[Fault, Any]]) -> list[Any]:
    return [pytest.param(break_, marks=fault.marks, id=fault.name) for fault, break_ in cases]


@pytest.mark.parametrize("break_", with_marks(PASSING))
def test_what_passes_is_waited_out(world: World, undisturbed: list[dict[str, Any]], break_: Break) -> None:
    break_(world)
    world.ingest(POPULAR)
    world.publish()
    assert world.tmdb.faults.taken > 0 or world.tmdb.latency
    assert published(world) == undisturbed


@pytest.mark.parametrize("break_", with_marks(FAILING))
def test_what_does_not_pass_leaves_the_old_films_and_the_next_fetch_brings_the_new_ones(
    world: World, seen: Seen, undisturbed: list[dict[str, Any]], break_: Break
) -> None:
    before = published(world)
    break_(world)
    with pytest.raises(TmdbError) as caught:
        world.ingest(POPULAR)
    seen(str(caught.value))
    assert published(world) == before
    world.tmdb.faults.clear()
    world.ingest(POPULAR)
    world.publish()
    assert published(world) == undisturbed


@declared("Nobody listens at TMDB's address", f"it is tried 15 times; {KEEPS}", "Connection refused")
def test_a_refused_connection(world: World, seen: Seen, undisturbed: list[dict[str, Any]]) -> None:
    before = published(world)
    with TmdbServer() as closed:
        pass
    with pytest.raises(TmdbError) as caught:
        World(closed, world.database, now=world.now).ingest(POPULAR)
    seen(str(caught.value))
    assert published(world) == before
    world.ingest(POPULAR)
    world.publish()
    assert published(world) == undisturbed


@declared(
    "Lists count a film that they never deliver",
    "they are read again in another order; what stays missing is counted in tmdb_ingestions, and a check warns. The"
    " next lists bring it back",
)
def test_a_wrong_total(world: World, undisturbed: list[dict[str, Any]]) -> None:
    world.tmdb.quirks.hidden = frozenset({1007})
    report = world.ingest(POPULAR)
    world.publish()
    assert report.missing == 1
    assert "TMDB counts" in report.problems[0]
    assert published(world) == [film for film in undisturbed if film["tmdb_id"] != "1007"]
    world.tmdb.quirks.hidden = frozenset()
    world.now += timedelta(days=8)
    assert world.ingest(POPULAR).missing == 0
    world.publish()
    assert published(world) == undisturbed


@Fault(
    family="TMDB is down, slow or lying",
    name="A film that is another film (another id)",
    platform="its old row stays, all other films are renewed; the next fetch asks for it again",
    where="the run's log and tmdb_ingestions",
    shows=("expected 1003, found 7",),
)
def test_another_film(world: World, seen: Seen, undisturbed: list[dict[str, Any]]) -> None:
    before = {film["tmdb_id"]: film for film in published(world)}
    put(faults.changed(lambda body: body.update(id=7)), "/3/movie/1003", FOR_EVER)(world)
    report = world.ingest(POPULAR)
    world.publish()
    seen("\n".join(report.problems))
    assert published(world) == [before["1003"] if film["tmdb_id"] == "1003" else film for film in undisturbed]
    world.tmdb.faults.clear()
    world.ingest(POPULAR)
    world.publish()
    assert published(world) == undisturbed


@declared("The export of the day is not there yet", "yesterday's serves until it is")
def test_a_missing_export(world: World) -> None:
    world.tmdb.missing_exports = {LATER.date()}
    world.ingest(CATALOGUE)
    world.publish()
    assert len(published(world)) == COUNT + 1
