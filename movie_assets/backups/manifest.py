"""The manifest of a backup: which files it has, and what they hold. Written last; without it there is no backup."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from movie_assets.backups.contents import Content
from movie_assets.backups.errors import BackupError, DamagedBackupError

NAME = "manifest.json"
FORMAT = 1


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Dump(_Strict):
    """One database in one file of pg_dump's custom format."""

    file: str
    bytes: int
    sha256: str
    server_version: int
    program_version: int
    tables: dict[str, Content]


class Manifest(_Strict):
    """A whole backup. `members` are the accounts that are members of the platform's roles."""

    format: int
    created: datetime
    seconds: float
    databases: dict[str, Dump]
    members: list[tuple[str, str]]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder.

    Raises BackupError when it is no backup or one of a later version, DamagedBackupError when it cannot be read.
    """
    try:
        content = (folder / NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise BackupError(
            f"{folder} is no whole backup: there is no {NAME} in it. Name a folder that `movie-assets backup` wrote."
        ) from None
    except OSError as error:
        raise BackupError(f"{folder / NAME} cannot be read: {error.strerror}.") from error
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise DamagedBackupError(
            f"{folder / NAME} is damaged or of another version ({where or 'no JSON'}: {error.errors()[0]['msg']}). "
            "Use another backup."
        ) from None
    if manifest.format != FORMAT:
        raise BackupError(
            f"{folder} has format {manifest.format}, and this program reads {FORMAT}. Upgrade Movie Assets."
        )
    return manifest


def require_undamaged(folder: Path, manifest: Manifest) -> None:
    """Raise DamagedBackupError unless every file has the length and the hash that the manifest says."""
    for dump in manifest.databases.values():
        path = folder / dump.file
        if Path(dump.file).name != dump.file:
            raise DamagedBackupError(f"{folder / NAME} names a file outside its folder: {dump.file}.")
        try:
            length, found = path.stat().st_size, sha256_of(path)
        except OSError as error:
            raise DamagedBackupError(f"{path} cannot be read: {error.strerror}. Use another backup.") from error
        if length != dump.bytes:
            raise DamagedBackupError(f"{path} has {length} bytes instead of {dump.bytes}. Use another backup.")
        if found != dump.sha256:
            raise DamagedBackupError(f"{path} is damaged: its SHA-256 is not the manifest's. Use another backup.")


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
