"""What the directory of backups tells: how old the newest one is. A backup is a folder that is named by its instant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from movie_assets.monitoring import metrics as m
from movie_assets.monitoring.metrics import Sample, Told

MANIFEST: Final = "manifest.json"
"""Written last: a folder without it is no backup."""

_NAMED: Final = "%Y-%m-%dT%H-%M-%SZ"


def newest_backup(directory: Path) -> Iterator[Told]:
    """When the newest whole backup was begun; nothing where there is none, or none may be seen."""
    instants = []
    with suppress(OSError):
        for manifest in directory.glob(f"*/{MANIFEST}"):
            with suppress(ValueError):
                instants.append(datetime.strptime(manifest.parent.name, _NAMED).replace(tzinfo=UTC))
    if instants:
        yield Sample(m.LAST_BACKUP, (), max(instants).timestamp())
