"""The guardian of an embedded server: a small process of its own that stops the server when nobody uses it any more.

Every user of the server holds the users file locked together with the others, and the kernel drops the lock of one
who dies, even by SIGKILL. The guardian waits for the same lock alone, asleep in the kernel; so it wakes exactly when
the last user is gone. It then stops the server, unless that is pinned, and ends. A user who leaves properly stops
the server and dismisses the guardian itself, so that nothing is left behind; when the guardian was killed, only the
protection against killed users is lost until the next one comes and starts another.

The guardian's life shows in a lock on guardian.lock. The starter takes it and hands the descriptor on, so there is no
moment in which a guardian that was started is not seen. It gives up the lock while it holds the start lock: whoever
comes next either finds a guardian that still watches or starts another.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import psutil

from movie_assets.warehouse.embedded_errors import EmbeddedServerError
from movie_assets.warehouse.embedded_locks import FileLock
from movie_assets.warehouse.embedded_paths import Layout, read_layout, remove_temporary_socket_directory
from movie_assets.warehouse.embedded_process import await_interrupted_start, stop, wait_until_gone

logger = logging.getLogger(__name__)

_MODULE = "movie_assets.warehouse.guardian"
_DISMISSAL_SECONDS = 10.0

# The shell puts the guardian into the background and ends, so it becomes a child of init and no zombie of ours.
_DETACH = '"$@" </dev/null >/dev/null 2>>"$GUARDIAN_LOG" & echo $!'


def users_lock(directory: Path) -> FileLock:
    """Held shared by every process that uses the server."""
    return FileLock(directory / "users.lock")


def start_lock(directory: Path) -> FileLock:
    """Held alone by whoever starts or stops the server."""
    return FileLock(directory / "start.lock")


def _life_lock(directory: Path) -> FileLock:
    return FileLock(directory / "guardian.lock")


def ensure(directory: Path) -> None:
    """Start a guardian unless one watches already. Only for a user that holds the start lock.

    Raises:
        EmbeddedServerError: it cannot be started.
    """
    life = _life_lock(directory)
    if not life.try_exclusive():
        return
    try:
        os.ftruncate(life.fileno(), 0)
        os.write(life.fileno(), f"{_spawn(directory, life.fileno())}\n".encode())
    finally:
        life.close()


def _spawn(directory: Path, life: int) -> int:
    environment = os.environ | {
        "GUARDIAN_LOG": str(directory / "guardian.log"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(_import_root()), os.environ.get("PYTHONPATH")])),
    }
    command = ["/bin/sh", "-c", _DETACH, "sh", sys.executable, "-P", "-m", _MODULE, str(directory), str(life)]
    result = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        cwd="/",
        env=environment,
        pass_fds=[life],
        start_new_session=True,
        check=False,
        text=True,
    )
    if result.returncode != 0:
        raise EmbeddedServerError(
            f"could not start the guardian of the embedded PostgreSQL server in {directory}: /bin/sh ended with "
            f"{result.returncode}. Make sure that {sys.executable} runs, and try again."
        )
    return int(result.stdout)


def _import_root() -> Path:
    return Path(__file__).resolve().parents[2]


def dismiss(directory: Path) -> None:
    """End the guardian, if there is one, and wait until it is gone. Only for the holder of the start lock.

    Holding that lock means that the guardian is not in the middle of stopping the server.
    """
    life = _life_lock(directory)
    if life.try_exclusive():
        life.release()
        return
    try:
        process = psutil.Process(int((directory / "guardian.lock").read_text(encoding="ascii")))
        if {_MODULE, str(directory)} <= set(process.cmdline()):
            process.kill()
            wait_until_gone(process, _DISMISSAL_SECONDS)
    except (psutil.NoSuchProcess, ValueError):
        return


def unused(directory: Path) -> bool:
    """Whether no process uses the server. Only for the holder of the start lock, who must not be a user itself.

    Nobody but the guardian ever waits to hold the users file alone, and it gets to only when there is no user.
    """
    users = users_lock(directory)
    if users.try_exclusive():
        users.release()
        return True
    if users.try_shared():
        users.release()
        return False
    return True


def stop_server(layout: Layout, mode: str = "fast") -> bool:
    """Stop the server of this layout, if one runs or is about to. Only for the holder of the start lock.

    Raises:
        EmbeddedServerError: it does not stop.
    """
    await_interrupted_start(layout)
    stopped = stop(layout.data, mode)
    remove_temporary_socket_directory(layout)
    return stopped


def watch(directory: Path, life: int) -> None:
    """Sleep until the last user is gone, then stop the server unless it is pinned.

    The users file stays locked meanwhile: who arrives waits for the end of it and starts the server anew.
    """
    users, start = users_lock(directory), start_lock(directory)
    users.exclusive_whenever_free()
    start.exclusive_whenever_free()
    layout = read_layout(directory.parent)
    try:
        if layout is not None and not layout.pinned.exists():
            logger.warning("the last user of %s ended without leaving; stopping the server", directory)
            stop_server(layout)
    finally:
        os.close(life)
        start.release()
        users.release()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    watch(Path(sys.argv[1]), int(sys.argv[2]))
