"""What can go wrong with backups."""

from __future__ import annotations

from movie_assets.errors import MovieAssetsError


class BackupError(MovieAssetsError):
    """A backup cannot be taken or restored; what was stored before is as it was."""


class DamagedBackupError(BackupError):
    """The files of a backup are not what its manifest says."""
