"""Where the embedded server's files lie.

Normally everything is in `home/postgres`. When root runs the platform and the unprivileged account of the server
cannot reach that directory (a home below /root, or made by `mktemp -d`), the cluster is kept below
/var/lib/movie_assets instead. `home/postgres/location.json` records the choice once for all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from movie_assets.warehouse.embedded_account import Account, can_enter
from movie_assets.warehouse.embedded_errors import EmbeddedServerError

logger = logging.getLogger(__name__)

PORT = 5432
"""Names the socket file; nothing listens on TCP."""

_SHARED_ROOT = Path("/var/lib/movie_assets")
_SOCKET_PATH_LIMIT = 107
_OTHERS = 0o077
_PASSING = 0o011
_UNQUOTABLE = frozenset('"$`\\')


@dataclass(frozen=True)
class Layout:
    """Where things lie: `directory` is `home/postgres` with the locks, `cluster` holds data, socket and log."""

    directory: Path
    cluster: Path
    socket_directory: Path
    note: str

    @property
    def data(self) -> Path:
        return self.cluster / "data"

    @property
    def log(self) -> Path:
        return self.cluster / "server.log"

    @property
    def pinned(self) -> Path:
        """Exists while the server stays up without users."""
        return self.directory / "pinned"

    @property
    def starting(self) -> Path:
        """Exists while pg_ctl starts the server; outlives a starter that was killed."""
        return self.directory / "starting"


def read_layout(home: Path) -> Layout | None:
    """What an earlier start recorded; None when there was none.

    Raises:
        EmbeddedServerError: the record cannot be read, or was made for another home.
    """
    directory = home / "postgres"
    record = directory / "location.json"
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        cluster, socket_directory, note = content["cluster"], Path(content["socket_directory"]), content["note"]
        recorded_home = content["home"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmbeddedServerError(
            f"cannot read {record}, which records where the embedded PostgreSQL server keeps its data ({error}). "
            f"Run as the owner of {directory}; if the file is damaged, restore it or set MOVIE_ASSETS_HOME elsewhere."
        ) from error
    if cluster is not None and recorded_home != str(home):
        raise EmbeddedServerError(
            f"{record} was made for {recorded_home}, whose database cluster lies in {cluster}; this is {home}. "
            f'If the directory was moved, change "home" in that file; if it was copied, remove the file from the copy.'
        )
    if cluster is None and recorded_home != str(home):
        # Moved or copied: the record speaks of the socket of the original, behind which the original may answer.
        socket_directory, note = directory / "socket", _note_in_place(directory)
    return Layout(directory, directory if cluster is None else Path(cluster), socket_directory, note)


def _note_in_place(directory: Path) -> str:
    return f"The database cluster lies in {directory}."


def choose_layout(home: Path, account: Account) -> Layout:
    """The recorded layout, or a new one; either way its directories exist afterwards and the record is up to date.

    Raises:
        EmbeddedServerError: the account of the server cannot reach the cluster, a directory is not ours to use, or
            PostgreSQL's tools do not understand its name.
    """
    recorded = read_layout(home)
    directory = home / "postgres"
    if recorded is not None:
        cluster, note = recorded.cluster, recorded.note
    elif (directory / "data").exists() or can_enter(account, directory):
        cluster, note = directory, _note_in_place(directory)
    else:
        # Not the digest alone: a home that was removed and made again under its name must not find its old data.
        cluster = shared_root(account) / f"{_digest(home)}-{secrets.token_hex(4)}"
        note = (
            f"The database cluster lies in {cluster}: the platform was started by root, PostgreSQL refuses to run as "
            f"root, and the account {account.name} that runs it cannot reach {directory}."
        )
        logger.warning(note)
    refuse_unquotable(cluster)
    make_directories(cluster, _mode_of_ours())
    if not can_enter(account, cluster):
        raise EmbeddedServerError(
            f"the account {account.name} cannot reach {cluster}, where the embedded PostgreSQL server keeps its data. "
            "Give back the permission to pass through the directories above it."
        )
    layout = Layout(directory, cluster, _socket_directory(cluster, account), note)
    _record(home, layout)
    return layout


def refuse_unquotable(path: Path) -> None:
    """pg_ctl hands paths to a shell between double quotes and escapes nothing in them.

    Raises:
        EmbeddedServerError: the path has a character that the shell would interpret.
    """
    if _UNQUOTABLE & set(str(path)):
        raise EmbeddedServerError(
            f"the embedded PostgreSQL server cannot run with the path {path}: PostgreSQL's own tools mistake a double "
            "quote, dollar sign, backquote or backslash in it. Set MOVIE_ASSETS_HOME to a path without these."
        )


def _record(home: Path, layout: Layout) -> None:
    if layout.cluster != layout.directory:
        # The name of the cluster tells nobody whose it is, and a home that is deleted leaves it behind.
        (layout.cluster / "home.txt").write_text(f"{home}\n", encoding="utf-8")
    content = {
        "home": str(home),
        "cluster": None if layout.cluster == layout.directory else str(layout.cluster),
        "socket_directory": str(layout.socket_directory),
        "note": layout.note,
    }
    unfinished = layout.directory / "location.json.new"
    unfinished.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.replace(layout.directory / "location.json")


def make_home(home: Path) -> None:
    """Create `home/postgres` and what is missing above it."""
    make_directories(home / "postgres", _mode_of_ours())


def _mode_of_ours() -> int:
    """Under root, the server's account must pass through our directories on the way to its data."""
    return 0o711 if os.geteuid() == 0 else 0o700


