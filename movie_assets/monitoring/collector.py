"""Reads everything when it is asked, remembers it for a few seconds, and answers whatever is down."""

from __future__ import annotations

import platform
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from movie_assets.errors import MovieAssetsError
from movie_assets.monitoring import dagster_metrics, warehouse_metrics
from movie_assets.monitoring import metrics as m
from movie_assets.monitoring.backup_metrics import newest_backup
from movie_assets.monitoring.catalogue import Catalogue
from movie_assets.monitoring.databases import DAGSTER, WAREHOUSE, databases, health, server_kind
from movie_assets.monitoring.metrics import Sample, Told, families
from movie_assets.settings import Settings
from movie_assets.warehouse.database import Database

LONGEST_SECONDS = 4
"""How long connecting, and any statement, may take: Prometheus gives up after ten seconds."""

REMEMBERED_SECONDS = 5.0
"""How long an answer is good for another scrape; for two that come at once, PostgreSQL is asked once."""

COUNTS_REMEMBERED_SECONDS = 60.0
"""The same for the rows of tables, which PostgreSQL has to read whole to count them."""

Read = Callable[[Connection], Iterable[Told]]


@dataclass(frozen=True)
class Part:
    """Metrics that are read, remembered and missing together."""

    name: str
    read: Read
    remembered_seconds: float = 0.0


class PlatformCollector(Collector):
    """The platform's metrics for a prometheus_client registry. Threads may ask at the same time."""

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        *,
        say: Callable[[str], None],
        remembered_seconds: float = REMEMBERED_SECONDS,
        counts_remembered_seconds: float = COUNTS_REMEMBERED_SECONDS,
    ) -> None:
        """`say` is told, once, of a database or part that cannot be read, and when it can be read again."""
        self._home = settings.home
        self._backups = settings.backups
        self._catalogue = catalogue
        self._say = say
        self._remembered_seconds = remembered_seconds
        self._databases = databases(settings)
        self._parts = _parts(catalogue, counts_remembered_seconds)
        self._kinds = {name: server_kind(settings, name) for name in self._databases}
        self._lock = threading.Lock()
        self._answer: tuple[float, list[Told]] = (0.0, [])
        self._kept: dict[str, tuple[float, list[Told]]] = {}
        self._broken: dict[str, str] = {}

    def describe(self) -> Iterator[Metric]:
        """Nothing, so that registering asks no database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Every metric that can be told now. Raises nothing: what cannot be read is missing, and that is told."""
        with self._lock:
            until, told = self._answer
            if time.monotonic() >= until:
                told = [*self._own(), *self._of_databases()]
                self._answer = (time.monotonic() + self._remembered_seconds, told)
        return families(told)

    def _own(self) -> Iterator[Told]:
        yield Sample(m.BUILD_INFO, (version("movie-assets"), version("dagster"), platform.python_version()), 1)
        yield from newest_backup(self._backups)
        # A disk that cannot be looked at has no size; the other metrics have.
        with suppress(OSError):
            usage = shutil.disk_usage(_existing(self._home))
            yield Sample(m.HOME_SIZE, (), usage.total)
            yield Sample(m.HOME_FREE, (), usage.free)
        for asset, freshness in self._catalogue.assets.items():
            if freshness is not None:
                yield Sample(m.FRESHNESS_LIMIT, (asset, "fail"), freshness.fail)
                if freshness.warn is not None:
                    yield Sample(m.FRESHNESS_LIMIT, (asset, "warn"), freshness.warn)

    def _of_databases(self) -> Iterator[Told]:
        for name, get in self._databases.items():
            try:
                told = self._of_database(name, get())
            except (MovieAssetsError, SQLAlchemyError, OSError) as error:
                # A connection that breaks while it is read is as good as none, and so is a home that may not be read.
                self._tell(name, _in_words(error))
                self._kept = {part: kept for part, kept in self._kept.items() if part not in self._names(name)}
                yield Sample(m.DATABASE_UP, (name,), 0)
                continue
            self._tell(name, None)
            yield Sample(m.DATABASE_UP, (name,), 1)
            yield from told

    def _of_database(self, name: str, database: Database) -> list[Told]:
        told: list[Told] = []
        with database.reading(LONGEST_SECONDS) as connection:
            told += health(connection, name, self._kinds[name])
            for part in self._parts[name]:
                told += self._of_part(part, connection)
        return told

    def _of_part(self, part: Part, connection: Connection) -> list[Told]:
        started = time.monotonic()
        until, told = self._kept.get(part.name, (0.0, []))
        success = True
        if started >= until:
            try:
                with connection.begin_nested():
                    told = list(part.read(connection))
            except SQLAlchemyError as error:
                if connection.invalidated:
                    raise
                self._tell(part.name, _in_words(error))
                told, success = [], False
            else:
                self._tell(part.name, None)
                self._kept[part.name] = (time.monotonic() + part.remembered_seconds, told)
        seconds = time.monotonic() - started
        facts = [Sample(m.COLLECTOR_SUCCESS, (part.name,), success), Sample(m.COLLECTOR_SECONDS, (part.name,), seconds)]
        return [*told, *facts]

    def _names(self, database: str) -> set[str]:
        return {part.name for part in self._parts[database]}

    def _tell(self, what: str, problem: str | None) -> None:
        if self._broken.get(what) == problem:
            return
        if problem is None:
            del self._broken[what]
            self._say(f"{what}: can be read again.")
        else:
            self._broken[what] = problem
            self._say(f"{what}: cannot be read: {problem}")


def _parts(catalogue: Catalogue, counts_remembered_seconds: float) -> dict[str, list[Part]]:
    def of(read: Callable[[Connection, Catalogue], Iterable[Told]]) -> Read:
        return lambda connection: read(connection, catalogue)

    return {
        DAGSTER: [
            Part("runs", of(dagster_metrics.runs)),
            Part("assets", of(dagster_metrics.assets)),
            Part("checks", of(dagster_metrics.checks)),
            Part("automation", of(dagster_metrics.automation)),
        ],
        WAREHOUSE: [
            Part("tables", warehouse_metrics.tables, counts_remembered_seconds),
            Part("matches", warehouse_metrics.matches),
            Part("fetching", warehouse_metrics.fetching),
        ],
    }


def _existing(path: Path) -> Path:
    """The path, or the nearest directory above it that exists."""
    return next(directory for directory in (path, *path.parents) if directory.is_dir())


def _in_words(error: Exception) -> str:
    """The first line of what the server or the platform said: no statement, no parameters, no traceback."""
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
