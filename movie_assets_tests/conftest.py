"""What every test may use: a clean environment and a database of its own on a real PostgreSQL server."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
from pydantic import SecretStr

from movie_assets.settings import PROJECT_ROOT, Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets_tests.databases import temporary_database

pytest_plugins = ["movie_assets_tests.faults.plugin"]

# Speed is for benchmarks: on a busy machine any example may take long.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")


@contextmanager
def traversable_directory() -> Iterator[Path]:
    """A directory that any account can enter, gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="movie-assets-test-"))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty MOVIE_ASSETS_HOME that any account can enter; pytest's own directories are private to root."""
    with traversable_directory() as directory:
        yield directory / "home"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine or of a .env file reaches a test; each has a home of its own."""
    for name in list(os.environ):
        if name.startswith(("MOVIE_ASSETS_", "TMDB_", "DAGSTER_", "PG")):
            monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("MOVIE_ASSETS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MOVIE_ASSETS_ENV_FILE", os.devnull)
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "yes")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of an embedded server that lives as long as the session; its database `movie_assets` stays empty."""
    with traversable_directory() as directory, EmbeddedServer(directory) as embedded:
        yield embedded.dsn("movie_assets")


@pytest.fixture
def database(server: str) -> Iterator[Database]:
    """An empty database, dropped afterwards."""
    with temporary_database(server) as url:
        yield Database(url)


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """Settings of a platform on `database`, with the bundled data."""
    return Settings(
        home=tmp_path / "home",
        database_url=SecretStr(database.libpq_uri),
        dagster_database_url=SecretStr(database.libpq_uri),
        brands_csv=PROJECT_ROOT / "data" / "brands.csv",
        films=PROJECT_ROOT / "data" / "sample_films.jsonl.gz",
    )


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Warehouse]:
    """The warehouse of `settings`."""
    warehouse = Warehouse(settings)
    yield warehouse
    warehouse.close()
