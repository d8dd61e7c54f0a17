"""Which source a release is made of: version, commit and the commit's time."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.release.errors import ReleaseError
from deploy.release.running import output

_SHOWN = 10


@dataclass(frozen=True)
class Source:
    """A committed state. `epoch` is the commit's time in seconds since 1970, UTC."""

    version: str
    commit: str
    epoch: int

    @property
    def created(self) -> str:
        """The commit's time in ISO 8601, UTC."""
        return datetime.fromtimestamp(self.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def committed(root: Path) -> Source:
    """The source in `root`. Raises ReleaseError unless everything in it is committed or ignored."""
    git = ["git", "-C", str(root)]
    changes = output([*git, "status", "--porcelain"]).splitlines()
    if changes:
        more = f"\nand {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
        raise ReleaseError(
            "The images would hold what no commit holds. Commit or remove these first:\n"
            + "\n".join(changes[:_SHOWN])
            + more
        )
    commit, epoch = output([*git, "show", "--no-patch", "--format=%H %ct", "HEAD"]).split()
    return Source(version_of(root / "pyproject.toml"), commit, int(epoch))


def version_of(project: Path) -> str:
    """`project.version` of a pyproject.toml."""
    version: str = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    return version
