"""Connections to the embedded server that make sure it is ours."""

from __future__ import annotations

import os
import time
from contextlib import closing
from urllib.parse import quote

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812

from movie_assets.warehouse.embedded_errors import EmbeddedServerError
from movie_assets.warehouse.embedded_paths import PORT, Layout
from movie_assets.warehouse.embedded_process import OWNER, find_postmaster, log_tail

_CONNECT_SECONDS = 10
_READY_SECONDS = 120.0
_POLL_SECONDS = 0.05


def dsn(layout: Layout, database: str) -> str:
    """A libpq URI of the database, over the unix socket."""
    host = quote(os.fsencode(layout.socket_directory), safe="")
    # The port is named because libpq would otherwise take it from PGPORT.
    return f"postgresql://{OWNER}@/{quote(database, safe='')}?host={host}&port={PORT}"


def _connect(layout: Layout) -> Connection:
    """Connect to the server behind our socket, if that is ours.

    Raises:
        EmbeddedServerError: it serves another data directory.
        psycopg2.OperationalError: nobody answers.
    """
    connection = psycopg2.connect(dsn(layout, "postgres"), connect_timeout=_CONNECT_SECONDS)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
            (found,) = cursor.fetchone() or (None,)
        if found is None or os.path.realpath(found) != os.path.realpath(layout.data):
            raise EmbeddedServerError(
                f"another PostgreSQL server answers in {layout.socket_directory}: its data directory is {found}, ours "
                f"is {layout.data}. Stop that server, or set MOVIE_ASSETS_HOME to another directory."
            )
    except BaseException:
        connection.close()
        raise
    return connection


def connect_when_ready(layout: Layout) -> Connection | None:
    """Connect, with patience for a server that is still recovering; None when it ended meanwhile.

    Raises:
        EmbeddedServerError: the server does not become ready, or it is another's.
    """
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            return _connect(layout)
        except psycopg2.OperationalError as error:
            if find_postmaster(layout.data) is None:
                return None
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"the embedded PostgreSQL server of {layout.data} does not accept connections ({error}). Stop it "
                    f"and try again. Its log {layout.log} ends:\n{log_tail(layout.log)}"
                ) from error
            time.sleep(_POLL_SECONDS)


def server_version(layout: Layout) -> str | None:
    """The version of the running server; None when it does not answer."""
    try:
        with closing(_connect(layout)) as connection:
            return str(connection.get_parameter_status("server_version")).split(" ")[0]
    except psycopg2.OperationalError:
        return None
