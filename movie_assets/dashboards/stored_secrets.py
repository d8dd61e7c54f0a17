"""Secrets that are made once and kept in files of one account."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from movie_assets.dashboards.errors import DashboardsError

_BYTES = 32


def kept_secret(path: Path) -> str:
    """The secret in the file, which is made, readable for its account only, where it is missing.

    Of several processes that make it at once one wins, and all get its secret. Raises DashboardsError when the file
    cannot be read or written, or is empty.
    """
    try:
        if not path.exists():
            _make(path)
        path.chmod(0o600)
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DashboardsError(f"the secret {path} cannot be used: {error}. Make it readable, or remove it.") from error
    if not secret:
        raise DashboardsError(f"the secret {path} is empty. Remove the file, and a new one is made.")
    return secret


def _make(path: Path) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_urlsafe(_BYTES)}\n")
        try:
            # Unlike a renaming, a link does not take the place of one that another process has made meanwhile.
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        Path(temporary).unlink()
