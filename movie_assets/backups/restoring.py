"""Restores a backup: into a new database beside the target, which takes the target's name when all is verified.

So a restore that fails, for whatever reason, leaves what was there.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from movie_assets.backups.contents import contents, differences
from movie_assets.backups.errors import BackupError, DamagedBackupError
from movie_assets.backups.manifest import Dump, Manifest, read_manifest, require_undamaged
from movie_assets.backups.programs import connection_argument, find_program, run
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import quoted
from movie_assets.warehouse.errors import DatabaseUnavailableError

MAINTENANCE = "postgres"
_ATTEMPTS = 10
_HOLDS_SOMETHING = text(
    "SELECT EXISTS (SELECT FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid"
    " WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
    " AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e'))"
)
_SESSIONS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
)
_EXISTS = text("SELECT EXISTS (SELECT FROM pg_database WHERE datname = :name)")
_SCRATCH, _FORMER = "restored_", "replaced_"
_LEFT = text(
    "SELECT datname::text FROM pg_database WHERE datname ~ :named AND pg_has_role(datdba, 'USAGE')"
).bindparams(named=f"^({_SCRATCH}|{_FORMER})[0-9a-f]{{12}}$")
_LOCK = text("SELECT pg_advisory_lock(hashtextextended(:name, 0))")
_TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")
Prepare = Callable[[str, Database], None]


@dataclass(frozen=True)
class Restored:
    """A database that holds now what the backup holds."""

    database: str
    tables: int
    rows: int


def restore(
    folder: Path, targets: Mapping[str, Database], *, overwrite: bool, prepare: Prepare | None = None
) -> tuple[Manifest, dict[str, Restored]]:
    """Bring databases to what the backup in `folder` holds; `targets` tells which of its databases goes where.

    Targets need not exist. `prepare` is called with each restored database before it takes its place. Raises
    DamagedBackupError, and BackupError when a target holds tables and `overwrite` is not set; what was there stays.
    """
    manifest = read_manifest(folder)
    if missing := sorted(set(targets) - set(manifest.databases)):
        raise BackupError(f"{folder} has no dump of {', '.join(missing)}; it has {', '.join(manifest.databases)}.")
    require_undamaged(folder, manifest)
    for target in targets.values():
        if not overwrite and _holds_something(target):
            raise BackupError(
                f"{target.shown} holds tables already. Name an empty or a new database, or repeat this with "
                "--overwrite: what it holds is then given up, once the backup is restored beside it and verified."
            )
    done = {}
    for name, target in targets.items():
        dump = manifest.databases[name]
        with _restored(folder, dump, target) as scratch:
            if prepare is not None:
                prepare(name, scratch)
            _take_place(scratch, target)
        rows = sum(content.rows for content in dump.tables.values())
        done[name] = Restored(str(target.url.database), len(dump.tables), rows)
    return manifest, done


def verify(folder: Path, servers: Mapping[str, Database]) -> Manifest:
    """Restore every database of the backup beside the one named the same, compare, and drop it again.

    Raises DamagedBackupError when the backup does not hold what its manifest says.
    """
    manifest = read_manifest(folder)
    require_undamaged(folder, manifest)
    for name, dump in manifest.databases.items():
        with _restored(folder, dump, servers[name]):
            pass
    return manifest


@contextmanager
def _restored(folder: Path, dump: Dump, target: Database) -> Iterator[Database]:
    """A new database beside the target that holds the dump, compared with the manifest; dropped if still there."""
    with _maintenance(target) as connection:
        _clear_leftovers(connection)
        scratch = target.beside(f"{_SCRATCH}{secrets.token_hex(6)}")
        name = str(scratch.url.database)
        # Whoever clears leftovers away sees that this one is none.
        connection.execute(_LOCK, {"name": name})
        version = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
        if version < dump.server_version:
            raise BackupError(
                f"{folder / dump.file} is of PostgreSQL {dump.server_version}, and {target.shown} is {version}. "
                "Restore into a server that is as new."
            )
        _create(connection, name)
        try:
            # A file can be read by programs that are as new as the one that wrote it.
            program = find_program("pg_restore", target, at_least=max(version, dump.program_version))
            arguments: list[str | Path] = ["--no-owner", "--no-privileges", connection_argument(), folder / dump.file]
            run(program, arguments, scratch)
            with scratch.engine.connect() as session:
                found = contents(session)
            if different := differences(dump.tables, found):
                raise DamagedBackupError(
                    f"{folder / dump.file} does not hold what its manifest says: {'; '.join(different[:5])}. "
                    "Use another backup."
                )
            yield scratch
        finally:
            connection.execute(text(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)"))


def _clear_leftovers(connection: Connection) -> None:
    """Drop what restores that were killed have left, if the account may."""
    for name in connection.execute(_LEFT).scalars().all():
        if connection.execute(_TRY_LOCK, {"name": name}).scalar_one():
            connection.execute(text(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)"))
            connection.execute(_UNLOCK, {"name": name})


def _take_place(scratch: Database, target: Database) -> None:
    """Give the restored database the target's name, in one transaction; then drop the former one."""
    new, name = str(scratch.url.database), str(target.url.database)
    former = f"{_FORMER}{secrets.token_hex(6)}"
    with _maintenance(target) as connection:
        connection.execute(_LOCK, {"name": former})
        for attempt in range(_ATTEMPTS):
            exists = connection.execute(_EXISTS, {"name": name}).scalar_one()
            moved = [f"ALTER DATABASE {quoted(name)} RENAME TO {quoted(former)}"] if exists else []
            try:
                for one in (new, name):
                    connection.execute(_SESSIONS, {"name": one})
                _in_one_transaction(target, [*moved, f"ALTER DATABASE {quoted(new)} RENAME TO {quoted(name)}"])
                break
            except DBAPIError as error:
                # Somebody connected in between.
                if attempt + 1 == _ATTEMPTS:
                    reason = str(error.orig).strip().splitlines()[0]
                    raise BackupError(
                        f"{target.shown} cannot be replaced: {reason}. Stop what uses it (movie-assets down, or the "
                        "platform's containers), and restore again."
                    ) from error
        if exists:
            connection.execute(text(f"DROP DATABASE {quoted(former)} WITH (FORCE)"))


def _in_one_transaction(target: Database, statements: list[str]) -> None:
    with target.beside(MAINTENANCE).engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _create(connection: Connection, name: str) -> None:
    try:
        connection.execute(text(f"CREATE DATABASE {quoted(name)} TEMPLATE template0 ENCODING 'UTF8'"))
    except DBAPIError as error:
        raise BackupError(
            f"no database can be created to restore into: {str(error.orig).strip().splitlines()[0]}. Give the account "
            "the right with ALTER ROLE ... CREATEDB."
        ) from error


@contextmanager
def _maintenance(target: Database) -> Iterator[Connection]:
    """A connection, without transactions, to the database of the same server that is there always."""
    database = target.beside(MAINTENANCE)
    database.require_supported()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def _holds_something(target: Database) -> bool:
    with _maintenance(target) as connection:
        if not connection.execute(_EXISTS, {"name": target.url.database}).scalar_one():
            return False
    try:
        with target.engine.connect() as connection:
            return bool(connection.execute(_HOLDS_SOMETHING).scalar_one())
    except DBAPIError as error:
        raise DatabaseUnavailableError(f"{target.shown} cannot be looked into: {error.orig}".strip()) from None
