"""Opening a brand file: a regular file of limited size and nothing else, without waiting for anybody.

The path may name anything: a directory, a pipe whose writer never comes, a device without an end. What it names is
looked at before it is opened and again on the open descriptor, because it may be replaced in between.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from movie_assets.brands.errors import BrandFileError

MAX_FILE_BYTES = 64 * 1024 * 1024

# A FIFO would keep the open waiting for a writer, and a terminal could become the process's own.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of the regular file at `path`, of which nobody should read more than MAX_FILE_BYTES.

    Raises BrandFileError for what is no regular file or too large, and OSError, or ValueError for a path that no file
    can have, as the system raises them.
    """
    # Opening a device may already do something, so it is not opened to be looked at.
    _require_usable(path.stat(), str(path))
    with open(os.open(path, _FLAGS), "rb") as file:  # noqa: PTH123 - a descriptor
        _require_usable(os.fstat(file.fileno()), str(path))
        yield file


def require_size(size: int, source: str) -> None:
    """Raises BrandFileError for more than MAX_FILE_BYTES bytes."""
    if size > MAX_FILE_BYTES:
        raise BrandFileError.about(
            source,
            expected=f"at most {MAX_FILE_BYTES:,} bytes",
            found=f"at least {size:,} bytes",
            remedy="Check that this is a brand file, or split it.",
        )


def _require_usable(status: os.stat_result, source: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise BrandFileError.about(
            source,
            expected="a regular file",
            found="a directory" if stat.S_ISDIR(status.st_mode) else "a device, pipe or socket",
            remedy="Give the path of a CSV file.",
        )
    require_size(status.st_size, source)
