"""One transaction from rows to a published table: stage, validate, write what differs, commit.

Readers see the old rows or the new ones, and never wait. Views, grants, comments and open snapshots survive. Whatever
fails before the commit leaves the old rows. A publication that lost its connection, or that PostgreSQL ended to resolve
a conflict of sessions, is done again from its start, provided that nothing was committed (see `recovery`).
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

import adbc_driver_manager
import pandas as pd
from adbc_driver_postgresql import dbapi
from sqlalchemy import Table
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_delay,
    wait_random_exponential,
)

from movie_assets.warehouse import recovery
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import qualified
from movie_assets.warehouse.differences import Written, write_differences
from movie_assets.warehouse.errors import (
    CommitUnknownError,
    ConflictError,
    ConnectionLostError,
    DatabaseUnavailableError,
    LockTimeoutError,
    WarehouseError,
)
from movie_assets.warehouse.evolution import Evolution, adopt, complete, ensure_table
from movie_assets.warehouse.locks import holder_of, lock
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.staging import Frames, Rows, Stage, stage
from movie_assets.warehouse.stored import exists
from movie_assets.warehouse.tables import SCHEMA, mode_of
from movie_assets.warehouse.validation import validate

logger = logging.getLogger(__name__)

LOCK_TIMEOUT_SECONDS = 300.0
RECONNECT_SECONDS = 60.0
"""How long a publication that lost its connection tries to get another one."""

_SESSION = (
    # Must come first. Under a stricter default, what others published during the staging would go unseen.
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
    # For sorting and joining a million rows in memory.
    "SET LOCAL work_mem = '64MB'",
    "SET LOCAL maintenance_work_mem = '256MB'",
)


@dataclass(frozen=True)
class Publication:
    """What one publication did to its table. Counts are rows; `rows` is the table's size afterwards.

    `notices` tell what was brought in line with the declaration, and what is stored that it does not know of.
    """

    table: str
    rows: int
    inserted: int
    updated: int
    deleted: int
    unchanged: int
    seconds: float
    notices: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether any row was written or removed."""
        return bool(self.inserted or self.updated or self.deleted)


@dataclass(frozen=True)
class _Result:
    staged: int
    total: int
    written: Written
    notices: tuple[str, ...]


def publish(
    database: Database,
    table: Table,
    rows: Rows,
    *,
    lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS,
    reconnect_seconds: float = RECONNECT_SECONDS,
) -> Publication:
    """Make `rows` the content of `table`, by the mode that the table declares.

    Raises RowsRefusedError when the rows do not fit the declaration, DeclarationMismatchError when the stored table
    does not, LockTimeoutError when another session keeps publishing it, DatabaseUnavailableError without a server,
    ConnectionLostError when the connection broke and could not be replaced, ConflictError when PostgreSQL kept ending
    the transaction because of others, CommitUnknownError when the connection broke during the commit and the server
    does not tell, and WarehouseError for anything else PostgreSQL refuses. Errors of a stream's
    producer pass through unchanged.
    """
    started = time.monotonic()
    lost = False

    def attempt() -> _Result:
        nonlocal lost
        try:
            return _publish_once(database, table, rows, lock_timeout_seconds, reconnect_seconds)
        except (ConnectionLostError, CommitUnknownError):
            lost = True
            raise

    def is_worth_repeating(error: BaseException) -> bool:
        # Without a server from the start, its address is probably wrong: that is told at once.
        unavailable = lost and isinstance(error, DatabaseUnavailableError)
        # Rows that were committed after all are not written twice by doing it again.
        interrupted = isinstance(error, ConnectionLostError | ConflictError | CommitUnknownError)
        return (unavailable or interrupted) and _is_repeatable(rows)

    result = Retrying(
        retry=retry_if_exception(is_worth_repeating),
        wait=wait_random_exponential(multiplier=0.2, max=5),
        stop=stop_after_delay(reconnect_seconds),
        before_sleep=_tell,
        reraise=True,
    )(attempt)
    return Publication(
        table=table.fullname,
        rows=result.total,
        inserted=result.written.inserted,
        updated=result.written.updated,
        deleted=result.written.deleted,
        unchanged=result.staged - result.written.inserted - result.written.updated,
        seconds=time.monotonic() - started,
        notices=result.notices,
    )


