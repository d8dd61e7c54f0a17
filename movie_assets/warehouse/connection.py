"""From settings to a database: the configured server, or the embedded one, started when it is first needed."""

from __future__ import annotations

import atexit
import threading

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from movie_assets.settings import Settings
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets.warehouse.errors import DatabaseUnavailableError
from movie_assets.warehouse.room import require_room

WAREHOUSE_DATABASE = "movie_assets"
DAGSTER_DATABASE = "dagster"


class Warehouse:
    """The platform's databases, connected lazily: constructing one starts nothing and opens nothing.

    With `MOVIE_ASSETS_DATABASE_URL` unset, the first use starts the embedded server and keeps it in use until `close`
    or the end of the process.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._server: EmbeddedServer | None = None
        self._database: Database | None = None
        self._dagster_database: Database | None = None

    @property
    def database(self) -> Database:
        """The published tables' database.

        Raises DatabaseUnavailableError when no server answers or it is too old, EmbeddedServerError when the embedded
        one cannot be started.
        """
        with self._lock:
            if self._database is None:
                url = self._settings.database_url
                database = self._at(url) if url else Database(self._embedded().dsn(WAREHOUSE_DATABASE))
                database.require_supported()
                self._database = database
            return self._database

    @property
    def dagster_database(self) -> Database:
        """Where Dagster keeps runs and events: the database `dagster` of the same server, unless configured.

        Raises DatabaseUnavailableError when it does not exist and cannot be created, and what `database` raises.
        """
        with self._lock:
            if self._dagster_database is None:
                configured, url = self._settings.dagster_database_url, self._settings.database_url
                if configured is not None:
                    self._dagster_database = self._at(configured)
                elif url is not None:
                    self._dagster_database = _beside(self._at(url))
                else:
                    self._dagster_database = Database(self._embedded().dsn(DAGSTER_DATABASE))
            return self._dagster_database

    def keep_up(self) -> bool:
        """Start the embedded server anew if it died while in use here; True if that was so.

        Raises EmbeddedServerError when it cannot be started.
        """
        with self._lock:
            return self._server is not None and self._server.keep_up()

    def require_room(self) -> None:
        """Raise NoRoomError when the embedded server's disk has less than MOVIE_ASSETS_MIN_FREE_BYTES left."""
        if self._server is not None:
            require_room(self._server.status().data_directory, self._settings.min_free_bytes)

    def close(self) -> None:
        """Leave the embedded server, which stops when nobody else uses it. Idempotent."""
        with self._lock:
            if self._server is not None:
                self._server.release()
            self._server = self._database = self._dagster_database = None
        atexit.unregister(self.close)

    def _at(self, url: SecretStr) -> Database:
        password = self._settings.database_password
        return Database(url.get_secret_value(), password.get_secret_value() if password else None)

    def _embedded(self) -> EmbeddedServer:
        if self._server is None:
            server = EmbeddedServer(self._settings.home, user=self._settings.embedded_user)
            server.acquire(databases=(WAREHOUSE_DATABASE, DAGSTER_DATABASE))
            atexit.register(self.close)
            self._server = server
        return self._server


def _beside(warehouse: Database) -> Database:
    """The database `dagster` on the server of `warehouse`, created if it is missing."""
    beside = warehouse.beside(DAGSTER_DATABASE)
    warehouse.require_supported()
    if warehouse.scalar("SELECT 1 FROM pg_database WHERE datname = :name", name=DAGSTER_DATABASE) is None:
        try:
            with warehouse.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(f"CREATE DATABASE {DAGSTER_DATABASE}"))
        except DBAPIError as error:
            # Another process of the platform may have created it in the meantime; at the very same time, PostgreSQL
            # reports the repeated name as a violated unique index.
            if warehouse.scalar("SELECT 1 FROM pg_database WHERE datname = :name", name=DAGSTER_DATABASE) is None:
                raise _cannot_create(warehouse, error) from error
    return beside


def _cannot_create(warehouse: Database, error: DBAPIError) -> DatabaseUnavailableError:
    reason = str(error.orig).strip().splitlines()[0]
    return DatabaseUnavailableError(
        f"Dagster's database `{DAGSTER_DATABASE}` cannot be created beside {warehouse!r}: {reason}. Create it with "
        f"CREATE DATABASE {DAGSTER_DATABASE} OWNER {warehouse.url.username or 'movie_assets'};, or set "
        "MOVIE_ASSETS_DAGSTER_DATABASE_URL to another one."
    )
