"""Superset's image: brought up on a server that asks for passwords, locked down, with secrets in files alone."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from movie_assets.commands.dashboards import make_accounts
from movie_assets.dashboards.places import DEPLOYMENT
from movie_assets.settings import Settings
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.roles import ensure_roles
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.commands.processes import eventually
from movie_assets_tests.dashboards.superset import Api, stored_by
from movie_assets_tests.debian_postgres import bundled_postgres
from movie_assets_tests.deploy.engine import Docker

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(900)]

SECRETS = {
    f"superset_{name}": f"{name} of the test"
    for name in ("secret_key", "warehouse_password", "metadata_password", "admin_password", "analyst_password")
}
NAME = "movie-assets-test-superset"
READY_SECONDS = 240.0
# As in docker-compose.yml, but beside the server on this machine, whose address containers see as their own.
LOCKED_DOWN = (
    *("--read-only", "--tmpfs", "/tmp:mode=1777,size=256m", "--cap-drop", "ALL"),  # noqa: S108 - in the container
    *("--security-opt", "no-new-privileges:true", "--pids-limit", "256", "--memory", "1g", "--network", "host"),
)


@dataclass(frozen=True)
class Container:
    """A Superset that serves in a container, and the database of its own tables."""

    url: str
    superset: Database
    apply: Callable[[], str]

    def password(self, account: str) -> str:
        """The password of an account, as `Api` asks for it."""
        return SECRETS[f"superset_{account}_password"]


@pytest.fixture(scope="module")
def served(docker: Docker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """The three steps of docs/dashboards.md, on empty tables."""
    image = docker.build("superset", DEPLOYMENT)
    with bundled_postgres(tmp_path_factory.mktemp("server")) as url:
        warehouse = Database(url)
        ensure_roles(warehouse)
        metadata.create_all(warehouse.engine)
        settings = Settings(
            home=tmp_path_factory.mktemp("platform"),
            superset_warehouse_password=SecretStr(SECRETS["superset_warehouse_password"]),
            superset_metadata_password=SecretStr(SECRETS["superset_metadata_password"]),
        )
        make_accounts(settings, lambda: warehouse, print)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        run = (*LOCKED_DOWN, *_environment(url, port), *_secrets(tmp_path_factory.mktemp("secrets")))

        def apply() -> str:
            return docker("run", "--rm", *run, image, "python", "apply.py", "assets")

        apply()
        docker("run", "--detach", "--name", NAME, *run, image)
        try:
            eventually(lambda: _health(docker) == "healthy", "Superset is healthy", READY_SECONDS)
            yield Container(f"http://127.0.0.1:{port}", warehouse.beside("superset"), apply)
        finally:
            docker("rm", "--force", NAME)


def _environment(warehouse: str, port: int) -> list[str]:
    where = warehouse.rpartition("@")[2].rpartition("/")[0]
    values = {
        "SUPERSET_WAREHOUSE_URI": f"postgresql+psycopg2://superset@{where}/postgres",
        "SUPERSET_METADATA_URI": f"postgresql+psycopg2://superset_metadata@{where}/superset",
        "PORT": str(port),
    }
    return [word for name, value in values.items() for word in ("--env", f"{name}={value}")]


def _secrets(directory: Path) -> list[str]:
    # A container of another account has to read them.
    directory.chmod(0o755)
    words = []
    for name, value in SECRETS.items():
        (directory / name).write_text(f"{value}\n", encoding="ascii")
        words += ["--mount", f"type=bind,readonly,src={directory / name},dst=/run/secrets/{name}"]
    return words


def _health(docker: Docker) -> str:
    state = json.loads(docker("inspect", "--format", "{{json .State}}", NAME))
    assert state["Running"], docker("logs", NAME)
    return str(state["Health"]["Status"])


def test_it_ends_with_a_login_page_and_reads_as_an_analyst(served: Container) -> None:
    page = requests.get(f"{served.url}/login/", timeout=60)
    assert page.ok
    assert "Movie Assets" in page.text
    analyst = Api(served, "analyst")
    titles = {one["dashboard_title"] for one in analyst.list("dashboard")}
    assert titles == {"Brands at a glance", "Compare two brands", "Trends", "Data health"}
    assert analyst.sql("SELECT brand FROM movies.brand_stats").ok
    assert "permission denied" in analyst.sql("SELECT brand FROM movies.raw_brands").text


def test_applying_twice_changes_nothing(served: Container) -> None:
    before = stored_by(served.superset)
    assert len(before["slices"]) > 20
    served.apply()
    assert stored_by(served.superset) == before


def test_secrets_are_in_files_alone(served: Container, docker: Docker) -> None:
    image = docker("inspect", "--format", "{{.Image}}", NAME).strip()
    told = docker("inspect", NAME) + docker("logs", NAME) + docker("inspect", image)
    told += docker("history", "--no-trunc", image) + docker("exec", NAME, "env")
    assert [name for name, value in SECRETS.items() if value in told] == []


def test_it_runs_as_nobody_special_and_changes_nothing_of_itself(served: Container, docker: Docker) -> None:
    assert docker("exec", NAME, "id", "-u").strip() == "1000"
    attempt = "for file in /superset/x /opt/venv/x /etc/x; do touch $file 2>/dev/null && echo $file; done; true"
    assert docker("exec", NAME, "sh", "-c", attempt) == ""
    without_pip = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pip') is not None)"
    docker("exec", NAME, "/usr/bin/env", "-i", "PATH=/usr/local/bin:/usr/bin", "python3", "-c", without_pip)
    docker("exec", NAME, "python", "-c", without_pip)
