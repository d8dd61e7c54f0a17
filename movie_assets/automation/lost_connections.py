"""Whether a step failed because PostgreSQL was gone for a moment, which says nothing against the brand file.

Steps fail so in two ways: a publication that could not be done again within a minute, and Dagster itself, which keeps
its events in PostgreSQL and gives up after seconds.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
from dagster_postgres.utils import DagsterPostgresException
from dagster_shared.error import SerializableErrorInfo

from movie_assets.warehouse.errors import CommitUnknownError, ConnectionLostError, DatabaseUnavailableError

# By their full names, with which Dagster begins messages: ADBC has an OperationalError of its own for all refusals.
_OF_A_LOST_CONNECTION = tuple(
    f"{error.__module__}.{error.__name__}: "
    for error in (
        CommitUnknownError,
        ConnectionLostError,
        DatabaseUnavailableError,
        DagsterPostgresException,
        psycopg2.InterfaceError,
        # Its subclasses, such as that for a full disk, have names of their own.
        psycopg2.OperationalError,
    )
)


def lost_its_connection(error: SerializableErrorInfo | None) -> bool:
    """Whether the error, or one that it comes from, is that of a lost connection to PostgreSQL."""
    return any(link.message.startswith(_OF_A_LOST_CONNECTION) for link in _chain(error))


def _chain(error: SerializableErrorInfo | None) -> Iterator[SerializableErrorInfo]:
    while error is not None:
        yield error
        if error.context is not None and error.context is not error.cause:
            yield error.context
        error = error.cause
