"""`movie-assets backup` and `restore`: the platform's databases to folders and back."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from movie_assets.backups.errors import BackupError
from movie_assets.backups.folders import remove_old
from movie_assets.backups.manifest import Manifest
from movie_assets.backups.restoring import restore, verify
from movie_assets.backups.taking import take_backup
from movie_assets.errors import MovieAssetsError
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import quoted
from movie_assets.warehouse.roles import ensure_roles

WAREHOUSE, DAGSTER = "warehouse", "dagster"
_RETRY_SECONDS = 300.0
Say = Callable[[str], None]


def databases(warehouse: Warehouse) -> dict[str, Database]:
    """What a backup holds: the warehouse, and Dagster's runs and events unless they lie in it."""
    found = {WAREHOUSE: warehouse.database}
    if warehouse.dagster_database.url != warehouse.database.url:
        found[DAGSTER] = warehouse.dagster_database
    return found


def take_one(warehouse: Warehouse, parent: Path, say: Say) -> Path:
    """Take a backup and tell of it. Raises BackupError."""
    folder, manifest = take_backup(databases(warehouse), parent)
    say(f"{folder}: {_summary(manifest)}")
    return folder


def take_every(warehouse: Warehouse, parent: Path, hours: float, *, keep_days: float, keep: int, say: Say) -> None:
    """Take a backup every so many hours until SIGTERM or SIGINT; old ones go after a new one is there.

    A backup that fails is told of and tried again within minutes. The first one is taken at once.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    while not stopping.is_set():
        due = time.monotonic() + hours * 3600
        try:
            take_one(warehouse, parent, say)
            for old in remove_old(parent, datetime.now(UTC), keep_days=keep_days, keep=keep):
                say(f"{old} is removed: it is older than {keep_days:g} days.")
        except (MovieAssetsError, DBAPIError, OSError) as error:
            due = min(due, time.monotonic() + _RETRY_SECONDS)
            say(f"No backup was taken: {error}")
        stopping.wait(max(0.0, due - time.monotonic()))


def verify_one(warehouse: Warehouse, folder: Path, say: Say) -> None:
    """Restore a backup beside the data, compare it with its manifest, and drop it. Raises BackupError."""
    servers = {WAREHOUSE: warehouse.database, DAGSTER: warehouse.dagster_database}
    say(f"{folder} was restored and is whole: {_summary(verify(folder, servers))}")


def restore_one(
    warehouse: Warehouse, folder: Path, name: str | None, only: str | None, *, overwrite: bool, say: Say
) -> None:
    """Restore a backup into the platform's databases, or into `name` and `name`_dagster. Raises BackupError."""
    targets = databases(warehouse)
    if only is not None:
        if only not in targets:
            raise BackupError(f"{only} is none of the databases {', '.join(targets)}.")
        targets = {only: targets[only]}
    if name is not None:
        targets = {
            part: database.beside(name if part == WAREHOUSE else f"{name}_{part}") for part, database in targets.items()
        }
    manifest, done = restore(folder, targets, overwrite=overwrite, prepare=_bring_roles_in_line)
    for restored in done.values():
        say(f"Database {restored.database}: {restored.tables} tables, {restored.rows:,} rows, compared and in place.")
    for role, member in _grant_members(targets[next(iter(targets))], manifest):
        say(f"{member} was a member of {role}, and is no account of this server. Create it, then GRANT {role} TO it.")


def _bring_roles_in_line(part: str, database: Database) -> None:
    """Give a restored warehouse its owner and its readers, which a dump without owners does not have."""
    if part == WAREHOUSE:
        missing = ensure_roles(database)
        if missing.needed:
            raise BackupError(
                f"roles cannot be brought in line: {missing.reason}. Have an administrator run movie-assets roles, "
                "then restore again."
            )


def _grant_members(database: Database, manifest: Manifest) -> list[tuple[str, str]]:
    """Make accounts that exist members of the platform's roles, as they were; returns those that do not exist."""
    left = []
    with database.engine.begin() as connection:
        account = connection.execute(text("SELECT current_user::text")).scalar_one()
        accounts = set(connection.execute(text("SELECT rolname::text FROM pg_roles")).scalars())
    for role, member in manifest.members:
        if member == account:
            continue
        if member not in accounts or role not in accounts:
            left.append((role, member))
            continue
        with database.engine.begin() as connection:
            connection.execute(text(f"GRANT {quoted(role)} TO {quoted(member)}"))
    return left


def _summary(manifest: Manifest) -> str:
    tables = sum(len(dump.tables) for dump in manifest.databases.values())
    rows = sum(content.rows for dump in manifest.databases.values() for content in dump.tables.values())
    size = sum(dump.bytes for dump in manifest.databases.values()) / 1e6
    return (
        f"{len(manifest.databases)} databases, {tables} tables, {rows:,} rows, {size:,.1f} MB, {manifest.seconds:.1f} s"
    )
