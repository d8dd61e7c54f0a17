"""Debian's Prometheus, Alertmanager and PostgreSQL exporter as processes, configured by the files that are shipped.

What is changed for a test is where things listen and how long they wait, by one documented factor: `quickened`
divides every `for:` of the alerts, and nothing else of them.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import pytest
import requests
import yaml

from movie_assets.commands.binding import free_port
from movie_assets.settings import PROJECT_ROOT
from movie_assets_tests.commands.processes import eventually

SHIPPED = PROJECT_ROOT / "deploy" / "monitoring"
RULES = SHIPPED / "prometheus" / "rules" / "movie-assets.yml"
INSTALL = "apt-get install prometheus prometheus-alertmanager prometheus-postgres-exporter"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def program(name: str) -> str:
    """The path of one of Debian's programs; fails with what installs it."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is needed: {INSTALL}")
    return found


def rules() -> list[dict[str, Any]]:
    """Every alert that is shipped."""
    return [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


def quickened(factor: int) -> str:
    """The shipped rules with every `for:` divided by `factor` (one second at least)."""

    def shorter(match: re.Match[str]) -> str:
        seconds = int(match[2]) * _UNITS[match[3]]
        return f"{match[1]}{max(1, seconds // factor)}s"

    shipped = RULES.read_text(encoding="utf-8")
    text, changed = re.subn(r"^(\s+for: )(\d+)([smhd])$", shorter, shipped, flags=re.MULTILINE)
    assert changed == len(rules())
    return text


@contextmanager
def process(words: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """A server that runs until the block ends."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            [str(word) for word in words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **(environment or {})},
        )
    try:
        yield
        assert started.poll() is None, log.read_text(encoding="utf-8")[-2000:]
    finally:
        started.terminate()
        started.wait(30)


class Webhook:
    """A receiver of Alertmanager's messages at an address that is a secret."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        received = self.messages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append({"path": self.path, **json.loads(body)})
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook/a-secret?x=1&y=2"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def alerts(self, name: str, status: str = "firing") -> list[dict[str, Any]]:
        """What was told of an alert so far."""
        return [
            alert
            for message in list(self.messages)
            for alert in message["alerts"]
            if alert["labels"]["alertname"] == name and alert["status"] == status
        ]


class Prometheus:
    """A running Prometheus, to be asked."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expr: str) -> list[dict[str, Any]]:
        """The series of an instant query."""
        answer = requests.get(f"{self.url}/api/v1/query", params={"query": expr}, timeout=30)
        body = answer.json()
        assert body["status"] == "success", (expr, body)
        result = body["data"]["result"]
        return list(result)

    def firing(self) -> set[str]:
        """Names of the alerts that fire."""
        answer = requests.get(f"{self.url}/api/v1/alerts", timeout=30).json()
        return {one["labels"]["alertname"] for one in answer["data"]["alerts"] if one["state"] == "firing"}


@contextmanager
def monitoring(
    directory: Path, *, metrics: str, database: tuple[str, str, Path], webhook: str, factor: int
) -> Iterator[Prometheus]:
    """Prometheus, Alertmanager and the PostgreSQL exporter beside a platform whose metrics are at `metrics`.

    `database` is the exporter's address without user and password, its user, and the file with the password.
    """
    ports = {name: free_port("127.0.0.1") for name in ("prometheus", "alertmanager", "postgres")}
    uri, user, password = database
    environment = {"DATA_SOURCE_URI": uri, "DATA_SOURCE_USER": user, "DATA_SOURCE_PASS_FILE": str(password)}
    (directory / "webhook").write_text(f"{webhook}\n", encoding="utf-8")
    templates = _alertmanager_templates(directory)
    with contextlib.ExitStack() as stack:
        exporter = [program("prometheus-postgres-exporter"), f"--web.listen-address=127.0.0.1:{ports['postgres']}"]
        exporter += [word for word in shipped_command("postgres-exporter") if "listen-address" not in word]
        stack.enter_context(process(exporter, directory / "postgres-exporter.log", environment))
        program("prometheus-alertmanager")
        manager = [SHIPPED / "alertmanager" / "entrypoint", f"--storage.path={directory / 'alertmanager'}"]
        manager += [f"--web.listen-address=127.0.0.1:{ports['alertmanager']}", "--cluster.listen-address="]
        places = {"WEBHOOK_FILE": directory / "webhook", "TEMPLATES_DIR": templates, "CONFIGURATION_DIR": directory}
        stack.enter_context(
            process(manager, directory / "alertmanager.log", {name: str(path) for name, path in places.items()})
        )
        targets = {
            "metrics:9108": metrics,
            "postgres-exporter:9187": f"127.0.0.1:{ports['postgres']}",
            "localhost:9090": f"127.0.0.1:{ports['prometheus']}",
            "alertmanager:9093": f"127.0.0.1:{ports['alertmanager']}",
        }
        (directory / "rules").mkdir()
        (directory / "rules" / "movie-assets.yml").write_text(quickened(factor), encoding="utf-8")
        configuration = directory / "prometheus.yml"
        configuration.write_text(_prometheus_configuration(targets), encoding="utf-8")
        server = [program("prometheus"), f"--config.file={configuration}", f"--storage.tsdb.path={directory / 'tsdb'}"]
        server += [f"--web.listen-address=127.0.0.1:{ports['prometheus']}"]
        stack.enter_context(process(server, directory / "prometheus.log"))
        prometheus = Prometheus(f"http://127.0.0.1:{ports['prometheus']}")
        eventually(lambda: _answers(f"{prometheus.url}/-/ready"), "Prometheus answers")
        yield prometheus


def shipped_command(image: str) -> list[str]:
    """The default arguments of an image, from its Dockerfile."""
    text = (SHIPPED / image / "Dockerfile").read_text(encoding="utf-8")
    (command,) = re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)
    return list(json.loads(command))


def _prometheus_configuration(targets: Mapping[str, str]) -> str:
    text = (SHIPPED / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    for shipped, actual in targets.items():
        assert f'"{shipped}"' in text, shipped
        text = text.replace(f'"{shipped}"', f'"{actual}"')
    text = text.replace("scrape_interval: 15s", "scrape_interval: 2s").replace(
        "scrape_timeout: 10s", "scrape_timeout: 2s"
    )
    return text.replace("evaluation_interval: 15s", "evaluation_interval: 1s")


def _alertmanager_templates(directory: Path) -> Path:
    """The shipped configuration of Alertmanager, which waits a second where it would wait longer."""
    templates = directory / "templates"
    templates.mkdir()
    for name in ("alertmanager.yml", "silent.yml"):
        text = (SHIPPED / "alertmanager" / name).read_text(encoding="utf-8")
        text = re.sub(r"(group_wait|group_interval): \d+[sm]", r"\1: 1s", text)
        (templates / name).write_text(text, encoding="utf-8")
    return templates


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False
