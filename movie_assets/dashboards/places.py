"""Where Superset's files lie: what is in the repository, and what is made in the home."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from movie_assets.settings import PROJECT_ROOT, Settings

DEPLOYMENT = PROJECT_ROOT / "deploy" / "superset"
"""Dashboards as code, Superset's configuration and the lock of its environment."""

LOCK = DEPLOYMENT / "requirements.lock"
ASSETS = DEPLOYMENT / "assets"


@dataclass(frozen=True)
class Places:
    """Superset's directory of a home, private to its account, and the environment of its packages."""

    directory: Path
    environment: Path

    @classmethod
    def of(cls, settings: Settings) -> Places:
        """The places that the settings name; nothing is made."""
        directory = settings.home / "superset"
        return cls(directory, settings.superset_environment or directory / "environment")

    def make(self) -> None:
        """Make the directory, for this account only."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)

    @property
    def log(self) -> Path:
        """What the server and the setting up print."""
        return self.directory / "superset.log"

    def program(self, name: str) -> Path:
        """A program of Superset's environment."""
        return self.environment / "bin" / name

    def secret(self, name: str) -> Path:
        """The file of a secret."""
        return self.directory / name
