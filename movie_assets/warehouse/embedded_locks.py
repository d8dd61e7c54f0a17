"""Advisory locks on files: the kernel drops them when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from movie_assets.warehouse.embedded_errors import EmbeddedServerError

LOCK_TIMEOUT = 300.0
"""Seconds to wait for a lock: longer than any start or stop of the server may take."""

_POLL_SECONDS = 0.01


class FileLock:
    """A `flock` on a file that is created when it is missing and never removed.

    The file descriptor is closed on exec, so no child program inherits the lock. A forked child shares its parent's
    lock until it closes its copy; the first lock taken by a process installs a fork hook that does this.
    """

    _held: ClassVar[set[FileLock]] = set()
    _fork_hook_installed: ClassVar[bool] = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def shared(self, timeout: float = LOCK_TIMEOUT) -> None:
        """Take the lock together with others.

        Raises:
            EmbeddedServerError: the file cannot be opened, or somebody holds the lock alone for too long.
        """
        self._wait(fcntl.LOCK_SH, timeout)

    def exclusive(self, timeout: float = LOCK_TIMEOUT) -> None:
        """Take the lock alone.

        Raises:
            EmbeddedServerError: the file cannot be opened, or others hold the lock for too long.
        """
        self._wait(fcntl.LOCK_EX, timeout)

    def exclusive_whenever_free(self) -> None:
        """Sleep, without polling and for as long as it takes, until the lock can be taken alone."""
        fcntl.flock(self._open(), fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Take the lock together with others if that is possible at once."""
        return self._try(fcntl.LOCK_SH)

    def try_exclusive(self) -> bool:
        """Take the lock alone if that is possible at once."""
        return self._try(fcntl.LOCK_EX)

    def release(self) -> None:
        """Give the lock back, also on behalf of copies of the descriptor that a fork made. Idempotent."""
        if self._fd is not None:
            fcntl.flock(self._fd, fcntl.LOCK_UN)
            self.close()

    def close(self) -> None:
        """Close this process's descriptor; the lock lives on where the descriptor was handed on. Idempotent."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
            FileLock._held.discard(self)

    def fileno(self) -> int:
        """The descriptor of the open lock file."""
        return self._open()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock alone for the length of a `with` block."""
        self.exclusive()
        try:
            yield
        finally:
            self.release()

    def _wait(self, operation: int, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not self._try(operation):
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"waited {timeout:.0f} s for another process to finish starting or stopping the embedded "
                    f"PostgreSQL server ({self._path}). Look for a process that hangs, end it, and try again."
                )
            time.sleep(_POLL_SECONDS)

    def _try(self, operation: int) -> bool:
        try:
            fcntl.flock(self._open(), operation | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            return False
        return True

    def _open(self) -> int:
        if self._fd is None:
            try:
                self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            except OSError as error:
                raise EmbeddedServerError(
                    f"cannot open the lock file {self._path} of the embedded PostgreSQL server ({error.strerror}). "
                    f"Run as the owner of {self._path.parent}, or set MOVIE_ASSETS_HOME to a directory of your own."
                ) from error
            FileLock._held.add(self)
            _install_fork_hook()
        return self._fd


def _install_fork_hook() -> None:
    if not FileLock._fork_hook_installed:
        FileLock._fork_hook_installed = True
        os.register_at_fork(after_in_child=_close_all)


def _close_all() -> None:
    for lock in list(FileLock._held):
        lock.close()
