"""The command line and the running platform as processes, and ways to look at them from outside."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import psutil
import requests

from movie_assets.settings import PROJECT_ROOT
from movie_assets.warehouse.embedded import EmbeddedServer

BRANDS_CSV = PROJECT_ROOT / "data" / "brands.csv"
FILMS = PROJECT_ROOT / "data" / "sample_films.jsonl.gz"
PATIENCE_SECONDS = 120.0
COMMAND_SECONDS = 600.0
"""A whole refresh on a busy machine takes minutes."""

T = TypeVar("T")


def eventually(look: Callable[[], T], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """What `look` returns once that is true; AssertionError when it stays false."""
    deadline = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        if found := look():
            return found
        looked = time.monotonic()
        if looked > deadline:
            raise AssertionError(f"{what}: not within {seconds:.0f} s")
        # To look is work for the platform, which is what is waited for: that takes a quarter of the time at most.
        time.sleep(min(1.0, max(0.05, 3 * (looked - began))))


@contextmanager
def place_for_all() -> Iterator[Path]:
    """A directory that the embedded server's account can pass through, unlike pytest's own; nothing outlives it."""
    path = Path(tempfile.mkdtemp(prefix="movie-assets-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        for process in processes_of(path):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        shutil.rmtree(path, ignore_errors=True)


def environment(home: Path, **settings: object) -> dict[str, str]:
    """This process's environment without any setting of the machine, with the home and the given settings."""
    foreign = ("MOVIE_ASSETS_", "TMDB_", "DAGSTER_", "PG", "VIRTUAL_ENV", "COLUMNS", "FORCE_COLOR")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    given = {name: str(value) for name, value in settings.items()}
    return (
        clean
        | {
            "MOVIE_ASSETS_HOME": str(home),
            "MOVIE_ASSETS_PORT": "0",
            "MOVIE_ASSETS_ENV_FILE": os.devnull,
        }
        | given
    )


class CommandLine:
    """`movie-assets` on one home, started as a person would start it."""

    def __init__(self, home: Path, cwd: Path, **settings: object) -> None:
        self.home = home
        self.cwd = cwd
        self.program = [str(Path(sys.executable).with_name("movie-assets"))]
        self.environment = environment(home, PYTHONPATH=PROJECT_ROOT, **settings)

    def with_settings(self, **settings: object) -> Self:
        """The same with more settings."""
        other = type(self).__new__(type(self))
        other.home, other.cwd, other.program = self.home, self.cwd, self.program
        other.environment = self.environment | {name: str(value) for name, value in settings.items()}
        return other

    def start(self, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        """Start a command; its output is text, in pipes unless the options say otherwise."""
        return self.start_program([*self.program, *arguments], **options)

    def start_program(self, words: Sequence[str | Path], **options: Any) -> subprocess.Popen[str]:
        """Start another program as `start` starts this one."""
        usual = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": self.environment, "cwd": self.cwd}
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, encoding="utf-8", **{**usual, **options})

    def __call__(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return ended(self.start(*arguments))


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """The outcome of a command that ends by itself."""
    try:
        stdout, stderr = process.communicate(timeout=COMMAND_SECONDS)
    finally:
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def processes_of(home: Path) -> list[psutil.Process]:
    """The live processes that name the home in their arguments or their environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = [*process.cmdline(), *process.environ().values()]
            if process.pid != os.getpid() and str(home) in "\n".join(words) and alive(process):
                found.append(process)
    return found


def alive(process: psutil.Process) -> bool:
    """Whether a process lives; one that only waits for its parent to take notice does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Platform:
    """`movie-assets up` as a process at the head of its own process group, like a command in a terminal."""

    def __init__(self, command: CommandLine, log: Path, starting: Sequence[str] | None = None, **options: Any) -> None:
        self.home = command.home
        self.log = log
        words = starting or [*command.program, "up"]
        with log.open("wb") as file:
            self.process = command.start_program(words, stdout=file, stderr=file, start_new_session=True, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            self.process.wait()
            for process in processes_of(self.home):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(encoding="utf-8")

    def ready(self) -> Self:
        """Wait until it says that it is up."""

        def said() -> bool:
            assert self.process.poll() is None, self.output
            return "The platform is up: " in self.output

        eventually(said, "the platform is up")
        return self

    @property
    def url(self) -> str:
        """Where it says the UI is."""
        return re.findall(r"The platform is up: (\S+)", self.output)[0]

    def ctrl_c(self) -> int:
        """What a terminal does on Ctrl-C: SIGINT to the whole process group; returns the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE_SECONDS)

    def child(self, word: str) -> psutil.Process | None:
        """The server whose command line has the word; None while there is none."""
        for process in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if any(word in argument for argument in process.cmdline()) and alive(process):
                    return process
        return None

    def family(self) -> list[psutil.Process]:
        """Every process that is there because of this platform, the embedded server and its guardian included."""
        parent = psutil.Process(self.process.pid)
        family = {parent, *parent.children(recursive=True), *processes_of(self.home)}
        status = EmbeddedServer(self.home).status()
        guardian = int((self.home / "postgres" / "guardian.lock").read_text(encoding="ascii"))
        assert status.pid is not None
        postmaster = psutil.Process(status.pid)
        return [*{*family, postmaster, *postmaster.children(), psutil.Process(guardian)}]

    def ask(self, query: str) -> dict[str, Any]:
        """The data that the webserver's GraphQL answers; AssertionError when it answers errors."""
        answer = requests.post(f"{self.url}/graphql", json={"query": query}, timeout=60)
        assert answer.ok, answer.text
        body = answer.json()
        assert "errors" not in body, body
        return body["data"]

    def runs(self) -> list[dict[str, Any]]:
        """The runs, oldest first."""
        data = self.ask("{runsOrError {... on Runs {results {runId status jobName tags {key value}}}}}")
        return data["runsOrError"]["results"][::-1]

    def ticks(self, name: str = "brand_file_changes") -> list[dict[str, Any]]:
        """The sensor's ticks, newest first."""
        # The way in which the UI's lists ask, which finds only ticks of the sensor at its present address.
        data = self.ask(
            '{sensorsOrError(repositorySelector: {repositoryName: "__repository__", repositoryLocationName: '
            '"movie_assets"}) {... on Sensors {results {name sensorState {ticks(limit: 1000) {status skipReason '
            "timestamp runIds}}}}}}"
        )
        (sensor,) = [found for found in data["sensorsOrError"]["results"] if found["name"] == name]
        return sensor["sensorState"]["ticks"]
