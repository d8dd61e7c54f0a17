"""Where the platform keeps what only its own processes need: the code server's socket and the workspace file.

The place is the same at every start. Dagster takes a code server at another address for another one: the UI would not
show the ticks of an earlier start any more, and nobody could tell which runs died with the last one.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from movie_assets.errors import MovieAssetsError

_SOCKET_PATH_LIMIT = 107
_LONGEST_NAME = "workspace.yaml"
_OTHERS = 0o077


def runtime_directory(home: Path) -> Path:
    """A directory for this user alone, in `home`, or in the system's temporary one when sockets cannot lie so deep.

    Raises MovieAssetsError when it cannot be made or belongs to somebody else.
    """
    directory = home / "run"
    if len(os.fsencode(directory / _LONGEST_NAME)) > _SOCKET_PATH_LIMIT:
        digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        directory = Path(tempfile.gettempdir()) / f"movie-assets-{os.geteuid()}-{digest}"
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        found = directory.lstat()
    except OSError as error:
        raise MovieAssetsError(
            f"{directory} cannot be made ({error.strerror}). Set MOVIE_ASSETS_HOME to a directory of yours."
        ) from error
    # Root may run the platform on anybody's home.
    ours = stat.S_ISDIR(found.st_mode) and not found.st_mode & _OTHERS and os.geteuid() in {found.st_uid, 0}
    if not ours:
        raise MovieAssetsError(
            f"{directory} is not a directory for you alone. Remove it, or set MOVIE_ASSETS_HOME to another directory."
        )
    return directory
