"""Settings of a release."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from deploy.release.settings import ReleaseSettings


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("example.azurecr.io", "example.azurecr.io"),
        ("ghcr.io/owner/", "ghcr.io/owner"),
        ("127.0.0.1:5000", "127.0.0.1:5000"),
        ("registry.example.org:5000/group/sub-group", "registry.example.org:5000/group/sub-group"),
    ],
)
def test_a_registry_is_a_host_with_or_without_port_and_path(
    monkeypatch: pytest.MonkeyPatch, given: str, address: str
) -> None:
    monkeypatch.setenv("MOVIE_ASSETS_REGISTRY", given)
    assert ReleaseSettings().registry == address


@pytest.mark.parametrize(
    "given", ["https://example.azurecr.io", "user:hunter22@example.azurecr.io", "example.azurecr.io/Films", "a b", "-"]
)
def test_anything_else_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("MOVIE_ASSETS_REGISTRY", given)
    with pytest.raises(ValidationError, match="without scheme and without a login") as refused:
        ReleaseSettings()
    problem = refused.value.errors(include_input=False, include_url=False)[0]
    assert "hunter22" not in str(problem["msg"])


def test_programs_may_have_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIE_ASSETS_DOCKER", "docker --context build")
    monkeypatch.setenv("MOVIE_ASSETS_COMPOSE", "docker-compose")
    settings = ReleaseSettings()
    assert settings.docker == ["docker", "--context", "build"]
    assert settings.compose == ["docker-compose"]
