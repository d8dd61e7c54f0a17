"""A Docker engine for tests: the one that DOCKER_HOST names, or one that is started for them on data of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

INSTALL = "apt-get install docker.io mmdebstrap"
PLACE = Path(tempfile.gettempdir()) / "movie-assets-engine"
"""Where an engine of the tests keeps its data, so that a second run finds the images of the first."""

_START_SECONDS = 60.0
_CLIENTS = ("/usr/bin/docker", "/usr/local/bin/docker")


class Docker:
    """Docker's client, talking to one engine."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.client = _client()
        self.environment = {**os.environ, "DOCKER_HOST": host, "DOCKER_BUILDKIT": "1"}

    def run(self, *words: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """The outcome of a command of the client."""
        arguments = [self.client, *map(str, words)]
        return subprocess.run(
            arguments, capture_output=True, input=stdin or "", text=True, env=self.environment, check=False
        )

    def __call__(self, *words: object, stdin: str | None = None) -> str:
        """What a command prints; AssertionError, with what it said, when it fails."""
        outcome = self.run(*words, stdin=stdin)
        assert outcome.returncode == 0, f"{words}: {outcome.stdout}{outcome.stderr}"
        return outcome.stdout

    def has(self, image: str) -> bool:
        """Whether the engine has the image."""
        return self.run("image", "inspect", image).returncode == 0

    def build(self, name: str, context: Path, dockerfile: Path | None = None) -> str:
        """Build an image named movie-assets-test/<name>, and return that."""
        reference = f"movie-assets-test/{name}"
        words: list[object] = ["build", "--tag", reference, "--file", dockerfile or context / "Dockerfile"]
        if (bundle := ca_bundle()) is not None:
            words += ["--secret", f"id=ca,src={bundle}"]
        self(*words, context)
        return reference


def ca_bundle() -> Path | None:
    """The certificates that this machine trusts, for builds in a network that inspects TLS."""
    named = (os.environ.get(name) for name in ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"))
    found = (Path(name) for name in (*named, "/etc/ssl/certs/ca-certificates.crt") if name)
    return next((path for path in found if path.is_file()), None)


@contextmanager
def engine() -> Iterator[Docker]:
    """An engine that answers; one that was started for the tests ends with the block."""
    given = os.environ.get("DOCKER_HOST")
    host = given or f"unix://{PLACE}/docker.sock"
    docker = Docker(host)
    if _answers(docker):
        yield docker
        return
    if given is not None:
        raise AssertionError(f"No Docker engine answers at DOCKER_HOST={given}. Start it, or unset DOCKER_HOST.")
    with _started(docker, host):
        yield docker


@contextmanager
def _started(docker: Docker, host: str) -> Iterator[None]:
    program = shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise AssertionError(f"There is no Docker engine: set DOCKER_HOST, or, as root, {INSTALL}")
    if os.geteuid() != 0:
        raise AssertionError("Only root can start a Docker engine: run the tests as root, or set DOCKER_HOST.")
    PLACE.mkdir(exist_ok=True)
    configuration = PLACE / "daemon.json"
    settings = {
        "data-root": str(PLACE / "data"),
        "exec-root": str(PLACE / "exec"),
        "pidfile": str(PLACE / "pid"),
        "hosts": [host],
        # Sandboxes forbid the default, which is below what they run with.
        "oom-score-adjust": 0,
    }
    configuration.write_text(json.dumps(settings), encoding="utf-8")
    with (PLACE / "log").open("wb") as log:
        daemon = subprocess.Popen([program, "--config-file", configuration], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(docker):
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"dockerd does not come up; {PLACE / 'log'} ends:\n{_tail(PLACE / 'log')}")
            time.sleep(0.2)
        yield
    finally:
        daemon.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            daemon.wait(_START_SECONDS)
        daemon.kill()


def _answers(docker: Docker) -> bool:
    return docker.run("version", "--format", "{{.Server.Version}}").returncode == 0


def _client() -> str:
    """A client that can build: since 23 it needs a plugin for that."""
    candidates = [found for name in (shutil.which("docker"), *_CLIENTS) if name and (found := shutil.which(name))]
    for client in candidates:
        version = _said([client, "--version"]).removeprefix("Docker version ").split(".")[0]
        if version.isdigit() and (int(version) < 23 or _said([client, "buildx", "version"])):
            return client
    raise AssertionError(f"There is no Docker client that can build images: {INSTALL}")


def _said(words: Sequence[str]) -> str:
    outcome = subprocess.run(words, capture_output=True, text=True, check=False)
    return outcome.stdout if outcome.returncode == 0 else ""


def _tail(log: Path, lines: int = 20) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
