"""The address of a PostgreSQL server and the two ways to talk to it: SQLAlchemy for statements, ADBC for rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, urlencode

import adbc_driver_manager
import adbc_driver_postgresql
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool

from movie_assets.warehouse.addresses import hosts_of, parse_address, shown
from movie_assets.warehouse.errors import DatabaseUnavailableError

if TYPE_CHECKING:
    from adbc_driver_postgresql import dbapi

OLDEST_VERSION = 15

_SECRET = re.compile(r"pass|pw|secret|key|token|credential", re.IGNORECASE)
# Names of files, which are secret in what they hold.
_PATHS = frozenset({"sslkey", "passfile"})


class Database:
    """One PostgreSQL database. Holds no connection until asked for one; its `repr` shows no password.

    `url` is a libpq URI or an SQLAlchemy URL (postgresql://, postgresql+psycopg2://); `password` completes one that has
    none. Of several hosts the one that takes writes is used, unless `target_session_attrs` says otherwise
    (`addresses.py`).
    """

    def __init__(self, url: str, password: str | None = None) -> None:
        try:
            parsed = parse_address(url)
        except (ArgumentError, ValueError):
            # Not chained: the error may repeat parts of the address.
            raise DatabaseUnavailableError(
                "the database's address is not a URL. Set MOVIE_ASSETS_DATABASE_URL to "
                "postgresql://user:password@host:port/database, or unset it to use the embedded server."
            ) from None
        if not parsed.drivername.startswith("postgres"):
            raise DatabaseUnavailableError(
                f"{parsed.drivername}:// is not PostgreSQL. Set MOVIE_ASSETS_DATABASE_URL to "
                "postgresql://user:password@host:port/database, or unset it to use the embedded server."
            )
        address = _with_password_in_its_place(parsed.set(drivername="postgresql+psycopg2"))
        if password is not None and address.password is None:
            address = address.set(password=password)
        # SQLAlchemy hides the password alone, so whatever else is secret does not stay in its URL.
        self._secrets = {name: _last(value) for name, value in address.query.items() if _is_secret(name)}
        self._url = address.difference_update_query(list(self._secrets))

    def __repr__(self) -> str:
        return f"Database({shown(self._url)!r})"

    @property
    def shown(self) -> str:
        """The address for a person to read: without password, several hosts separated by commas."""
        return shown(self._url)

    @property
    def has_standby(self) -> bool:
        """Whether the address names several servers, of which another may be the primary tomorrow."""
        return len(hosts_of(self._url)) > 1

    @property
    def url(self) -> URL:
        """The SQLAlchemy URL; printing it hides the password, and options that are secret are not in it."""
        return self._url

    def beside(self, name: str) -> Database:
        """Another database of the same server, reached in the same way."""
        url = self._url.set(database=name).update_query_dict(self._secrets)
        return Database(url.render_as_string(hide_password=False))

    @property
    def sqlalchemy_uri(self) -> str:
        """The address as SQLAlchemy understands it, with every secret: for engines, never for logs."""
        return self.libpq_uri.replace("postgresql://", f"{self._url.drivername}://", 1)

    @property
    def libpq_uri(self) -> str:
        """The address as libpq understands it, with every secret: for drivers, never for logs."""
        url = self._url
        user = quote(url.username or "", safe="")
        # SQLAlchemy leaves spaces as they are; libpq wants them encoded.
        secret = f":{quote(str(url.password), safe='')}" if url.password else ""
        host = f"[{url.host}]" if url.host and ":" in url.host else url.host or ""
        port = f":{url.port}" if url.port else ""
        options = urlencode({**url.query, **self._secrets}, doseq=True, quote_via=quote)
        return f"postgresql://{user}{secret}@{host}{port}/{quote(url.database or '', safe='')}" + (
            options and f"?{options}"
        )

    @cached_property
    def engine(self) -> Engine:
        """SQLAlchemy engine without a pool: a forked or long-idle process never inherits a stale connection."""
        options = {"application_name": "movie_assets", **self._secrets}
        return create_engine(self._url, poolclass=NullPool, connect_args=options)

    @contextmanager
    def adbc(self) -> Iterator[dbapi.Connection]:
        """An ADBC connection with one open transaction, rolled back unless the caller commits.

        Raises DatabaseUnavailableError when the server does not answer.
        """
        # It imports PyArrow and pandas, half the time that a command takes which moves no rows.
        from adbc_driver_postgresql import dbapi  # noqa: PLC0415

        try:
            connection = dbapi.Connection(_Kept(), adbc_driver_manager.AdbcConnection(self._driver))
        except adbc_driver_manager.Error as error:
            # Not chained: libpq repeats parts of the address, and a chained error ends up in logs.
            raise self._unavailable(error) from None
        try:
            yield connection
        finally:
            # The server ends the session even if the driver cannot say good-bye on a broken connection.
            with suppress(adbc_driver_manager.Error):
                connection.close()

    @cached_property
    def _driver(self) -> adbc_driver_manager.AdbcDatabase:
        # Kept, because the driver reads PostgreSQL's catalogue of types for each, which takes longer than a small
        # publication. It holds no connection.
        driver: adbc_driver_manager.AdbcDatabase = adbc_driver_postgresql.connect(self.libpq_uri)
        return driver

    @contextmanager
    def reading(self, seconds: int) -> Iterator[Connection]:
        """One snapshot, in which nothing can be written, and neither connecting nor a statement takes longer.

        Raises DatabaseUnavailableError when the server does not answer in that time.
        """
        options = {"application_name": "movie_assets", **self._secrets, "connect_timeout": seconds}
        engine = create_engine(self._url, poolclass=NullPool, connect_args=options)
        try:
            connection = engine.connect()
        except (OperationalError, ProgrammingError) as error:
            raise self._unavailable(error) from None
        with connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            connection.execute(text("SELECT set_config('statement_timeout', :limit, true)"), {"limit": f"{seconds}s"})
            yield connection

    def require_supported(self) -> int:
        """The server's major version.

        Raises DatabaseUnavailableError when no server answers or it is older than PostgreSQL 15.
        """
        try:
            with self.engine.connect() as connection:
                version = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
        except (OperationalError, ProgrammingError) as error:
            # The latter for an option that libpq does not know.
            raise self._unavailable(error) from None
        if version < OLDEST_VERSION:
            raise DatabaseUnavailableError(
                f"{self!r} is PostgreSQL {version}; {OLDEST_VERSION} or newer is needed. "
                "Upgrade it, or unset MOVIE_ASSETS_DATABASE_URL to use the embedded server."
            )
        return version

    def scalar(self, sql: str, **parameters: object) -> object:
        """The first column of the first row; None without rows."""
        with self.engine.connect() as connection:
            return connection.execute(text(sql), parameters).scalar()

    def rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """All rows of a small result, as dictionaries."""
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(sql), parameters or {}).mappings()]

    def _unavailable(self, error: Exception) -> DatabaseUnavailableError:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        for secret in filter(None, (str(self._url.password or ""), *self._secrets.values())):
            for form in (secret, quote(secret, safe=""), quote(secret), quote_plus(secret)):
                reason = reason.replace(form, "***")
        return DatabaseUnavailableError(
            f"no PostgreSQL answers at {self.shown}: {reason}. "
            "Check MOVIE_ASSETS_DATABASE_URL and that the server runs, or unset it to use the embedded server."
        )


class _Kept:
    """Stands in a connection for the driver's database, which the connection would otherwise close with itself."""

    def close(self) -> None:
        """Leave it open for the next connection."""


def _is_secret(option: str) -> bool:
    """Whether an option's value is to be hidden: by its name, so that a misspelt one is hidden as well."""
    return option not in _PATHS and _SECRET.search(option) is not None


def _last(value: str | tuple[str, ...]) -> str:
    # libpq takes the last of an option that is given several times.
    return value if isinstance(value, str) else value[-1]


def _with_password_in_its_place(url: URL) -> URL:
    """The URL with libpq's options `user` and `password` in the place where SQLAlchemy hides the password."""
    if "password" not in url.query:
        return url
    user = _last(url.query.get("user", url.username or ""))
    password = _last(url.query["password"])
    return url.difference_update_query(["user", "password"]).set(username=user, password=password)
