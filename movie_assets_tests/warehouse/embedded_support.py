"""Processes that use an embedded server, and ways to look at what they leave behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import signal, sys
from pathlib import Path
# A shell starts commands in the background deaf to Ctrl-C, and these tests may be such a command's children.
signal.signal(signal.SIGINT, signal.default_int_handler)
from movie_assets.warehouse.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])) as server:
    print(server.status().pid, flush=True)
    sys.stdin.read()
"""


class User:
    """A process that runs a snippet, by default: use the server of `home` until its standard input ends."""

    def __init__(self, home: Path, *arguments: str, code: str = HOLD, cwd: Path = ROOT, **options: Any) -> None:
        python = options.pop("python", sys.executable)
        self.process = subprocess.Popen(
            [python, "-c", code, str(home), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | options.pop("env", {}),
            **options,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def line(self) -> str:
        """The next line it prints: by default the postmaster's process id, once the server runs."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip() or self._failure()

    def _failure(self) -> str:
        raise AssertionError(f"the process ended: {self.process.communicate()[1]}")

    def leave(self) -> None:
        """Let it end by itself, which must go well."""
        _, errors = self.process.communicate(timeout=120)
        assert self.process.returncode == 0, errors

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def eventually(condition: Callable[[], Any], seconds: float = 60) -> bool:
    """Whether the condition comes true; generous, because the machine may be busy."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    """Whether a process lives; one that only waits for its parent to take notice does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def processes_naming(path: Path) -> list[str]:
    """The command lines of live processes that name the path: users, guardians, postmasters."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            if process.pid != os.getpid() and str(path) in "\n".join(words):
                found.append(" ".join(words))
    return found


def guardian_pid(home: Path) -> int:
    return int((home / "postgres" / "guardian.lock").read_text())


def kill_everything_naming(path: Path) -> None:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and str(path) in "\n".join(process.cmdline()):
                process.send_signal(signal.SIGKILL)
