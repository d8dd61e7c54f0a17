"""Dagster's event log in PostgreSQL, one transaction for an event.

dagster-postgres commits an event, its notification and what follows from it for assets and checks one by one, and asks
the server for the columns of its tables each time. A refresh writes hundreds of events, so that it would spend more
time on its log than on some of its tables.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import dagster as dg
from dagster_postgres import PostgresEventLogStorage
from sqlalchemy import Connection, text

from movie_assets.dagster_connections import Watched


class PlatformEventLog(Watched, PostgresEventLogStorage):
    """dagster-postgres's event log with fewer transactions; what is stored is the same.

    What tells of a run as a whole is on disk when it is stored. An event inside a run may be lost when the database
    server dies within a second of it: with the run, which then has no end yet, and never without what came after it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._current = threading.local()
        self._known: set[tuple[str, str]] = set()
        super().__init__(*args, **kwargs)

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Store the event and what follows from it, or nothing."""
        with self._transaction(durable=_is_of_the_run(event)):
            super().store_event(event)

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Store all events, or none."""
        with self._transaction(durable=any(map(_is_of_the_run, events))):
            super().store_event_batch(events)

    def has_table(self, table_name: str) -> bool:
        """Whether the table exists; asked once for one that does, since Dagster drops none."""
        return self._remembered(("table", table_name), super().has_table, table_name)

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        return self._remembered(("column", column_name), super()._has_asset_key_col_on_connection, conn, column_name)

    def _remembered(self, what: tuple[str, str], ask: Any, *arguments: Any) -> bool:
        if what not in self._known and ask(*arguments):
            self._known.add(what)
        return what in self._known

    def _connect(self) -> AbstractContextManager[Connection]:
        connection: Connection | None = getattr(self._current, "connection", None)
        return super()._connect() if connection is None else nullcontext(connection)

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[None]:
        """A transaction that `_connect` gives out to this thread; an inner one is part of the outer one."""
        if getattr(self._current, "connection", None) is not None:
            yield
            return
        with super()._connect() as connection:
            connection.execution_options(isolation_level="READ COMMITTED")
            with connection.begin():
                if not durable:
                    connection.execute(text("SET LOCAL synchronous_commit = off"))
                self._current.connection = connection
                try:
                    yield
                finally:
                    self._current.connection = None


def _is_of_the_run(event: dg.EventLogEntry) -> bool:
    return event.is_dagster_event and event.get_dagster_event().is_job_event
