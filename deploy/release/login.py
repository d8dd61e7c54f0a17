"""Logging in to a registry for as long as it takes, without leaving anything behind."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.release.errors import ReleaseError
from deploy.release.running import output
from deploy.release.settings import ReleaseSettings

# What Docker's settings say about logins; a login of ours must reach no store of the person's.
_LOGINS = {"auths", "credsStore", "credHelpers"}


@contextmanager
def logged_in(settings: ReleaseSettings, registry: str) -> Iterator[Mapping[str, str]]:
    """The environment in which Docker's client is logged in to `registry`.

    With `registry_user` the login is made from `registry_password_file`, in a directory that is gone afterwards;
    otherwise it is the one that Docker has. Raises ReleaseError if half of it is missing or the registry refuses it.
    """
    user, file = settings.registry_user, settings.registry_password_file
    if user is None and file is None:
        yield {}
        return
    if user is None or file is None:
        raise ReleaseError("A login takes both MOVIE_ASSETS_REGISTRY_USER and MOVIE_ASSETS_REGISTRY_PASSWORD_FILE.")
    try:
        password = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(f"MOVIE_ASSETS_REGISTRY_PASSWORD_FILE: {file} cannot be read as text.") from error
    if not password:
        raise ReleaseError(f"MOVIE_ASSETS_REGISTRY_PASSWORD_FILE: {file} is empty.")
    with tempfile.TemporaryDirectory(prefix="movie-assets-login-") as directory:
        _without_logins(settings.docker_config, Path(directory))
        environment = {"DOCKER_CONFIG": directory}
        host = registry.split("/", 1)[0]
        output([*settings.docker, "login", "--username", user, "--password-stdin", host], environment, password)
        yield environment


def _without_logins(existing: Path, directory: Path) -> None:
    """Docker's settings, contexts and plugins as they are, less the logins."""
    for entry in existing.iterdir() if existing.is_dir() else ():
        if entry.name != "config.json":
            (directory / entry.name).symlink_to(entry.resolve())
    config = existing / "config.json"
    if config.is_file():
        kept = {key: value for key, value in json.loads(config.read_text("utf-8")).items() if key not in _LOGINS}
        (directory / "config.json").write_text(json.dumps(kept), encoding="utf-8")
