"""The proxy by itself: passwords cross a network over TLS only, unless another proxy sees to that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from movie_assets.commands.secret_files import CLEAR, LOGINS, make_secrets
from movie_assets.settings import PROJECT_ROOT
from movie_assets_tests.commands.processes import eventually
from movie_assets_tests.deploy.compose import certificate, free_port
from movie_assets_tests.deploy.engine import Docker

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(600)]

NAME = "movie-assets-test-proxy"
LOCKED_DOWN = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true")


@pytest.fixture(scope="module")
def image(docker: Docker) -> str:
    """The proxy's image."""
    return docker.build("proxy", PROJECT_ROOT, PROJECT_ROOT / "deploy" / "docker" / "proxy" / "Dockerfile")


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secrets of a deployment, a certificate for this machine among them."""
    directory = tmp_path_factory.mktemp("secrets")
    make_secrets(directory, "admin", print)
    certificate(directory)
    return directory


def words(secrets: Path, *files: str, **settings: str) -> list[str]:
    """Options of `docker run` with those files as secrets and those settings."""
    mounts = [f"type=bind,readonly,src={secrets / name},dst=/run/secrets/{name}" for name in files]
    options = [word for mount in mounts for word in ("--mount", mount)]
    return [
        *LOCKED_DOWN,
        *options,
        *(word for name, value in settings.items() for word in ("--env", f"{name}={value}")),
    ]


@pytest.fixture
def checking(image: str, secrets: Path) -> list[str]:
    """What has the image only check its configuration."""
    return [*words(secrets, LOGINS), image, "-c"]


@pytest.mark.parametrize(
    ("bind", "word", "accepted"),
    [
        ("127.0.0.1", "", True),
        ("[::1]", "", True),
        ("", "", False),
        ("192.0.2.7", "yes", False),
        ("192.0.2.7", "on", True),
    ],
)
def test_an_address_that_others_reach_needs_a_certificate_or_a_word(
    docker: Docker, checking: list[str], bind: str, word: str, accepted: bool
) -> None:
    settings = {"MOVIE_ASSETS_PROXY_BIND": bind, "MOVIE_ASSETS_PROXY_WITHOUT_TLS": word}
    given = [option for name, value in settings.items() for option in ("--env", f"{name}={value}")]
    outcome = docker.run("run", "--rm", *given, *checking)
    assert (outcome.returncode == 0) is accepted, outcome.stderr
    assert ("in the clear. Give the proxy a certificate" in outcome.stderr) is not accepted


def test_without_accounts_it_does_not_start(docker: Docker, image: str) -> None:
    outcome = docker.run("run", "--rm", *LOCKED_DOWN, "--env", "MOVIE_ASSETS_PROXY_BIND=127.0.0.1", image)
    assert outcome.returncode != 0
    assert "/run/secrets/proxy_users" in outcome.stderr


@pytest.fixture
def over_tls(docker: Docker, image: str, secrets: Path) -> Iterator[str]:
    """Where a proxy with a certificate listens."""
    port = free_port()
    options = words(
        secrets,
        LOGINS,
        "proxy_certificate",
        MOVIE_ASSETS_PROXY_BIND="192.0.2.7",
        MOVIE_ASSETS_PROXY_TLS="on",
    )
    docker("run", "--detach", "--name", NAME, "--publish", f"127.0.0.1:{port}:8080", *options, image)
    try:
        eventually(
            lambda: docker("inspect", "--format", "{{.State.Health.Status}}", NAME).strip() == "healthy",
            "it is healthy",
        )
        yield f"https://127.0.0.1:{port}"
    finally:
        docker("rm", "--force", NAME)


def test_with_a_certificate_it_speaks_tls_and_nothing_else(secrets: Path, over_tls: str) -> None:
    trusted = str(secrets / "certificate.pem")
    password = (secrets / CLEAR / "admin").read_text(encoding="utf-8")
    assert requests.get(over_tls, verify=trusted, timeout=60).status_code == 401
    # Nothing is behind it here.
    answer = requests.get(over_tls, verify=trusted, auth=("admin", password), timeout=60)
    assert answer.status_code == 503
    assert answer.headers["Strict-Transport-Security"]
    with pytest.raises(requests.ConnectionError):
        requests.get(over_tls.replace("https", "http"), timeout=60)
