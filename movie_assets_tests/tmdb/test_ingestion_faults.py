"""Long ingestions under everything that TMDB does, and killed again and again: the films are all there, once."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from movie_assets.warehouse.database import Database
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.faults.registry import Fault
from movie_assets_tests.tmdb import ingesting_process
from movie_assets_tests.tmdb.ingesting import POPULAR, World, many_films
from movie_assets_tests.tmdb_server import TmdbServer, faults

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).parents[2]
KILLS = 20
REQUESTS_PER_SECOND = 150
"""Four times what TMDB permits, and less than the test server manages: as with TMDB, the pace is the limit."""

PASSING = [
    faults.too_many_requests(),
    faults.too_many_requests("0"),
    faults.too_many_requests(format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)),
    faults.bad_gateway(),
    faults.sign_in_page(504),
    faults.sign_in_page(),
    faults.stall(),
    faults.cut_connection(),
    faults.truncated_json(),
    faults.wrong_encoding(),
    faults.code(21),
    faults.body({"success": False, "status_code": 46}),
    *(faults.code(number) for number in (9, 11, 24, 43, 46)),
]


@Fault(
    family="TMDB is down, slow or lying",
    name="Every tenth of ten thousand requests fails in one of seventeen ways",
    platform="each is repeated; every film comes once, deleted ones become tombstones",
)
def test_ten_thousand_requests_of_which_a_tenth_fail_bring_every_film_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = many_films(8_200)
    gone = {film["id"] for film in films[::100]}
    missed_once = [film["id"] for film in films[50::100]]
    for module in ("movie_assets.tmdb.listings", "movie_assets_tests.tmdb_server.routes"):
        monkeypatch.setattr(f"{module}.LAST_PAGE", 100)
    with TmdbServer(films) as tmdb:
        tmdb.quirks.repeated = tmdb.quirks.short = 0.2
        tmdb.quirks.rotating_popularity = True
        tmdb.faults.at_random(PASSING, 0.1, seed=4)
        for number in missed_once:
            tmdb.faults.put(faults.code(34), path=f"/3/movie/{number}")
        for number in gone:
            tmdb.faults.put(faults.code(34), path=f"/3/movie/{number}", times=9)
        world = World(tmdb, database, timeout=1.0)
        report = world.ingest(POPULAR)
        failed = tmdb.faults.taken - 2 * len(gone) - len(missed_once)
    assert len(tmdb.requests) >= 10_000
    assert failed / len(tmdb.requests) == pytest.approx(0.1, abs=0.01)
    assert world.ids() == [film["id"] for film in films if film["id"] not in gone]
    assert {film["tmdb_id"] for film in world.deleted()} == gone
    assert (report.expected, report.missing, report.problems) == (8_200, 0, [])
    assert report.repeated > 0
    assert report.requests == len(tmdb.requests)


@Fault(
    family="A publisher is killed",
    name="SIGKILL of a long fetch from TMDB, twenty times",
    platform="each run goes on where the last one stopped; the films are those of an undisturbed fetch, for at most 2%"
    " more requests",
)
def test_an_ingestion_killed_twenty_times_ends_as_an_undisturbed_one(server: str, database: Database) -> None:
    with TmdbServer(many_films(8_000)) as tmdb:
        with temporary_database(server) as undisturbed_url:
            undisturbed = Database(undisturbed_url)
            with started(undisturbed, tmdb, 10_000) as process:
                assert process.wait() == 0
            expected, needed = films_of(undisturbed), len(tmdb.requests)
        assert len(expected) == 8_000
        tmdb.requests.clear()
        moments = sorted(random.Random(4).sample(range(1, needed), KILLS))  # noqa: S311
        killed = 0
        for moment in moments:
            with started(database, tmdb) as process:
                while len(tmdb.requests) < moment and process.poll() is None:
                    time.sleep(0.001)
                killed += process.poll() is None
        with started(database, tmdb) as process:
            assert process.wait() == 0
    print(f"{needed:,} requests undisturbed, {len(tmdb.requests):,} with {killed} kills")
    assert killed == KILLS
    assert films_of(database) == expected
    assert len(tmdb.requests) <= needed * 1.02, Counter(request.path for request in tmdb.requests).most_common(5)


@contextlib.contextmanager
def started(
    database: Database, tmdb: TmdbServer, requests_per_second: float = REQUESTS_PER_SECOND
) -> Iterator[subprocess.Popen[str]]:
    """An ingestion in a process of its own, killed at the end of the block if it still runs."""
    process = subprocess.Popen(
        [
            sys.executable,
            ingesting_process.__file__,
            database.libpq_uri,
            tmdb.api_url,
            tmdb.export_url,
            str(requests_per_second),
        ],
        stdin=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
    )
    try:
        assert process.stdin is not None
        process.stdin.write(tmdb.token)
        process.stdin.close()
        yield process
    finally:
        process.kill()
        process.wait()


def films_of(database: Database) -> list[dict[str, Any]]:
    """The published films, without the instants."""
    rows = database.rows("SELECT * FROM movies.raw_tmdb_movies ORDER BY tmdb_id")
    return [{name: value for name, value in row.items() if name != "fetched_at"} for row in rows]
