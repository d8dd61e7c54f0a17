"""Folders of backups: they appear whole under their name, are private to their owner, and go when they are old."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from movie_assets.backups.errors import BackupError
from movie_assets.backups.manifest import NAME

_TIME = "%Y-%m-%dT%H-%M-%SZ"
_NAMED = re.compile(r"^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$")
_UNFINISHED = ".unfinished-"


@contextmanager
def new_folder(parent: Path, created: datetime) -> Iterator[tuple[Path, Path]]:
    """An empty folder to fill, and the name that it has once the block ends without an error; it is gone otherwise.

    Files and folders are on disk when the name appears. What killed processes left is cleared away first.
    Raises BackupError when the directory cannot be written or there is a backup of this second.
    """
    name = parent / created.astimezone(UTC).strftime(_TIME)
    try:
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _clear_leftovers(parent)
        if name.exists():
            raise BackupError(f"{name} exists already. Wait a second, or name another directory.")
        staged = Path(tempfile.mkdtemp(dir=parent, prefix=_UNFINISHED))
    except OSError as error:
        raise BackupError(f"no backup can be written to {parent}: {error.strerror}.") from error
    in_use = os.open(staged, os.O_RDONLY)
    try:
        fcntl.flock(in_use, fcntl.LOCK_EX)
        yield staged, name
        try:
            for path in staged.iterdir():
                path.chmod(0o600)
                _flush(path)
            _flush(staged)
            staged.rename(name)
            _flush(parent)
        except OSError as error:
            raise BackupError(f"the backup cannot be written to {parent}: {error.strerror}.") from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
        os.close(in_use)


def backups_in(parent: Path) -> list[Path]:
    """Whole backups, newest first."""
    found = (path for path in parent.glob("*Z") if _NAMED.match(path.name) and (path / NAME).is_file())
    return sorted(found, reverse=True)


def remove_old(parent: Path, now: datetime, *, keep_days: float, keep: int) -> list[Path]:
    """Remove whole backups older than `keep_days`, never one of the newest `keep`; returns what was removed."""
    before = (now - timedelta(days=keep_days)).astimezone(UTC).strftime(_TIME)
    old = [path for path in backups_in(parent)[max(keep, 1) :] if path.name < before]
    for path in old:
        # Without a manifest it is no backup any more, whenever this is interrupted.
        (path / NAME).unlink()
        shutil.rmtree(path, ignore_errors=True)
    return old


def _clear_leftovers(parent: Path) -> None:
    halves = (path for path in parent.glob("*Z") if _NAMED.match(path.name) and not (path / NAME).exists())
    for left in (*parent.glob(f"{_UNFINISHED}*"), *halves):
        with suppress(OSError):
            descriptor = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(descriptor)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
