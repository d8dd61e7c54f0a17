"""The postmaster: create its cluster, start it, recognise it, stop it."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from movie_assets.warehouse.embedded_account import Account, run_as
from movie_assets.warehouse.embedded_errors import EmbeddedServerError
from movie_assets.warehouse.embedded_paths import PORT, Layout, private_directory
from movie_assets.warehouse.embedded_programs import Programs
from movie_assets.warehouse.embedded_survivors import await_end_of_survivors

logger = logging.getLogger(__name__)

OWNER = "movie_owner"
"""The role that owns everything in the cluster: the one that initdb makes."""

_START_SECONDS = 120
_STOP_SECONDS = 120.0
_IMMEDIATE_STOP_SECONDS = 30.0
_LINGERING_SECONDS = 30.0
_POLL_SECONDS = 0.02
_LOG_LIMIT = 20_000_000
_TAIL_BYTES = 4_000
_SOCKET_LINE = 4
_STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}

# pg_trgm and the text search parser classify letters by LC_CTYPE: under C, "Ä" would be none.
_CTYPE = "UTF-8" if sys.platform == "darwin" else "C.UTF-8"

_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    # Nobody replicates this server, and loading a new table then needs no log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True)
class Postmaster:
    """The running server of a data directory."""

    process: psutil.Process
    started_at: datetime


def cluster_version(data: Path) -> str | None:
    """The major version that made the cluster; None when there is no cluster."""
    try:
        return (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def create_cluster(layout: Layout, account: Account, programs: Programs) -> None:
    """Make the cluster beside its final name and rename it: whoever finds it under its name finds all of it.

    Raises:
        EmbeddedServerError: initdb failed.
    """
    for leftover in layout.cluster.glob("data.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    unfinished = layout.cluster / f"data.new-{secrets.token_hex(4)}"
    private_directory(unfinished, account)
    logger.info("creating a PostgreSQL %s cluster in %s", programs.version, layout.data)
    try:
        result = run_as(account, _initdb(programs, unfinished))
        if result.returncode != 0:
            raise EmbeddedServerError(
                f"could not create a PostgreSQL cluster in {unfinished}. Make sure that the disk has 100 MB of room, "
                f"or set MOVIE_ASSETS_HOME elsewhere. initdb said:\n{result.stdout.strip()}"
            )
        unfinished.rename(layout.data)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _initdb(programs: Programs, data: Path) -> list[str | Path]:
    # Trust is safe here: the only way in is a socket in a directory with mode 0700 of the server's account.
    options = ["--username", OWNER, "--auth=trust", "--encoding=UTF8", "--no-instructions"]
    locale = ["--locale=C", f"--lc-ctype={_CTYPE}", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    settings = [word for name, value in _SETTINGS.items() for word in ("--set", f"{name}={value}")]
    return [programs.bin / "initdb", "--pgdata", data, *options, *locale, *settings]


def start(layout: Layout, account: Account, programs: Programs) -> None:
    """Start the postmaster and wait until it accepts connections.

    After a postmaster was killed, its last children hold the shared memory for some moments more; this is waited for.

    Raises:
        EmbeddedServerError: it did not start; the message ends with the end of the server's log.
    """
    await_end_of_survivors(layout.data)
    _remove_lock_files_of_the_dead(layout)
    _prepare_log(layout.log, account)
    deadline = time.monotonic() + _LINGERING_SECONDS
    before = layout.log.stat().st_size
    while (said := _start_once(layout, account, programs)) is not None:
        if "still in use" not in _log_from(layout.log, before) or time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"the embedded PostgreSQL server did not start in {layout.data} ({said}). Remove the cause named "
                f"below, or set MOVIE_ASSETS_HOME elsewhere. Its log {layout.log} ends:\n{log_tail(layout.log)}"
            )
        before = layout.log.stat().st_size
        time.sleep(0.2)
    logger.info("started PostgreSQL %s in %s", programs.version, layout.data)


def _start_once(layout: Layout, account: Account, programs: Programs) -> str | None:
    """None when the server runs, else what pg_ctl said."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(layout.socket_directory),
        "unix_socket_permissions": "0700",
        "port": str(PORT),
    }
    options = shlex.join(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))
    patience = ["-s", "-w", "-t", str(_START_SECONDS)]
    layout.starting.touch()
    result = run_as(
        account, [programs.bin / "pg_ctl", "start", "-D", layout.data, "-l", layout.log, "-o", options, *patience]
    )
    layout.starting.unlink()
    return None if result.returncode == 0 else result.stdout.strip()


def await_interrupted_start(layout: Layout) -> None:
    """Wait for a pg_ctl whose starter was killed: until it ends, a server may still come up.

    Only for the holder of the start lock.
    """
    if not layout.starting.exists():
        return
    for process in psutil.process_iter():
        if _is_pg_ctl_of(process, layout.data):
            wait_until_gone(process, _START_SECONDS)
    layout.starting.unlink(missing_ok=True)


