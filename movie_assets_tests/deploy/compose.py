"""A project of docker-compose.yml with data, secrets and a port of its own, driven as a person would drive it."""

from __future__ import annotations

import json
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import compose
import requests

from movie_assets.commands.secret_files import CLEAR
from movie_assets.settings import PROJECT_ROOT
from movie_assets_tests.commands.processes import BRANDS_CSV, CommandLine, eventually
from movie_assets_tests.deploy.engine import Docker, ca_bundle

COMPOSE = Path(str(compose.__file__)).with_name("docker-compose")
"""The program itself: the package's command ends with 0 whatever the program says."""

CORE = ("postgres", "proxy", "code-server-1", "code-server-2", "webserver-1", "webserver-2", "daemon", "backup")
PUBLISHED = ("PROXY", "PROMETHEUS", "ALERTMANAGER", "SUPERSET", "GRAFANA")
LOGIN = "admin"
HEALTHY_SECONDS = 300.0


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Write to the terminal how long the block took."""
    started = time.monotonic()
    yield
    print(f"\n  {what}: {time.monotonic() - started:.1f} s", file=sys.__stderr__, flush=True)


class Stack:
    """One project: its directory with data and secrets, and Compose called for it."""

    def __init__(self, docker: Docker, name: str, place: Path, **settings: str) -> None:
        self.docker = docker
        self.name = name
        self.place = place
        self.data = place / "data"
        self.secrets = place / "deploy" / "secrets"
        self.certificate: Path | None = None
        self.primary = "postgres"
        self.settings = {
            "MOVIE_ASSETS_DATA": str(self.data),
            "MOVIE_ASSETS_SECRETS": str(self.secrets),
            **{f"MOVIE_ASSETS_{name}_PORT": str(free_port()) for name in PUBLISHED},
            # Ticks that find nothing end sooner than by default.
            "MOVIE_ASSETS_WATCH_SECONDS": "5",
            **({"MOVIE_ASSETS_BUILD_CA": str(bundle)} if (bundle := ca_bundle()) else {}),
            **settings,
        }

    def prepare(self) -> None:
        """Make the directory of the data, which every container may read."""
        shutil.copytree(BRANDS_CSV.parent, self.data)
        for path in (self.data, *self.data.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The outcome of a command of Compose, called in the repository."""
        here = {"COMPOSE_PROJECT_NAME": self.name, "COMPOSE_ENV_FILES": str(self._env_file())}
        return subprocess.run(
            [COMPOSE, *words],
            cwd=PROJECT_ROOT,
            env={**self.docker.environment, **here},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def __call__(self, *words: str) -> str:
        """What a command of Compose prints; AssertionError, with what it said, when it fails."""
        outcome = self.run(*words)
        assert outcome.returncode == 0, f"{words}: {outcome.stderr}{outcome.stdout}"
        return outcome.stdout

    def follow(self, command: str) -> None:
        """Do what a line of the README says: call Compose, or the command line in the project's own directory."""
        program, *words = shlex.split(command)
        if program == "docker":
            assert words.pop(0) == "compose", command
            self(*words)
        else:
            here = CommandLine(self.place / "home", self.place)
            here.program = [str(Path(sys.executable).with_name(Path(program).name))]
            outcome = here(*words)
            assert outcome.returncode == 0, outcome.stderr

    def up(self, *services: str) -> None:
        """Start services, all of the core by default, and wait until they are healthy."""
        outcome = self.run("up", "--detach", "--wait", "--wait-timeout", str(int(HEALTHY_SECONDS)), *services)
        assert outcome.returncode == 0, f"{outcome.stderr}\n{self.run('logs', '--tail', '40').stdout}"

    def down(self) -> None:
        """Remove containers, networks and volumes."""
        self("--profile", "*", "down", "--volumes", "--timeout", "5", "--remove-orphans")

    def inspect(self, service: str) -> dict[str, Any]:
        """What the engine tells of a service's container, whether it runs or not."""
        (container,) = self("ps", "--all", "--quiet", service).split()
        (found,) = json.loads(self.docker("inspect", container))
        return dict(found)

    def healthy(self, service: str) -> bool:
        """Whether the container runs and its health check says that it works."""
        state = self.inspect(service)["State"]
        return bool(state["Running"] and state["Health"]["Status"] == "healthy")

    def kill(self, service: str) -> str:
        """End the service's main process as a fault would, and return when it was started last.

        The engine takes `docker kill` for a person's wish, after which it starts nothing again.
        """
        state = self.inspect(service)["State"]
        subprocess.run(["kill", "-KILL", str(state["Pid"])], check=True)
        return str(state["StartedAt"])

    def again(self, service: str, started_before: str) -> None:
        """Wait until the service has been started anew and is healthy."""
        eventually(
            lambda: self.inspect(service)["State"]["StartedAt"] != started_before and self.healthy(service),
            f"{service} is there again",
            HEALTHY_SECONDS,
        )

    def certify(self) -> None:
        """Give the proxy a certificate for this machine, and read deploy/docker/tls.yml from now on."""
        self.certificate = certificate(self.secrets)
        self.settings["COMPOSE_FILE"] = "docker-compose.yml:deploy/docker/tls.yml"

    @property
    def url(self) -> str:
        """Where the proxy is."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.settings['MOVIE_ASSETS_PROXY_PORT']}"

    @property
    def trusted(self) -> str | bool:
        """What a client of the proxy trusts, as requests takes it."""
        return str(self.certificate) if self.certificate else True

    @property
    def credentials(self) -> tuple[str, str]:
        """The login that the secrets' command made."""
        return LOGIN, (self.secrets / CLEAR / LOGIN).read_text(encoding="utf-8")

    def ask(self, query: str) -> dict[str, Any]:
        """The data that GraphQL answers through the proxy; AssertionError when it answers errors."""
        answer = requests.post(
            f"{self.url}/graphql", json={"query": query}, auth=self.credentials, timeout=60, verify=self.trusted
        )
        assert answer.ok, answer.text
        body = answer.json()
        assert "errors" not in body, body
        return dict(body["data"])

    def runs(self) -> list[dict[str, Any]]:
        """The runs, oldest first."""
        found = self.ask("{runsOrError {... on Runs {results {runId status jobName}}}}")["runsOrError"]["results"]
        return list(found[::-1])

    def sql(self, statement: str) -> str:
        """What the primary answers its superuser in the warehouse, a row per line."""
        words = ("psql", "--no-psqlrc", "--tuples-only", "--no-align", "--dbname", "movie_assets")
        return self("exec", "-T", self.primary, *words, "--command", statement).strip()

    def edit(self, total: int) -> None:
        """Put another total for Pixar into the brand file, in the way of careful programs: beside it, and renamed."""
        beside = self.data / "brands.csv.new"
        content = BRANDS_CSV.read_text(encoding="utf-8").replace("6078217662", str(total))
        beside.write_text(content, encoding="utf-8")
        beside.chmod(0o644)
        beside.replace(self.data / "brands.csv")

    def measured(self) -> str:
        """Pixar's total in brand_stats."""
        return self.sql("SELECT DISTINCT total_gross_usd FROM movies.brand_stats WHERE brand = 'Pixar'")

    def _env_file(self) -> Path:
        path = self.place / "settings.env"
        path.write_text("".join(f"{name}={value}\n" for name, value in self.settings.items()), encoding="utf-8")
        return path


def certificate(secrets: Path) -> Path:
    """Make the proxy's certificate and key for this machine in the directory; what a client is to trust."""
    key, trusted = secrets / "key.pem", secrets / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(trusted)]
    subprocess.run(words, check=True, capture_output=True)
    both = secrets / "proxy_certificate"
    both.write_bytes(trusted.read_bytes() + key.read_bytes())
    both.chmod(0o444)
    return trusted


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