def ensure_schema(database: Database) -> None:
    """Create the schema of the published tables if it is missing.

    Raises DatabaseUnavailableError without a server and WarehouseError when the schema may not be created.
    """
    with database.adbc() as connection, connection.cursor() as cursor:
        try:
            # Two sessions that create one schema at the same time would collide even with IF NOT EXISTS.
            lock(cursor, SCHEMA)
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            connection.commit()
        except adbc_driver_manager.Error as error:
            raise WarehouseError(f"the schema {SCHEMA} cannot be created in {database!r}: {error}") from error


def _publish_once(
    database: Database, table: Table, rows: Rows, lock_timeout_seconds: float, reconnect_seconds: float
) -> _Result:
    step = "staging"
    with database.adbc() as connection, connection.cursor() as cursor:
        try:
            for setting in _SESSION:
                cursor.execute(setting)
            cursor.execute("SELECT to_regnamespace($1)::text", (SCHEMA,))
            if cursor.fetchall() == [(None,)]:
                ensure_schema(database)
            # Staging comes first, and outside the lock: it may take long, and nobody else can see it.
            staged_rows = stage(cursor, table, rows)
            step = "validation"
            staged = validate(cursor, table, staged_rows)
            step = "writing"
            cursor.execute(f"SET LOCAL lock_timeout = {max(1, round(lock_timeout_seconds * 1000))}")  # 0: no limit
            written, evolution = _write(cursor, table, staged_rows, staged)
            if any(written):
                cursor.execute(f"ANALYZE {qualified(table)}")
            total = staged if mode_of(table) == "replace" else _count(cursor, table)
            transaction = recovery.transaction_id(cursor)
            step = "commit"
            connection.commit()
        except adbc_driver_manager.Error as error:
            if recovery.is_alive(connection):
                raise _explained(database, table, rows, error) from error
            if step != "commit" or not recovery.was_committed(database, table, transaction, reconnect_seconds):
                raise recovery.lost(database, table, step, repeatable=_is_repeatable(rows)) from error
    return _Result(staged, total, written, evolution.notices)


def _write(cursor: dbapi.Cursor, table: Table, stage: Stage, staged: int) -> tuple[Written, Evolution]:
    """Bring the stored table to what is staged."""
    lock(cursor, table.fullname)
    if stage.logged and not exists(cursor, table):
        adopt(cursor, table, stage.qualified, stage.key_index)
        return Written(staged, 0, 0), Evolution()
    if exists(cursor, table):
        # Lets readers in and waits for whoever writes: meeting them half-way could end in a deadlock.
        cursor.execute(f"LOCK TABLE {qualified(table)} IN EXCLUSIVE MODE")
    evolution = ensure_table(cursor, table)
    written = write_differences(cursor, table, stage)
    complete(cursor, table, evolution)
    cursor.execute(f"DROP TABLE {stage.qualified}")
    return written, evolution


def _tell(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.warning("publishing again after attempt %d: %s", state.attempt_number, error)


def _is_repeatable(rows: Rows) -> bool:
    return isinstance(rows, pd.DataFrame | Query) or (isinstance(rows, Frames) and rows.repeatable)


def _count(cursor: dbapi.Cursor, table: Table) -> int:
    cursor.execute(f"SELECT count(*) FROM {qualified(table)}")
    return int(cursor.fetchall()[0][0])


def _explained(database: Database, table: Table, rows: Rows, error: adbc_driver_manager.Error) -> WarehouseError:
    if error.sqlstate == recovery.LOCK_NOT_AVAILABLE:
        return LockTimeoutError(
            f"{table.fullname}: {holder_of(database, table)}. Nothing was written; run it again later."
        )
    if recovery.is_conflict(error):
        return ConflictError(
            f"{table.fullname}: PostgreSQL ended the publication because of what another session did to the table at "
            f"the same time, and the old rows stay: {error}. Run it again."
        )
    what = f"{table.fullname} (from {rows.name})" if isinstance(rows, Query) else table.fullname
    remedy = recovery.remedy(error)
    return WarehouseError(f"{what}: PostgreSQL refused the publication and the old rows stay: {error}{remedy}")
