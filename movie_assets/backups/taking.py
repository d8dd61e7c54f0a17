"""Takes a backup: pg_dump of each database, and a manifest of what stood there in the very same snapshot."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text

from movie_assets.backups.contents import contents
from movie_assets.backups.errors import BackupError
from movie_assets.backups.folders import new_folder
from movie_assets.backups.manifest import FORMAT, NAME, Dump, Manifest, sha256_of
from movie_assets.backups.programs import connection_argument, find_program, run
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.roles import ANALYST, OWNER

_MEMBERS = text(
    "SELECT r.rolname::text, m.rolname::text FROM pg_auth_members AS a INNER JOIN pg_roles AS r ON a.roleid = r.oid"
    " INNER JOIN pg_roles AS m ON a.member = m.oid WHERE r.rolname IN (:owner, :analyst) ORDER BY 1, 2"
)


def take_backup(databases: Mapping[str, Database], parent: Path) -> tuple[Path, Manifest]:
    """Dump every database into a new folder of `parent`; returns the folder and what is in it.

    Each database is dumped as it was at one moment. Raises BackupError; then there is no new folder.
    """
    created, start = datetime.now(UTC), time.monotonic()
    versions = {name: database.require_supported() for name, database in databases.items()}
    with new_folder(parent, created) as (folder, final):
        dumps = {name: _dump(name, database, versions[name], folder) for name, database in databases.items()}
        manifest = Manifest(
            format=FORMAT,
            created=created,
            seconds=round(time.monotonic() - start, 3),
            databases=dumps,
            members=_members(next(iter(databases.values()))),
        )
        try:
            (folder / NAME).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
        except OSError as error:
            raise BackupError(f"the backup cannot be written to {parent}: {error.strerror}.") from error
    return final, manifest


def _dump(name: str, database: Database, version: int, folder: Path) -> Dump:
    program = find_program("pg_dump", database, at_least=version)
    path = folder / f"{name}.dump"
    with database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        _only_read(connection)
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        arguments: list[str | Path] = [
            "--format=custom",
            f"--snapshot={snapshot}",
            f"--file={path}",
            connection_argument(),
        ]
        run(program, arguments, database)
        tables = contents(connection)
    return Dump(
        file=path.name,
        bytes=path.stat().st_size,
        sha256=sha256_of(path),
        server_version=version,
        program_version=program.version,
        tables=tables,
    )


def _only_read(connection: Connection) -> None:
    connection.execute(text("SET TRANSACTION READ ONLY"))


def _members(database: Database) -> list[tuple[str, str]]:
    with database.engine.connect() as connection:
        rows = connection.execute(_MEMBERS, {"owner": OWNER, "analyst": ANALYST})
        return [(role, member) for role, member in rows]
