"""Dagster's storage, beside the warehouse: dagster.yaml names this class instead of an address.

So every Dagster process finds the same PostgreSQL as the assets do, starts the embedded server when it is the one to
use, and no address with a password stands in a file or in another process's environment.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage, PostgresRunStorage, PostgresScheduleStorage
from dagster_postgres.utils import retry_pg_connection_fn
from sqlalchemy import Engine, create_engine, text

from movie_assets.dagster_connections import Watched, watch
from movie_assets.dagster_events import PlatformEventLog
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.watcher import open_dagster_tables


class PlatformRuns(Watched, PostgresRunStorage):
    """Dagster's runs, on connections that live."""


class PlatformSchedules(Watched, PostgresScheduleStorage):
    """Dagster's schedules and sensors, on connections that live."""


class PlatformStorage(DagsterPostgresStorage):
    """dagster-postgres on the platform's own server, in the database that `Settings` tells."""

    def __init__(self, warehouse: Warehouse, inst_data: ConfigurableClassData | None = None) -> None:
        # Keeps the embedded server in use for as long as the process lives.
        self._warehouse = warehouse
        url = warehouse.dagster_database.sqlalchemy_uri
        self._pool = _pool(os.getpid(), url)
        create = not retry_pg_connection_fn(self._has_tables)
        super().__init__(postgres_url=url, should_autocreate_tables=create, inst_data=inst_data)
        self._event_log_storage = PlatformEventLog(url, should_autocreate_tables=False)
        self._run_storage = PlatformRuns(url, should_autocreate_tables=False)
        self._schedule_storage = PlatformSchedules(url, should_autocreate_tables=False)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = self._pool
        if create:
            with self._pool.connect().execution_options(isolation_level="READ COMMITTED") as connection:
                open_dagster_tables(connection)
                connection.commit()

    def _has_tables(self) -> bool:
        # dagster-postgres would look for them on three connections, at the start of every run.
        with self._pool.connect() as connection:
            tables = ("runs", "instance_info", "event_logs", "jobs")
            exist = " AND ".join(f"to_regclass('{table}') IS NOT NULL" for table in tables)
            return bool(connection.execute(text(f"SELECT {exist}")).scalar())

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """There is nothing to configure here; see `movie_assets.settings`."""
        return {}

    @classmethod
    def from_config_value(  # type: ignore[override]
        cls, inst_data: ConfigurableClassData | None, config_value: dict[str, Any]
    ) -> PlatformStorage:
        """Called by Dagster in every process that opens the instance."""
        settings = Settings(**config_value)
        urls = (url and url.get_secret_value() for url in (settings.database_url, settings.dagster_database_url))
        return cls(_warehouse(os.getpid(), settings.home, *urls), inst_data)


# Dagster opens an instance for every tick of every sensor and leaves it to the garbage collector. What an instance
# holds is therefore the process's: one that was forked has its own.
@lru_cache(maxsize=4)
def _warehouse(_pid: int, _home: Path, *_urls: str | None) -> Warehouse:
    """The warehouse of the settings that these are of."""
    return Warehouse(Settings())


@lru_cache(maxsize=4)
def _pool(_pid: int, url: str) -> Engine:
    """Connections for a process: a run writes hundreds of events, and dagster-postgres would open one for each."""
    pool = create_engine(url, isolation_level="AUTOCOMMIT", pool_size=2, max_overflow=30, pool_use_lifo=True)
    return watch(pool)
