"""Waiting for a file to change, told by the kernel where it can tell."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from watchfiles import watch

State = tuple[int, int, int]
"""Inode, size and modification time in nanoseconds."""

LOOK_EVERY_SECONDS = 1.0
"""Network file systems tell of no events, so the file is looked at as well."""


def state_of(path: Path) -> State | None:
    """What changes when the file does; None while it cannot be looked at."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def wait_for_change(path: Path, since: State | None, seconds: float) -> bool:
    """Whether the file becomes another than `since` within `seconds`; returns as soon as it does."""
    deadline = time.monotonic() + seconds
    if state_of(path) != since:
        return True
    for _ in _events(path):
        if state_of(path) != since:
            return True
        if time.monotonic() >= deadline:
            break
    return False


def _events(path: Path) -> Iterator[object]:
    """Something at every event in the file's directory, and once a second without one."""
    directory = path.absolute().parent
    look_every = int(LOOK_EVERY_SECONDS * 1000)
    while True:
        try:
            # A file is often replaced by a rename, which only its directory is told of.
            yield from watch(
                directory,
                watch_filter=None,
                debounce=100,
                step=10,
                rust_timeout=look_every,
                yield_on_timeout=True,
                raise_interrupt=True,
                recursive=False,
            )
        except OSError:
            # The directory is gone, or there are more watchers than the kernel allows.
            time.sleep(LOOK_EVERY_SECONDS / 4)
            yield None
