"""The secrets of a deployment as files: made once, never shown, one file for each.

Compose mounts each file into the containers that need it, with the owner and mode that it has on the host. Accounts
differ from container to container, so the files are readable for all, in a directory that only its owner may enter.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import bcrypt

from movie_assets.errors import MovieAssetsError

GENERATED = (
    "postgres_password",
    "movie_assets_password",
    "replication_password",
    "monitor_password",
    "superset_secret_key",
    "superset_warehouse_password",
    "superset_metadata_password",
    "superset_analyst_password",
    "superset_admin_password",
    "grafana_admin_password",
)
"""Made at random; nobody needs to know them but the containers."""

OPTIONAL = ("tmdb_api_token", "notify_webhook")
"""Filled in by a person; made empty, because Compose refuses to mount what is not there."""

LOGINS = "proxy_users"
"""The proxy's accounts, as a section `userlist` of HAProxy's configuration."""

CLEAR = "logins"
"""Directory of the passwords that people type, which no container sees."""

_MADE, _FILLED_IN = 0o444, 0o644
_BYTES = 32
_LOGIN_BYTES = 18
_ROUNDS = 5
"""bcrypt's cost. The proxy computes a hash for every request, and the passwords are random."""

_NAME = re.compile(r"[a-z][a-z0-9._-]{0,31}")


def make_secrets(directory: Path, login: str, say: Callable[[str], None]) -> None:
    """Make every secret that is missing and a login for the proxy; what is there is left as it is.

    `say` is told the names of what was made, and never a value. Raises MovieAssetsError when a file cannot be read or
    written or is empty, or when `login` is no name.
    """
    if not _NAME.fullmatch(login):
        raise MovieAssetsError(f"{login!r} is no name for a login: small letters, digits, and . _ - after the first.")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)
        made = [name for name in GENERATED if _made(directory / name, lambda: secrets.token_urlsafe(_BYTES))]
        made += [name for name in OPTIONAL if _made(directory / name, str)]
        if _add_login(directory, login):
            say(f"Login {login} for the proxy: its password is in {directory / CLEAR / login}.")
            made.append(LOGINS)
        for name in (*GENERATED, *OPTIONAL, LOGINS):
            (directory / name).chmod(_FILLED_IN if name in OPTIONAL else _MADE)
            if name not in OPTIONAL and not (directory / name).read_text(encoding="utf-8").strip():
                raise MovieAssetsError(f"{directory / name} is empty. Remove the file, and a new one is made.")
    except (OSError, UnicodeDecodeError) as error:
        raise MovieAssetsError(f"the secrets in {directory} cannot be made: {error}.") from error
    say(f"Made in {directory}: {', '.join(made)}." if made else f"Every secret is in {directory}; nothing was changed.")


def _made(path: Path, value: Callable[[], str]) -> bool:
    if path.exists():
        return False
    _write(path, value(), _MADE)
    return True


def _add_login(directory: Path, login: str) -> bool:
    users = directory / LOGINS
    stored = users.read_text(encoding="utf-8") if users.exists() else "userlist people\n"
    # An empty file is no userlist that a login could be added to, and is told of with the other empty ones.
    if not stored.strip() or re.search(rf"^\s*user {re.escape(login)}\s", stored, re.MULTILINE):
        return False
    password = secrets.token_urlsafe(_LOGIN_BYTES)
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(_ROUNDS)).decode()
    clear = directory / CLEAR
    clear.mkdir(mode=0o700, exist_ok=True)
    _write(clear / login, password, 0o400)
    _write(users, f"{stored}    user {login} password {hashed}\n", _MADE)
    return True


def _write(path: Path, content: str, mode: int) -> None:
    # Whole or not at all: a container that reads half a password would store it.
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
    temporary.replace(path)
