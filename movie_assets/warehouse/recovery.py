"""After an error in the middle of a publication: what it was, whether the transaction was committed, what to do.

A connection that broke before the commit has changed nothing. One that broke during it may have: PostgreSQL itself
tells, by the transaction's number, so that a publication is never taken for lost that is not, and never done twice.
"""

from __future__ import annotations

import adbc_driver_manager
from adbc_driver_postgresql import dbapi
from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError
from tenacity import Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_random_exponential

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.errors import CommitUnknownError, ConnectionLostError

LOCK_NOT_AVAILABLE = "55P03"
_DEADLOCK = "40P01"
_SERIALIZATION_FAILURE = "40001"
_DISK_FULL = "53100"
_NO_ROOM = ("No space left on device", "File too large", "Disk quota exceeded")
_INVALID_PARAMETER = "22023"
_IN_PROGRESS, _COMMITTED, _ABORTED = "in progress", "committed", "aborted"


def is_conflict(error: adbc_driver_manager.Error) -> bool:
    """Whether PostgreSQL ended the work only because of what another session did at the same time."""
    return error.sqlstate in {_DEADLOCK, _SERIALIZATION_FAILURE}


def is_alive(connection: dbapi.Connection) -> bool:
    """Whether the server still answers on this connection. Rolls back."""
    try:
        connection.rollback()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchall() == [(1,)])
    except adbc_driver_manager.Error:
        return False


def transaction_id(cursor: dbapi.Cursor) -> str:
    """The number of the current transaction and the start of its server, by which `was_committed` asks for it."""
    cursor.execute("SELECT pg_current_xact_id()::text || ' ' || pg_postmaster_start_time()::text")
    return str(cursor.fetchall()[0][0])


def was_committed(database: Database, table: Table, transaction: str, patience_seconds: float) -> bool:
    """Whether a transaction whose commit got no answer was committed.

    Raises CommitUnknownError when no server tells within `patience_seconds`, and when a server that was restarted since
    tells of a commit: it may have given the number to another transaction.
    """
    number, start = transaction.split(" ", 1)

    def status() -> object:
        try:
            return database.scalar(
                "SELECT CASE WHEN status = 'committed' AND pg_postmaster_start_time()::text <> :start THEN NULL"
                " ELSE status END FROM pg_xact_status(CAST(:number AS xid8)) AS status",
                number=number,
                start=start,
            )
        except DBAPIError as error:
            # A number "in the future": the server was killed before it had stored a word of the transaction.
            if getattr(error.orig, "pgcode", None) == _INVALID_PARAMETER:
                return _ABORTED
            raise

    try:
        found = Retrying(
            # The lost session may still be at it, or the server still starting.
            retry=retry_if_exception_type(DBAPIError) | retry_if_result(lambda status: status == _IN_PROGRESS),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            stop=stop_after_delay(patience_seconds),
            retry_error_callback=lambda _: None,
        )(status)
    except DBAPIError:
        found = None
    if found is None:
        raise CommitUnknownError(
            f"{table.fullname}: the connection to {database!r} was lost during the commit, and no server that ran "
            f"then has told within {patience_seconds:.0f} s whether it was done. The table holds the old rows or the "
            "new ones, whole. Once the server answers, publish again: rows that are there are not written twice."
        )
    return found == _COMMITTED


def lost(database: Database, table: Table, step: str, *, repeatable: bool) -> ConnectionLostError:
    """The error for a connection that broke before anything was committed."""
    again = "" if repeatable else " Its rows came as a stream that cannot be read twice."
    return ConnectionLostError(
        f"{table.fullname}: the connection to {database!r} was lost during {step}. Nothing was written and the old "
        f"rows stay.{again} Run it again once the server answers."
    )


def remedy(error: adbc_driver_manager.Error) -> str:
    """What a person can do about an error of the server's; empty where PostgreSQL's own words suffice."""
    if error.sqlstate == _DISK_FULL or any(words in str(error) for words in _NO_ROOM):
        return (
            " The server has no room for the rows. A publication needs the room of the table once more until it is "
            "done: free some on the server's disk and run it again."
        )
    return ""
