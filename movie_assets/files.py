"""Files and folders that appear whole: a reader finds the old one or the new one, and never a half."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from movie_assets.errors import MovieAssetsError

_WORKING_DIRECTORY = -100
_EXCHANGE = 2


@contextmanager
def file_replaced(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that becomes `path` when the block ends without an error, in one step; gone otherwise.

    Raises MovieAssetsError when the directory cannot be written.
    """
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.absolute().parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            yield file
        # A temporary file is private; this one gets the permissions that any new file of this user has.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise MovieAssetsError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new one.

    Raises MovieAssetsError when the directory cannot be written.
    """
    with file_replaced(path) as file:
        file.write(content)


@contextmanager
def folder_replaced(path: Path) -> Iterator[Path]:
    """An empty folder to fill that becomes `path` when the block ends without an error, in one step; gone otherwise.

    What was at `path` is removed afterwards. What processes that were killed left beside it is cleared away.
    Raises MovieAssetsError when the parent, which is made where it is missing, cannot be written.
    """
    parent = path.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with _locked(parent):
            for left in parent.glob(f".{path.name}.*"):
                _remove_unless_in_use(left)
            staged = Path(tempfile.mkdtemp(dir=parent, prefix=f".{path.name}."))
            in_use = os.open(staged, os.O_RDONLY)
            fcntl.flock(in_use, fcntl.LOCK_EX)
        try:
            yield staged
            staged.chmod(0o777 & ~_umask())
            for file in (*staged.iterdir(), staged):
                _flush(file)
            with _locked(parent):
                if path.exists():
                    _exchange(staged, path)
                else:
                    staged.rename(path)
                _flush(parent)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
            os.close(in_use)
    except OSError as error:
        raise MovieAssetsError(f"{path} cannot be written: {error.strerror}.") from error


def _exchange(new: Path, old: Path) -> None:
    """Swap two folders: at once where the system can, otherwise with a moment in which there is neither."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    paths = (_WORKING_DIRECTORY, os.fsencode(new), _WORKING_DIRECTORY, os.fsencode(old))
    if renameat2 is not None and renameat2(*paths, _EXCHANGE) == 0:
        return
    aside = new.with_name(f"{new.name}.old")
    old.rename(aside)
    try:
        new.rename(old)
    except OSError:
        aside.rename(old)
        raise
    aside.rename(new)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """One process at a time; the kernel lets go when it dies."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove_unless_in_use(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        shutil.rmtree(folder)
    finally:
        os.close(descriptor)


def _flush(path: Path) -> None:
    """Have the system write it to the disk, so that a folder is complete even after a power failure."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
