"""When a brand file may be read: not while somebody writes it.

On Linux the kernel tells whether a file is open for writing (a read lease is refused). Everywhere, and on file systems
without leases, a file counts as settled once its size and modification time have not changed for a moment.
"""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from movie_assets.brands.errors import BrandFileError
from movie_assets.brands.model import BrandFile
from movie_assets.brands.opening import MAX_FILE_BYTES, opened
from movie_assets.brands.reader import read_brand_file

QUIET_SECONDS = 0.3
"""How long size and modification time must stand still."""

QUIET_WITHOUT_WRITERS_SECONDS = 0.1
"""The same where the kernel tells that nobody has the file open for writing: a program may open it once more."""

_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class SettledFile:
    """Content identity of a file that nobody is writing."""

    sha256: str


@dataclass(frozen=True)
class Unsettled:
    """Why a file cannot be read now; `missing` when there is none that could ever be."""

    reason: str
    missing: bool = False


def observe(
    path: Path, *, patience_seconds: float = 5.0, sleep: Callable[[float], None] = time.sleep
) -> SettledFile | Unsettled:
    """The file's identity once it stands still, or why it does not within `patience_seconds`."""
    deadline = time.monotonic() + patience_seconds
    while True:
        found = _observe_once(path, sleep)
        if isinstance(found, SettledFile) or found.missing or time.monotonic() >= deadline:
            return found


def read_settled_brand_file(path: Path, *, patience_seconds: float = 30.0) -> BrandFile:
    """Read the file once it stands still.

    Raises BrandFileError when it is missing, keeps changing for `patience_seconds`, or cannot be used.
    """
    found = observe(path, patience_seconds=patience_seconds)
    if isinstance(found, Unsettled) and not found.missing:
        raise BrandFileError(
            f"{path}: {found.reason}, for {patience_seconds:.0f} s. Finish writing it, or write a new file beside it "
            "and rename that into place; the stored brands stay as they are."
        )
    return read_brand_file(path)


def _observe_once(path: Path, sleep: Callable[[float], None]) -> SettledFile | Unsettled:
    try:
        before = _state(path)
        with opened(path):
            # What can never be a brand file is told at once.
            writing = _is_open_for_writing(path)
        sleep(QUIET_WITHOUT_WRITERS_SECONDS if writing is False else QUIET_SECONDS)
        if writing:
            return Unsettled("another program has it open for writing")
        with opened(path) as file:
            digest = _digest(file)
        if _state(path) != before or _is_open_for_writing(path):
            return Unsettled("it changes while it is looked at")
    except FileNotFoundError:
        return Unsettled(f"{path} does not exist", missing=True)
    except BrandFileError as error:
        return Unsettled(str(error).rstrip("."), missing=True)
    except (OSError, ValueError) as error:
        return Unsettled(f"{path} cannot be read ({getattr(error, 'strerror', None) or error})", missing=True)
    return SettledFile(digest)


def _digest(file: BinaryIO) -> str:
    """The SHA-256 of what a reader would be given: a file that outgrows the limit meanwhile is not followed."""
    digest, left = hashlib.sha256(), MAX_FILE_BYTES + 1
    while left and (piece := file.read(min(left, _PIECE_BYTES))):
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest()


def _state(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


if sys.platform == "linux":
    import fcntl

    def _is_open_for_writing(path: Path) -> bool | None:
        """Whether somebody has; None where the kernel does not tell: the file is another user's, or on a network."""
        # O_NONBLOCK keeps a FIFO from blocking the open.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            # A writer that arrives while the lease is held makes the kernel send a signal: one that is ignored.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            return True if error.errno == errno.EAGAIN else None
        finally:
            os.close(descriptor)
        return False

else:

    def _is_open_for_writing(path: Path) -> bool | None:
        return None
