"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from movie_assets.errors import MovieAssetsError


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new one.

    Raises MovieAssetsError when the directory cannot be written.
    """
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.absolute().parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
        # A temporary file is private; this one gets the permissions that any new file of this user has.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        raise MovieAssetsError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
