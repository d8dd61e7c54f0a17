"""Fetching films from TMDB against a public client, on the same server, in one run.

    python -m benchmarks.tmdb --requests 4000 --json tmdb.json

The server is a process of its own that answers after 100 ms and lets 40 requests a second through, as TMDB does;
one request too many is refused with HTTP 429. Ours is a whole ingestion of the scope `catalogue` into PostgreSQL:
access, daily export, details of every film. tmdbsimple asks for the same details one after the other, and stores
nothing. `--memory-films` ingests that many films without latency and limit, for the peak of memory.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from benchmarks.measuring import Measured, measured
from movie_assets.tmdb.client import TmdbClient
from movie_assets.tmdb.export import DailyExport
from movie_assets.tmdb.ingestion import ingest
from movie_assets.tmdb.ledger import open_ledger, published_films
from movie_assets.tmdb.scopes import APPENDED, Scope, plan_for
from movie_assets.warehouse import tables
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets.warehouse.publishing import publish
from movie_assets_tests.tmdb.ingesting import many_films
from movie_assets_tests.tmdb_server import TmdbServer

LATENCY_SECONDS = 0.1
PERMITTED = 40
"""Requests that the server lets through in any second."""

PACE = 39.0
"""What ours is set to: one below the limit, since the network moves requests closer together now and then."""

UNLIMITED = 1e6
FIRST_ID = 1000
TOKEN = "a-token-for-the-benchmark"  # noqa: S105 - only this benchmark's server knows it


@dataclass(frozen=True)
class Served:
    """What a server has counted so far."""

    requests: int
    refused: int


class Server:
    """A test server in another process."""

    def __init__(self, films: int, *, latency: float, permitted: int | None) -> None:
        self._pipe, theirs = multiprocessing.get_context("spawn").Pipe()
        self._process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(theirs, films, latency, permitted), daemon=True
        )
        self._process.start()
        self.api_url, self.export_url = self._pipe.recv()

    def counted(self) -> Served:
        self._pipe.send("count")
        return Served(*self._pipe.recv())

    def stop(self) -> None:
        self._pipe.send("stop")
        self._process.join()


def _serve(pipe: Connection, films: int, latency: float, permitted: int | None) -> None:
    catalogue = many_films(films, first_id=FIRST_ID)
    with TmdbServer(catalogue, token=TOKEN, latency=latency, requests_per_second=permitted) as server:
        pipe.send((server.api_url, server.export_url))
        while pipe.recv() == "count":
            pipe.send((len(server.requests), server.refused))


@contextmanager
def serving(films: int, *, latency: float = 0.0, permitted: int | None = None) -> Iterator[Server]:
    server = Server(films, latency=latency, permitted=permitted)
    try:
        yield server
    finally:
        server.stop()


def ours(database_url: str, api_url: str, export_url: str, pace: float, _: None) -> dict[str, Any]:
    """One ingestion and its publication; seconds are those of the ingestion."""
    database = Database(database_url)
    with TmdbClient(api_url, token=SecretStr(TOKEN), requests_per_second=pace) as client:
        started = time.perf_counter()
        client.check_access()
        with open_ledger(database) as ledger:
            report = ingest(
                client,
                ledger,
                plan_for(Scope.CATALOGUE, [], [], min_votes=1),
                export=DailyExport(export_url),
                clock=lambda: datetime.now(UTC),
            )
            seconds = time.perf_counter() - started
            publish(database, tables.raw_tmdb_movies, published_films())
    return {"seconds": seconds, "requests": report.requests, "films": report.films, "missing": report.missing}


def tmdbsimple(api_url: str, films: int, _: None) -> float:
    """The details of as many films, one after the other; a refusal is waited out for a second."""
    import requests  # noqa: PLC0415 - only this process needs them
    import tmdbsimple as tmdb  # noqa: PLC0415

    tmdb.API_KEY, tmdb.USE_BEARER_AUTH, tmdb.REQUESTS_SESSION = TOKEN, True, requests.Session()
    started = time.perf_counter()
    for number in range(FIRST_ID, FIRST_ID + films):
        movie = tmdb.Movies(number)
        movie.base_uri = api_url
        while True:
            try:
                movie.info(append_to_response=",".join(APPENDED))
                break
            except requests.HTTPError:
                time.sleep(1)
    return time.perf_counter() - started


def nothing() -> None:
    """There is nothing to prepare."""


def run(requests: int, sequential: int, memory_films: int) -> dict[str, Any]:
    """Everything that was asked for, on one embedded server."""
    directory = Path(tempfile.mkdtemp(prefix="movie-assets-bench-"))
    directory.chmod(0o755)
    found: dict[str, Any] = {"cores": os.cpu_count(), "python": platform.python_version()}
    try:
        postgres = EmbeddedServer(directory / "home")
        postgres.acquire(databases=("pace", "memory"))
        try:
            if requests:
                found["ours"] = _pace(postgres.dsn("pace"), requests)
                logging.info("%s", found["ours"])
            if sequential:
                found["tmdbsimple"] = _sequential(sequential)
                logging.info("%s", found["tmdbsimple"])
            if requests and sequential:
                ratio = found["ours"]["requests_per_second"] / found["tmdbsimple"]["requests_per_second"]
                found["times_the_sequential_client"] = round(ratio, 2)
            if memory_films:
                found["memory"] = _memory(postgres.dsn("memory"), memory_films)
                logging.info("%s", found["memory"])
        finally:
            postgres.release()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return found


def _pace(database_url: str, requests: int) -> dict[str, Any]:
    # The access and the export are requests as well.
    films = requests - 2
    with serving(films, latency=LATENCY_SECONDS, permitted=PERMITTED) as server:
        work = partial(ours, database_url, server.api_url, server.export_url, PACE)
        result = measured(nothing, work).value
        served = server.counted()
    assert result["films"] == films, result
    assert result["missing"] == 0, result
    assert result["requests"] == served.requests
    rate = (served.requests - served.refused) / result["seconds"]
    return {
        "requests": served.requests,
        "fewest_possible": requests,
        "refused": served.refused,
        "seconds": round(result["seconds"], 2),
        "requests_per_second": round(rate, 2),
        "of_the_permitted_rate": round(rate / PERMITTED, 4),
    }


def _sequential(requests: int) -> dict[str, Any]:
    with serving(requests, latency=LATENCY_SECONDS, permitted=PERMITTED) as server:
        seconds = measured(nothing, partial(tmdbsimple, server.api_url, requests)).value
        served = server.counted()
    return {
        "requests": served.requests,
        "seconds": round(seconds, 2),
        "requests_per_second": round(served.requests / seconds, 2),
    }


def _memory(database_url: str, films: int) -> dict[str, Any]:
    with serving(films) as server:
        work = partial(ours, database_url, server.api_url, server.export_url, UNLIMITED)
        result: Measured = measured(nothing, work)
    assert result.value["films"] == films, result
    return {
        "films": films,
        "requests": result.value["requests"],
        "seconds": round(result.value["seconds"], 1),
        "extra_mb": round(result.extra_mb),
        "peak_mb": round(result.peak_mb),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=4000, help="requests of our ingestion; 0 leaves it out")
    parser.add_argument("--sequential", type=int, default=400, help="requests of tmdbsimple; 0 leaves it out")
    parser.add_argument("--memory-films", type=int, default=0, help="films of the ingestion whose memory is measured")
    parser.add_argument("--json", type=Path, help="file for the results")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("movie_assets").setLevel(logging.WARNING)
    outcome = json.dumps(run(options.requests, options.sequential, options.memory_films), indent=2)
    print(outcome)
    if options.json:
        options.json.write_text(outcome + "\n")
