"""Children of a killed postmaster: they may go on writing for a moment, and no other server may start meanwhile.

PostgreSQL guards against that itself, by the shared memory that its lock file names. Where the lock file has to be
removed, because the dead postmaster's number is taken or nobody takes notice of its death, we have to look ourselves.
Processes into which we may not look, as root in most containers, are not seen.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from movie_assets.warehouse.embedded_errors import EmbeddedServerError

_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.02


def await_end_of_survivors(data: Path) -> None:
    """Wait until no process of a killed server uses the data directory any more.

    Raises:
        EmbeddedServerError: some do not end.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while survivors := list(_survivors(data)):
        if time.monotonic() > deadline:
            numbers = ", ".join(str(process.pid) for process in survivors)
            raise EmbeddedServerError(
                f"processes of a killed PostgreSQL server still use {data} (numbers: {numbers}). End them, and try "
                "again; starting another server beside them would damage the data."
            )
        time.sleep(_POLL_SECONDS)


def _survivors(data: Path) -> Iterator[psutil.Process]:
    """Live PostgreSQL processes whose working directory is the data directory; theirs always is."""
    place = os.path.realpath(data)
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if (
                process.name() == "postgres"
                and process.status() != psutil.STATUS_ZOMBIE
                and os.path.realpath(process.cwd()) == place
            ):
                yield process
