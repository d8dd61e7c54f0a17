"""A registry of one's own: Debian's docker-registry as a process on a free port of this machine, with a login."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bcrypt
import requests

USER = "publisher"
PASSWORD = "a password of the registry"
_CONFIGURATION = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: {directory}/data}}
http:
  addr: {address}
auth:
  htpasswd: {{realm: releases, path: {directory}/htpasswd}}
"""


@dataclass(frozen=True)
class RegistryProcess:
    """Where it listens, and what it says of itself to who is logged in."""

    address: str

    def repositories(self) -> list[str]:
        """Every repository that it holds."""
        return list(self._get("/v2/_catalog").json()["repositories"])

    def digest(self, repository: str, tag: str) -> str:
        """What a tag stands for."""
        return self._get(f"/v2/{repository}/manifests/{tag}").headers["Docker-Content-Digest"]

    def _get(self, path: str) -> requests.Response:
        accepted = {"Accept": "application/vnd.docker.distribution.manifest.v2+json"}
        answer = requests.get(f"http://{self.address}{path}", auth=(USER, PASSWORD), headers=accepted, timeout=20)
        answer.raise_for_status()
        return answer


@contextmanager
def registry(directory: Path) -> Iterator[RegistryProcess]:
    """A registry that keeps its images in `directory` and lets USER in with PASSWORD."""
    program = shutil.which("docker-registry")
    assert program, "Debian's registry is missing: apt-get install docker-registry"
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(rounds=5)).decode()
    (directory / "htpasswd").write_text(f"{USER}:{hashed}\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    configuration = directory / "registry.yml"
    configuration.write_text(_CONFIGURATION.format(directory=directory, address=address), encoding="utf-8")
    log = directory / "registry.log"
    with (
        log.open("wb") as written,
        subprocess.Popen([program, "serve", configuration], stdout=written, stderr=subprocess.STDOUT) as process,
    ):
        try:
            _wait(process, address, log)
            yield RegistryProcess(address)
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if requests.get(f"http://{address}/v2/", timeout=20).status_code == requests.codes.unauthorized:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(f"The registry does not listen: {log.read_text(encoding='utf-8')}")
