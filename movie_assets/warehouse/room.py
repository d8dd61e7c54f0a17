"""Whether the embedded server's disk has room, asked before anything is written.

A full disk stops PostgreSQL in the middle of its work and, when the write-ahead log cannot grow, altogether. So a
publication is refused while there is still room for everything else.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from movie_assets.warehouse.errors import NoRoomError


def require_room(directory: Path, least_bytes: int) -> None:
    """Raise NoRoomError when the file system of `directory` has less than `least_bytes` for this user."""
    free = shutil.disk_usage(directory).free
    if free < least_bytes:
        raise NoRoomError(
            f"the disk of {directory} has {free:,} bytes left, and MOVIE_ASSETS_MIN_FREE_BYTES asks for "
            f"{least_bytes:,}. Nothing was written and the old rows stay. Free some room on that disk and run it "
            "again, or lower MOVIE_ASSETS_MIN_FREE_BYTES."
        )
