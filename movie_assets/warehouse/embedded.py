"""An embedded PostgreSQL server that the processes of the platform share, and that lives as long as one uses it.

    with EmbeddedServer(home) as server:
        engine = create_engine(server.dsn("movie_assets").replace("postgresql:", "postgresql+psycopg2:", 1))

**Two locks** in `home/postgres`, both of the kind that the kernel drops when their holder dies:

- `users.lock` is held shared by every process that uses the server. Who can hold it alone knows that nobody does.
- `start.lock` is held alone by whoever starts or stops the server.

Who arrives takes the users lock first and then, under the start lock, looks whether the server runs. Who leaves takes
the start lock, drops the users lock, and stops the server if nobody else holds that. So an arrival is either seen by
the one who leaves, or finds the server stopped and starts it. Nobody waits for the users lock while holding the start
lock, so the two cannot block each other.

**The guardian** (`guardian.py`) is a process that waits for the users lock alone, and stops the server after users
that were killed. A user who leaves last stops the server and the guardian.

**Where things lie**: `home/postgres/data` is the cluster, `socket/` the only way in (no TCP), `server.log` the
server's log, `guardian.log` the guardian's, `location.json` says where these lie when they cannot lie here
(`embedded_paths.py`), `pinned` exists while the server stays up without users. The socket's directory has mode 0700
and belongs to the account that runs the server, so only that account and root get in, and the server trusts them.

Unix only: it rests on `flock` and unix sockets.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812

from movie_assets.warehouse import guardian
from movie_assets.warehouse.embedded_account import server_account
from movie_assets.warehouse.embedded_connection import connect_when_ready, dsn, server_version
from movie_assets.warehouse.embedded_errors import EmbeddedServerError
from movie_assets.warehouse.embedded_paths import Layout, choose_layout, make_home, read_layout
from movie_assets.warehouse.embedded_process import (
    await_interrupted_start,
    cluster_version,
    create_cluster,
    find_postmaster,
    log_tail,
    start,
)
from movie_assets.warehouse.embedded_programs import find_programs

__all__ = ["EmbeddedServer", "EmbeddedServerError", "ServerStatus"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerStatus:
    """What is known about the server of a home without touching it.

    `version` is the server's when it answers, else the major version that made its cluster; None without a cluster.
    `note` says in a sentence where the cluster lies, and why there.
    """

    running: bool
    pid: int | None
    version: str | None
    data_directory: Path
    socket_directory: Path | None
    started_at: datetime | None
    pinned: bool
    log_file: Path
    note: str


class EmbeddedServer:
    """The embedded server of one home, as seen by one process.

    Each `acquire` wants one `release`; they nest, also across threads. A forked child starts without any: it may use
    its parent's `dsn`, and acquires for itself if it wants to outlive its parent.
    """

    def __init__(self, home: Path, *, user: str | None = None) -> None:
        """Nothing happens before `acquire`.

        Args:
            home: the directory MOVIE_ASSETS_HOME; the server's files lie in its subdirectory `postgres`.
            user: when this process is root, the system account that runs the server; default postgres or nobody.
        """
        self._home = Path(home).resolve()
        self._user = user
        self._pid = os.getpid()
        self._mutex = threading.RLock()
        self._depth = 0
        self._layout: Layout | None = None
        self._databases: Sequence[str] = ()
        self._users = guardian.users_lock(self._directory)
        self._starting = guardian.start_lock(self._directory)

    @property
    def _directory(self) -> Path:
        return self._home / "postgres"

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self, *, databases: Sequence[str] = ("movie_assets", "dagster")) -> None:
        """Use the server: start it unless it runs, make the databases that are missing, keep it up until `release`.

        Raises:
            EmbeddedServerError: the server is not installed, cannot be started, or is not ours.
        """
        self._forget_parent()
        with self._mutex:
            try:
                self._join(databases)
            except (OSError, psycopg2.Error) as error:
                raise EmbeddedServerError(
                    f"cannot set up the embedded PostgreSQL server in {self._directory} ({error}). Make sure that the "
                    "directory can be written, or set MOVIE_ASSETS_HOME to one that can."
                ) from error
            self._depth += 1
            self._databases = databases

    def keep_up(self) -> bool:
        """Start the server anew if it died although this process uses it; True if that was so.

        Raises:
            EmbeddedServerError: it cannot be started.
        """
        with self._mutex:
            layout = self._layout
            if self._depth == 0 or layout is None or find_postmaster(layout.data) is not None:
                return False
            try:
                with self._starting.held():
                    self._ensure_server(self._databases)
            except (OSError, psycopg2.Error) as error:
                raise EmbeddedServerError(
                    f"the embedded PostgreSQL server of {layout.data} ended and cannot be started again ({error})."
                ) from error
        return True

    def release(self) -> None:
        """Stop using the server; the last user stops it unless it is pinned. Without an `acquire`, nothing happens.

        Raises:
            EmbeddedServerError: the server does not stop.
        """
        self._forget_parent()
        with self._mutex:
            if self._depth == 0:
                return
            self._depth -= 1
            if self._depth == 0:
                self._leave()

    def dsn(self, database: str) -> str:
        """A libpq URI of the database, over the server's unix socket.

        Raises:
            EmbeddedServerError: no server was ever started in this home.
        """
        return dsn(self._layout or self._recorded_layout(), database)

    def pin(self) -> None:
        """Let the server stay up when its last user leaves, until `down`.

        Raises:
            EmbeddedServerError: no server runs.
        """
        layout = self._recorded_layout()
        with self._starting.held():
            if find_postmaster(layout.data) is None:
                raise self._not_running()
            layout.pinned.touch()
            guardian.dismiss(self._directory)

    def down(self, *, mode: str = "fast") -> bool:
        """Stop the server whoever uses it, also a pinned one; True if there was one to stop.

        Args:
            mode: fast ends the sessions, smart waits for them, immediate lets the next start recover.

        Raises:
            EmbeddedServerError: the server is not ours to stop, or does not stop.
        """
        layout = read_layout(self._home)
        if layout is None:
            return False
        self._forget_parent()
        with self._mutex, self._starting.held():
            layout.pinned.unlink(missing_ok=True)
            stopped = guardian.stop_server(layout, mode)
            guardian.dismiss(self._directory)
        return stopped

    def status(self) -> ServerStatus:
        """What is known about the server; starts and changes nothing.

        Raises:
            EmbeddedServerError: the server's files are not ours to read.
        """
        layout = read_layout(self._home)
        if layout is None:
            data, log = self._directory / "data", self._directory / "server.log"
            note = f"No embedded server was ever started in {self._directory}."
            return ServerStatus(False, None, None, data, None, None, False, log, note)
        postmaster = find_postmaster(layout.data)
        return ServerStatus(
            running=postmaster is not None,
            pid=postmaster.process.pid if postmaster else None,
            version=(server_version(layout) if postmaster else None) or cluster_version(layout.data),
            data_directory=layout.data,
            socket_directory=layout.socket_directory,
            started_at=postmaster.started_at if postmaster else None,
            pinned=layout.pinned.exists(),
            log_file=layout.log,
            note=layout.note,
        )

    def _forget_parent(self) -> None:
        """After a fork, what the parent acquired is the parent's; another thread of it may have held the mutex."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._mutex = threading.RLock()
            self._depth = 0

    def _recorded_layout(self) -> Layout:
        layout = read_layout(self._home)
        if layout is None:
            raise self._not_running()
        return layout

    def _not_running(self) -> EmbeddedServerError:
        return EmbeddedServerError(
            f"no embedded PostgreSQL server runs in {self._directory}. Start it first (`acquire`), or set "
            "MOVIE_ASSETS_DATABASE_URL."
        )

    def _join(self, databases: Sequence[str]) -> None:
        make_home(self._home)
        if self._depth == 0:
            self._users.shared()
        try:
            with self._starting.held():
                try:
                    self._ensure_server(databases)
                except BaseException:
                    self._withdraw_after_failure()
                    raise
        except BaseException:
            if self._depth == 0:
                self._users.release()
            raise

    def _withdraw_after_failure(self) -> None:
        if self._depth == 0:
            try:
                self._withdraw()
            except EmbeddedServerError:
                logger.exception("could not clean up after a failed start in %s", self._directory)

    def _leave(self) -> None:
        try:
            with self._starting.held():
                self._withdraw()
        finally:
            self._users.release()

    def _withdraw(self) -> None:
        """Stop being a user, and stop the server if there is no other. Only under the start lock."""
        self._users.release()
        layout = self._layout
        if layout is not None and not layout.pinned.exists() and guardian.unused(self._directory):
            guardian.stop_server(layout)
            guardian.dismiss(self._directory)

    def _ensure_server(self, databases: Sequence[str]) -> None:
        """Have the right server running, guarded, with these databases. Only under the start lock."""
        self._layout = layout = read_layout(self._home)
        connection = None
        if layout is not None:
            await_interrupted_start(layout)
            connection = connect_when_ready(layout)
        if connection is None:
            connection = self._start()
        elif not self._recorded_layout().pinned.exists():
            guardian.ensure(self._directory)
        with closing(connection):
            _create_databases(connection, databases)

    def _start(self) -> Connection:
        data = self._layout.data if self._layout else self._directory / "data"
        account = server_account(self._user, data)
        programs = find_programs(account)
        made_by = cluster_version(data)
        if made_by is not None and made_by != programs.major:
            raise EmbeddedServerError(
                f"the database cluster {data} was made by PostgreSQL {made_by}, and PostgreSQL {programs.version} is "
                f"installed, which cannot read it. Export the data with the version of movie-assets that made it, or "
                "set MOVIE_ASSETS_HOME to another directory. Nothing was changed."
            )
        self._layout = layout = choose_layout(self._home, account)
        if not layout.data.exists():
            create_cluster(layout, account, programs)
        if not layout.pinned.exists():
            # Before the server, so that there is no moment in which killing this process leaves it unguarded.
            guardian.ensure(self._directory)
        start(layout, account, programs)
        connection = connect_when_ready(layout)
        if connection is None:
            raise EmbeddedServerError(
                f"the embedded PostgreSQL server of {layout.data} ended right after its start. Remove the cause named "
                f"below, and try again. Its log {layout.log} ends:\n{log_tail(layout.log)}"
            )
        return connection


def _create_databases(connection: Connection, databases: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        existing = {name for (name,) in cursor.fetchall()}
        for name in databases:
            if name not in existing:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
