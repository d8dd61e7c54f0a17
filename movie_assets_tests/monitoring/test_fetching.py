"""What TMDB was asked is told, when an ingestion fails as well."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from movie_assets.monitoring.catalogue import Catalogue
from movie_assets.settings import Settings
from movie_assets.tmdb.errors import TmdbUnavailableError
from movie_assets.tmdb.retrying import RetryPolicy
from movie_assets.warehouse.database import Database
from movie_assets_tests.monitoring.scraped import Watcher
from movie_assets_tests.tmdb.ingesting import CATALOGUE, World, brands, many_films
from movie_assets_tests.tmdb_server import TmdbServer, faults

NOTHING = Catalogue(jobs=(), assets={}, checks={}, ticking={})


@pytest.fixture
def watcher(database: Database, tmp_path: Path) -> Watcher:
    url = SecretStr(database.libpq_uri)
    return Watcher(Settings(home=tmp_path, database_url=url, dagster_database_url=url), NOTHING)


def test_requests_retries_and_429s_are_those_that_the_server_saw(database: Database, watcher: Watcher) -> None:
    with TmdbServer(many_films(60)) as tmdb:
        world = World(tmdb, database)
        tmdb.faults.put(faults.too_many_requests("0"), times=3)
        tmdb.faults.put(faults.bad_gateway(), times=2)
        report = world.ingest(CATALOGUE)
        told = watcher.scrape()
        assert told.value("tmdb_requests_total") == report.requests == len(tmdb.requests)
        assert told.value("tmdb_retries_total") == 5
        assert told.value("tmdb_rate_limited_total") == 3
        assert told.by("tmdb_ingestions", "phase")["finished",] == 1
        assert told.value("tmdb_last_ingestion_timestamp_seconds") == world.now.timestamp()
        assert told.value("tmdb_last_ingestion_problems") == len(report.problems)


def test_an_ingestion_that_tmdb_refused_is_counted_and_the_next_one_adds_to_it(
    database: Database, watcher: Watcher
) -> None:
    with TmdbServer(many_films(5)) as tmdb:
        world = World(tmdb, database)
        impatient = RetryPolicy(attempts=3, first_wait=0.001, longest_wait=0.01, jitter=0.001)
        tmdb.faults.put(faults.too_many_requests("0"), times=1_000, path="/3/search/movie")
        with pytest.raises(TmdbUnavailableError, match="429"):
            world.ingest(brands("Heat"), retry=impatient)
        refused = len(tmdb.requests)
        told = watcher.scrape()
        assert told.value("tmdb_requests_total") == refused
        assert told.value("tmdb_rate_limited_total") == refused - 1
        assert told.value("tmdb_retries_total") == 2
        assert told.by("tmdb_ingestions", "phase")["listing",] == 1
        tmdb.faults.clear()
        world.ingest(brands("Heat"), retry=impatient)
        told = watcher.scrape()
        assert told.value("tmdb_requests_total") == len(tmdb.requests)
        assert told.value("tmdb_rate_limited_total") == refused - 1