def _is_pg_ctl_of(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name() == "pg_ctl" and str(data) in process.cmdline()
    except psutil.Error:
        return False


def find_postmaster(data: Path) -> Postmaster | None:
    """The running server of this data directory.

    Raises:
        EmbeddedServerError: the data directory is not ours to read.
    """
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        pid, started_at = int(lines[0]), datetime.fromtimestamp(int(lines[2]), UTC)
    except (FileNotFoundError, NotADirectoryError, ValueError, IndexError):
        return None
    except OSError as error:
        raise EmbeddedServerError(
            f"cannot look into {data}, where the embedded PostgreSQL server keeps its data ({error.strerror}). Run as "
            "the account that started the platform first, or set MOVIE_ASSETS_HOME to a directory of your own."
        ) from error
    process = _process(pid)
    return Postmaster(process, started_at) if process is not None and _serves(process, data) else None


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except (psutil.Error, ValueError):
        return None


def _is_postgres(process: psutil.Process) -> bool:
    try:
        return process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _serves(process: psutil.Process, data: Path) -> bool:
    """Whether the process is the server of this data directory, and not one that was given a dead one's number."""
    if not _is_postgres(process):
        return False
    try:
        try:
            return os.path.realpath(process.cwd()) == os.path.realpath(data)
        except psutil.AccessDenied:
            # Root without CAP_SYS_PTRACE, as in most containers, may read the command line of others but not this.
            return str(data) in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def _remove_lock_files_of_the_dead(layout: Layout) -> None:
    """Remove lock files that name a process which lives and is no PostgreSQL server of ours.

    PostgreSQL itself replaces those that name nobody; it cannot tell a stranger that inherited the number, or the
    server whose home ours was copied from.
    """
    socket_directory = os.path.realpath(layout.socket_directory)
    _unlink_if_taken_over(layout.data / "postmaster.pid", lambda process, _: _serves(process, layout.data))
    _unlink_if_taken_over(
        layout.socket_directory / f".s.PGSQL.{PORT}.lock",
        lambda process, lines: _is_postgres(process) and os.path.realpath(lines[_SOCKET_LINE]) == socket_directory,
    )


def _unlink_if_taken_over(lock_file: Path, is_owner: Callable[[psutil.Process, list[str]], bool]) -> None:
    try:
        lines = lock_file.read_text(encoding="utf-8", errors="replace").splitlines()
        process = _process(int(lines[0]))
        taken_over = process is not None and not is_owner(process, lines)
    except (FileNotFoundError, ValueError, IndexError):
        return
    if taken_over:
        logger.warning("removing %s: process %s is no server of ours", lock_file, lines[0])
        lock_file.unlink()


def stop(data: Path, mode: str = "fast") -> bool:
    """Stop the server of this data directory and wait until it is gone; True if there was one.

    A server that does not finish in time is stopped the hard way: it recovers from its write-ahead log at next start.

    Raises:
        EmbeddedServerError: the mode is unknown, or the server is not ours to stop, or it does not stop.
    """
    if mode not in _STOP_SIGNALS:
        raise EmbeddedServerError(f"no stop mode {mode!r} for {data}; choose one of {', '.join(_STOP_SIGNALS)}.")
    postmaster = find_postmaster(data)
    if postmaster is None:
        return False
    process = postmaster.process
    if not _signalled_away(process, _STOP_SIGNALS[mode], _STOP_SECONDS, data):
        logger.warning("PostgreSQL in %s did not stop in %.0f s (%s); stopping it now", data, _STOP_SECONDS, mode)
        if not _signalled_away(process, signal.SIGQUIT, _IMMEDIATE_STOP_SECONDS, data):
            raise EmbeddedServerError(
                f"the embedded PostgreSQL server of {data} (process {process.pid}) does not stop. End that process."
            )
    logger.info("stopped PostgreSQL in %s", data)
    return True


def _signalled_away(process: psutil.Process, number: signal.Signals, seconds: float, data: Path) -> bool:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied as error:
        raise EmbeddedServerError(
            f"not allowed to stop the embedded PostgreSQL server of {data} (process {process.pid}). Run as the account "
            "that started the platform."
        ) from error
    return wait_until_gone(process, seconds)


def wait_until_gone(process: psutil.Process, seconds: float) -> bool:
    """Wait for the end of a process. One that only waits for its parent to take notice counts as gone."""
    deadline = time.monotonic() + seconds
    while _is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _prepare_log(log: Path, account: Account) -> None:
    """Make the log file, for the account alone; a large one makes room for a new one."""
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_name(f"{log.name}.1"))
    with contextlib.suppress(FileExistsError):
        os.close(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        account.own(log)


def log_tail(log: Path) -> str:
    """The end of the server's log."""
    return _log_from(log, -_TAIL_BYTES).strip()


def _log_from(log: Path, offset: int) -> str:
    try:
        with log.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(offset if offset >= 0 else max(0, end + offset))
            return file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
