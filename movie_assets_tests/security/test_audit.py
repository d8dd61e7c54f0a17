"""`make audit` asks for every locked version, and succeeds only if each was answered for."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from movie_assets.settings import PROJECT_ROOT

pytestmark = pytest.mark.long

UNKNOWN = "is not audited as sound"


class Osv(BaseHTTPRequestHandler):
    """A service in the shape of OSV's that knows of one vulnerable package, or of none."""

    vulnerable = ""
    asked: set[str]

    def do_POST(self) -> None:
        """Answer a query for one version of one package."""
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = query["package"]["name"]
        self.asked.add(f"{name}=={query['version']}")
        found = {"id": "OSV-1", "summary": "x", "affected": [{"package": {"name": name, "ecosystem": "PyPI"}}]}
        body = json.dumps({"vulns": [found]} if name == self.vulnerable else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def osv(vulnerable: str = "") -> Iterator[tuple[str, set[str]]]:
    """The address of such a service, and what it was asked for."""
    asked: set[str] = set()
    handler = type("Handler", (Osv,), {"vulnerable": vulnerable, "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query", asked
        finally:
            server.shutdown()
            thread.join()


def audit(address: str) -> subprocess.CompletedProcess[str]:
    """`make audit` with the environment that runs this test."""
    environment = Path(sys.executable).parent.parent
    service = f"AUDIT=--vulnerability-service osv --osv-url {address} --timeout 5"
    words = ["make", "-C", PROJECT_ROOT, "audit", f"VENV={environment}", "-o", f"{environment}/.dev", service]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def locked() -> set[str]:
    """Every name and version in any lock file."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in PROJECT_ROOT.glob("requirements*.lock"))
    return set(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)(?=[^;\n]*\\$)", text, re.MULTILINE))


def test_versions_that_the_service_knows_nothing_against_pass() -> None:
    with osv() as (address, asked):
        outcome = audit(address)
    assert outcome.returncode == 0, outcome.stderr
    assert asked >= {f"{name}=={version}" for name, version in locked()}
    assert len(asked) > 100


def test_a_vulnerability_fails_the_audit() -> None:
    with osv("dagster") as (address, _):
        outcome = audit(address)
    assert outcome.returncode != 0
    assert "OSV-1" in outcome.stdout
    assert UNKNOWN in outcome.stderr


def test_a_service_that_cannot_be_asked_fails_the_audit() -> None:
    outcome = audit("http://127.0.0.1:1/v1/query")
    assert outcome.returncode != 0
    assert UNKNOWN in outcome.stderr
