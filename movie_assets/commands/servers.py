"""The platform's long-running processes: code server, webserver and daemon, kept alive until told to stop.

The processes are children in sessions of their own, so that Ctrl-C reaches only this one, which then stops them in
order. One that dies is started again, a little later each time.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import BinaryIO

import psutil
import yaml

from movie_assets.commands.binding import free_port, is_loopback, require_free_port, require_local
from movie_assets.commands.database_watch import DatabaseWatch
from movie_assets.commands.instance import dagster_environment
from movie_assets.commands.runtime import runtime_directory
from movie_assets.errors import MovieAssetsError
from movie_assets.settings import PROJECT_ROOT, Settings

STOP_PATIENCE_SECONDS = 10.0
READY_PATIENCE_SECONDS = 120.0
LONGEST_PAUSE_SECONDS = 30.0


@dataclass(frozen=True)
class Running:
    """A platform that is up: its supervising process and where the UI is."""

    pid: int
    url: str


@dataclass
class _Server:
    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    start_at: float = field(default=0.0)


def running(settings: Settings) -> Running | None:
    """The platform that is up on this home; None when there is none."""
    path = _state_file(settings)
    try:
        with path.open("rb") as file:
            try:
                # Shared: two who look at once must not take each other for a platform.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                state = json.loads(file.read() or b"{}")
                return Running(int(state.get("pid", 0)), str(state.get("url", "")))
    except FileNotFoundError:
        pass
    return None


def stop(settings: Settings) -> bool:
    """Ask the platform that is up on this home to stop and wait for it; False when none was up."""
    found = running(settings)
    if found is None:
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(found.pid)
        process.terminate()
        if not _ended(process, STOP_PATIENCE_SECONDS * 3):
            process.kill()
            _ended(process, STOP_PATIENCE_SECONDS)
    return True


def _ended(process: psutil.Process, seconds: float) -> bool:
    """Whether the process ends within that time; one whose parent has not taken notice yet has ended too."""
    deadline = time.monotonic() + seconds
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True


def serve(settings: Settings, *, say: Callable[[str], None], keep_up: Callable[[], bool]) -> None:
    """Run the platform until SIGINT or SIGTERM; every process it started is gone when this returns.

    `keep_up` starts PostgreSQL anew if it died, and returns whether it had. Raises MovieAssetsError when it is up
    already, the host is not this machine's own, the port is taken, or the UI does not come up.
    """
    require_local(settings)
    if not is_loopback(settings.host):
        say(f"The UI has no login and will be reachable on {settings.host} for everyone who can reach this machine.")
    with _only_one(settings) as state, _stop_signals() as stopping:
        port = settings.port or free_port(settings.host)
        require_free_port(settings.host, port)
        url = f"http://{settings.host}:{port}"
        code_socket = runtime_directory(settings.home) / "code.sock"
        # One that a killed platform left would look like a code server that is ready.
        code_socket.unlink(missing_ok=True)
        servers = _servers(settings, code_socket, port)
        environment = {**os.environ, **dagster_environment(settings)}
        try:
            code_server, *clients = servers
            _start(code_server, environment)
            _write_state(state, url)
            # The others would report an unreachable code location until it answers.
            _wait_until(code_socket.exists, servers, stopping, "code server")
            for server in clients:
                _start(server, environment)
            _wait_until(lambda: _answers(url), servers, stopping, "UI")
            if not stopping.is_set():
                say(f"The platform is up: {url} (logs in {settings.home / 'logs'}). Ctrl-C stops it.")
            database = DatabaseWatch(keep_up, say)
            while not stopping.wait(0.5):
                database.look()
                _revive(servers, environment, say)
        finally:
            try:
                say("Stopping.")
            finally:
                # The terminal may be gone.
                _stop_all(servers)


@contextlib.contextmanager
def _only_one(settings: Settings) -> Iterator[Path]:
    path = _state_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if not _locked_soon(file):
            found = running(settings)
            raise MovieAssetsError(
                f"The platform of {settings.home} is up already"
                + (f" at {found.url} (pid {found.pid})" if found and found.url else "")
                + ". Stop it with `movie-assets down`, or set MOVIE_ASSETS_HOME and MOVIE_ASSETS_PORT for a second one."
            )
        # What an earlier platform wrote names a process that may be anybody's by now.
        _write_state(path, "")
        yield path


def _locked_soon(file: BinaryIO, attempts: int = 5) -> bool:
    # `running` holds the lock for an instant, which must not look like a second platform.
    for _ in range(attempts):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.05)
    return False


@contextlib.contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    stopping = threading.Event()

    def stop_now(_: int, __: FrameType | None) -> None:
        stopping.set()

    previous = {number: signal.signal(number, stop_now) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield stopping
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _servers(settings: Settings, code_socket: Path, port: int) -> list[_Server]:
    workspace = code_socket.with_name("workspace.yaml")
    workspace.write_text(
        yaml.safe_dump({"load_from": [{"grpc_server": {"socket": str(code_socket), "location_name": "movie_assets"}}]})
    )
    logs = settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    level = settings.log_level
    code_server = ["movie_assets.commands.code_server", "--socket", str(code_socket), level]
    webserver = ["dagster_webserver", "--host", settings.host, "--port", str(port), "--workspace", str(workspace)]
    webserver += ["--log-level", level, "--dagster-log-level", level]
    daemon = ["movie_assets.commands.daemon", "run", "--workspace", str(workspace), "--log-level", level]
    return [
        _Server(name, _tied_to_us(["-m", *arguments]), logs / f"{name}.log")
        for name, arguments in (("code-server", code_server), ("webserver", webserver), ("daemon", daemon))
    ]


def _tied_to_us(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "movie_assets.commands.child", str(os.getpid()), sys.executable, *arguments]


def _start(server: _Server, environment: dict[str, str]) -> None:
    with server.log.open("ab") as log:
        server.process = subprocess.Popen(
            server.command,
            env=environment,
            cwd=PROJECT_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _revive(servers: list[_Server], environment: dict[str, str], say: Callable[[str], None]) -> None:
    now = time.monotonic()
    for server in servers:
        if server.process is not None and server.process.poll() is not None:
            say(f"The {server.name} ended with {server.process.returncode}; it is started again (see {server.log}).")
            _end_session(server.process.pid)
            server.process = None
            server.start_at = now + min(2.0**server.deaths, LONGEST_PAUSE_SECONDS)
            server.deaths += 1
        if server.process is None and now >= server.start_at:
            _start(server, environment)


def _wait_until(ready: Callable[[], bool], servers: list[_Server], stopping: threading.Event, what: str) -> None:
    deadline = time.monotonic() + READY_PATIENCE_SECONDS
    while not stopping.is_set() and not ready():
        for server in servers:
            if server.process is not None and server.process.poll() is not None:
                raise MovieAssetsError(f"The {server.name} did not start. {server.log} ends:\n{_tail(server.log)}")
        if time.monotonic() >= deadline:
            raise MovieAssetsError(f"The {what} did not answer within {READY_PATIENCE_SECONDS:.0f} s; see the logs.")
        stopping.wait(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/server_info", timeout=2):  # noqa: S310 - our own server
            return True
    except (urllib.error.URLError, OSError):
        return False


def _stop_all(servers: list[_Server]) -> None:
    started = [server.process for server in servers if server.process is not None]
    everyone = [process for parent in started for process in _family(parent.pid)]
    for process in started:
        process.terminate()
    deadline = time.monotonic() + STOP_PATIENCE_SECONDS
    for process in started:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    for process in started:
        _end_session(process.pid)
        process.wait()
    # Runs are processes in the code server's session, unless they made one of their own.
    for survivor in everyone:
        with contextlib.suppress(psutil.NoSuchProcess):
            survivor.kill()
    psutil.wait_procs(everyone, timeout=STOP_PATIENCE_SECONDS)


def _family(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _end_session(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _state_file(settings: Settings) -> Path:
    return settings.home / "up.json"


def _write_state(path: Path, url: str) -> None:
    # Written in place: the lock is on this very file.
    path.write_text(json.dumps({"pid": os.getpid(), "url": url}))


def _tail(log: Path, lines: int = 20) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
