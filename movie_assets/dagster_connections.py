"""Connections of Dagster's storage: those that lead to no server, or to one that takes no writes, are replaced.

A process keeps connections for hours. After a restart, and after another server has become the primary, they lead
nowhere or to a standby.
"""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

import psycopg2
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from movie_assets.warehouse.addresses import hosts_of

TRUSTED_SECONDS = 0.2
"""How long after its use a connection is taken to live: no server is down and up again in less."""

# read_only_sql_transaction, admin_shutdown, crash_shutdown, cannot_connect_now
_OF_AN_END = frozenset({"25006", "57P01", "57P02", "57P03"})


class Watched:
    """Part of a storage of dagster-postgres: the pool of its own that the webserver gets is watched as well."""

    _engine: Engine

    def optimize_for_webserver(self, *args: Any, **kwargs: Any) -> None:
        """Called by the webserver for each of its storages."""
        # The storage that comes after this class has the method.
        super().optimize_for_webserver(*args, **kwargs)  # type: ignore[misc]
        watch(self._engine)


def watch(pool: Engine) -> Engine:
    """The pool, which from now on gives out connections that live, to a server that takes writes."""
    event.listen(pool, "checkin", _note_use)
    event.listen(pool, "checkout", _require_primary if len(hosts_of(pool.url)) > 1 else _require_life)
    event.listen(pool, "handle_error", _note_end)
    return pool


def _note_use(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _require_life(connection: DBAPIConnection, record: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
    """Have the pool replace a connection that the server has dropped.

    Events of a run follow each other so quickly that asking before each would take longer than storing some of them.
    """
    _ask(connection, record)


def _require_primary(connection: DBAPIConnection, record: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
    """Have the pool replace also a connection to a server that takes no writes any more: another one does."""
    if _ask(connection, record) == "on":
        raise DisconnectionError("the server takes no writes any more")


def _ask(connection: DBAPIConnection, record: ConnectionPoolEntry) -> str:
    """Whether the session is read-only, "on" or "off"; without asking when it was used just now."""
    if time.monotonic() - record.info.get("used", time.monotonic()) < TRUSTED_SECONDS:
        return "off"
    try:
        with closing(connection.cursor()) as cursor:
            cursor.execute("SELECT current_setting('transaction_read_only')")
            return str(cursor.fetchall()[0][0])
    except psycopg2.Error as error:
        raise DisconnectionError from error


def _note_end(context: ExceptionContext) -> None:
    """Take the connection for broken, and every older one, when its server ends or has become a standby."""
    if getattr(context.original_exception, "pgcode", None) in _OF_AN_END:
        context.is_disconnect = True
