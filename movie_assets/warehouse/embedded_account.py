"""Which system account runs the embedded server, and how programs are run under it.

PostgreSQL refuses to run as root. Root therefore runs it as an account that exists already and has no privileges;
anybody else runs it as themselves. No account is created, and no permission of a foreign directory is changed.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from movie_assets.warehouse.embedded_errors import EmbeddedServerError

_DEFAULT_ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A system account. `foreign` says that it is not the account of this process."""

    name: str
    uid: int
    gid: int

    @property
    def foreign(self) -> bool:
        return self.uid != os.geteuid()

    def own(self, path: Path) -> None:
        """Give a file or directory that this process created to the account."""
        if self.foreign:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def server_account(user: str | None, data: Path) -> Account:
    """The account that runs the server whose cluster lies, or will lie, in `data`.

    Raises:
        EmbeddedServerError: the account is unknown or is root, or the cluster belongs to another account.
    """
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() == 0:
        return _account_for_root(user, owner, data)
    if owner is not None and owner != os.geteuid():
        raise EmbeddedServerError(
            f"the database cluster {data} belongs to {_name(owner)}, and this process runs as {_name(os.geteuid())}. "
            f"Run as {_name(owner)} or root, or set MOVIE_ASSETS_HOME to a directory of your own."
        )
    return Account(_name(os.geteuid()), os.geteuid(), os.getegid())


def _account_for_root(user: str | None, owner: int | None, data: Path) -> Account:
    wanted = _lookup(user) if user is not None else None
    if owner is None:
        return wanted or _default_account()
    if wanted is not None and wanted.uid != owner:
        raise EmbeddedServerError(
            f"the database cluster {data} belongs to {_name(owner)}, not to {wanted.name}. Set "
            f"MOVIE_ASSETS_EMBEDDED_USER={_name(owner)}, or leave it unset."
        )
    return Account(_name(owner), owner, pwd.getpwuid(owner).pw_gid if _known(owner) else owner)


def _lookup(user: str) -> Account:
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise EmbeddedServerError(
            f"there is no system account {user!r} to run the embedded PostgreSQL server as (looked in the system's "
            "account database). Set MOVIE_ASSETS_EMBEDDED_USER to an account that exists, or leave it unset."
        ) from None
    if entry.pw_uid == 0:
        raise EmbeddedServerError(
            f"PostgreSQL refuses to run as {user!r}, which is root. Set MOVIE_ASSETS_EMBEDDED_USER to an account "
            "without privileges, or leave it unset."
        )
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _default_account() -> Account:
    for name in _DEFAULT_ACCOUNTS:
        if name in {entry.pw_name for entry in pwd.getpwall()}:
            return _lookup(name)
    raise EmbeddedServerError(
        "PostgreSQL refuses to run as root, and this system has neither an account `postgres` nor `nobody`. Set "
        "MOVIE_ASSETS_EMBEDDED_USER to an account without privileges, or run as a normal user."
    )


def _known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _name(uid: int) -> str:
    return pwd.getpwuid(uid).pw_name if _known(uid) else f"user id {uid}"


def run_as(account: Account, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run a program as the account and return what it printed, errors included.

    The program gets a session of its own, so Ctrl-C in the terminal reaches us and not it; when this process is
    interrupted meanwhile, the program is waited for: half a start or half a stop would be worse than a moment's delay.
    The working directory is `/`, because the account may not be able to read ours.
    """
    identity: dict[str, Any] = (
        {"user": account.uid, "group": account.gid, "extra_groups": []} if account.foreign else {}
    )
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        cwd="/",
        env=_environment(),
        umask=0o077,
        start_new_session=True,
        **identity,
    ) as process:
        try:
            output, _ = process.communicate()
        finally:
            process.wait()
    return subprocess.CompletedProcess(command, process.returncode, output)


def can_enter(account: Account, directory: Path) -> bool:
    """Whether the account can reach the directory, tried by going there."""
    return run_as(account, ["/bin/sh", "-c", 'cd "$1"', "sh", directory]).returncode == 0


def _environment() -> dict[str, str]:
    # PGDATA, PGPORT and their like would redirect the programs; their messages are matched, so they stay English.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return environment | {"LC_ALL": "C"}
