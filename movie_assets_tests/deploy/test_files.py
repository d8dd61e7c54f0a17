"""The files of a deployment: what they promise for every service, and that nothing of a person gets into an image."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from movie_assets.commands.secret_files import GENERATED, LOGINS, OPTIONAL
from movie_assets.settings import PROJECT_ROOT
from movie_assets_tests.deploy.compose import COMPOSE

DOCKERFILES = sorted(PROJECT_ROOT.glob("deploy/**/Dockerfile"))
ONE_SHOT = {"migrate", "superset-accounts", "superset-apply"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """Compose's own reading of docker-compose.yml, all profiles, without any setting."""
    words = [COMPOSE, "--env-file", "/dev/null", "--profile", "*", "config", "--format", "json"]
    outcome = subprocess.run(
        words, cwd=PROJECT_ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    return dict(json.loads(outcome.stdout))


def test_every_service_is_locked_limited_and_looked_after(project: dict[str, Any]) -> None:
    for name, service in project["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not {"privileged", "cap_add", "network_mode", "pid", "ipc", "userns_mode"} & set(service), name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}, name
        assert service["restart"] == {"migrate": "no"}.get(name, "on-failure" if name in ONE_SHOT else "unless-stopped")
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name
        mounted = [str(volume.get("source", "")) for volume in service.get("volumes", [])]
        assert not any("docker.sock" in source for source in mounted), name


def test_nothing_is_published_beyond_this_machine(project: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in project["services"].items() if "ports" in service}
    assert set(published) == {"proxy", "superset", "prometheus", "alertmanager", "grafana"}
    assert {port["host_ip"] for ports in published.values() for port in ports} == {"127.0.0.1"}
    assert project["networks"]["data"]["internal"] is True


def test_secrets_are_the_files_that_the_command_makes_and_no_variable_is_one(project: dict[str, Any]) -> None:
    files = {
        Path(secret["file"]).relative_to(PROJECT_ROOT / "deploy" / "secrets") for secret in project["secrets"].values()
    }
    assert {str(path) for path in files} == {*GENERATED, *OPTIONAL, LOGINS}
    for name, service in project["services"].items():
        for variable, value in service.get("environment", {}).items():
            secret = any(word in variable for word in ("PASSWORD", "TOKEN", "SECRET", "WEBHOOK", "_KEY"))
            assert not secret or variable.endswith(("_DIR", "__FILE")), (name, variable)
            assert "@" not in (value or "") or ":" not in value.split("//")[-1].split("@")[0], (name, variable)


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: str(path.relative_to(PROJECT_ROOT)))
def test_a_dockerfile_follows_the_rules_of_its_linter(dockerfile: Path) -> None:
    program = Path(sys.executable).with_name("hadolint")
    outcome = subprocess.run([program, dockerfile], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: str(path.relative_to(PROJECT_ROOT)))
def test_an_image_runs_as_somebody_who_is_not_root(dockerfile: Path) -> None:
    final_stage = dockerfile.read_text(encoding="utf-8").split("\nFROM ")[-1]
    assert re.findall(r"^USER (\d+)$", final_stage, re.MULTILINE)[-1:] not in ([], ["0"])


def test_what_an_image_is_built_from_is_named_and_holds_no_secret() -> None:
    first, *rest = [
        line
        for line in (PROJECT_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert first == "*"
    named = {line.removeprefix("!") for line in rest if line.startswith("!")}
    assert not {name for name in named if "secret" in name or name.startswith(".env") or name in {"deploy", "."}}