def make_directories(path: Path, mode: int) -> None:
    """Create a directory with this mode, and missing parents with the same rights to pass.

    Each appears under its name only when its mode is right, whatever the umask: another process that looks at it
    meanwhile must not conclude that it is unreachable.
    """
    if path.is_dir():
        return
    _make_parents(path.parent, mode & _PASSING)
    _make_directory(path, lambda _: mode)


def _make_parents(path: Path, passing: int) -> None:
    if not path.is_dir():
        _make_parents(path.parent, passing)
        _make_directory(path, lambda given_by_umask: given_by_umask | passing)


def _make_directory(path: Path, mode: Callable[[int], int]) -> None:
    unfinished = path.with_name(f".{secrets.token_hex(8)}")
    unfinished.mkdir()
    unfinished.chmod(mode(stat.S_IMODE(unfinished.stat().st_mode)))
    appear(unfinished, path)


def appear(unfinished: Path, path: Path) -> None:
    """Rename a finished directory to its name, or remove it when somebody else's is there already."""
    try:
        unfinished.rename(path)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not path.is_dir():
            raise


def private_directory(path: Path, account: Account) -> None:
    """A directory with mode 0700 that belongs to the account, created when it is missing.

    Raises:
        EmbeddedServerError: it exists and belongs to somebody else or is open to others.
    """
    with contextlib.suppress(FileExistsError):
        path.mkdir(0o700)
        path.chmod(0o700)
        account.own(path)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & _OTHERS:
        raise EmbeddedServerError(
            f"{path} is not a private directory of {account.name} (mode 0700), so the embedded PostgreSQL server "
            "cannot put its socket there. Find out who made it, and remove it."
        )


def _socket_directory(cluster: Path, account: Account) -> Path:
    """Beside the data if the path fits into a socket address; else a short private one, named after the data."""
    beside = cluster / "socket"
    # libpq separates hosts by commas, SQLAlchemy takes what follows a colon for a port, PostgreSQL knows quotes.
    usable = not re.search(r"""[,:"'\\]""", str(beside))
    if usable and len(os.fsencode(beside / f".s.PGSQL.{PORT}")) <= _SOCKET_PATH_LIMIT:
        private_directory(beside, account)
        return beside
    return _first_usable(
        [parent / f"movie_assets-{_digest(cluster)}" for parent in _temporary_directories()],
        lambda path: private_directory(path, account),
        account,
    )


def remove_temporary_socket_directory(layout: Layout) -> None:
    """Leave nothing in the system's temporary directory while no server runs."""
    if not layout.socket_directory.is_relative_to(layout.cluster):
        with contextlib.suppress(OSError):
            layout.socket_directory.rmdir()


def shared_root(account: Account) -> Path:
    """A directory of root's that the account can reach, for clusters and programs that do not fit elsewhere."""
    return _first_usable(
        [_SHARED_ROOT, *(parent / "movie_assets" for parent in _temporary_directories())], _trusted_directory, account
    )


def _trusted_directory(path: Path) -> None:
    make_directories(path, 0o755)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise EmbeddedServerError(f"{path} exists, but others can write there. Find out who made it, and remove it.")


def _first_usable(candidates: list[Path], prepare: Callable[[Path], None], account: Account) -> Path:
    reasons = []
    for path in candidates:
        try:
            prepare(path)
        except (OSError, EmbeddedServerError) as error:
            reasons.append(str(error))
            continue
        if can_enter(account, path):
            return path
        reasons.append(f"{account.name} cannot reach {path}.")
    raise EmbeddedServerError(
        f"found no directory that {account.name} can reach for the embedded PostgreSQL server: {' '.join(reasons)} "
        "Set MOVIE_ASSETS_HOME to a shorter path that every account can pass through."
    )


def _temporary_directories() -> list[Path]:
    return list(dict.fromkeys([Path(tempfile.gettempdir()).resolve(), Path("/tmp"), Path("/var/tmp")]))  # noqa: S108


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
