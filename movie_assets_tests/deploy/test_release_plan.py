"""A release has every image that this repository describes, and its fragment reaches every service."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.release.plan import Image, configuration, images, project, users, variable
from movie_assets.settings import PROJECT_ROOT
from movie_assets_tests.deploy.compose import COMPOSE

pytestmark = pytest.mark.deploy

VENDORS = {"grafana"}


@pytest.fixture(scope="module")
def released() -> list[Image]:
    return images(configuration(project([str(COMPOSE)], PROJECT_ROOT, building=True)))


def test_every_dockerfile_is_of_one_image(released: list[Image]) -> None:
    dockerfiles = sorted(image.dockerfile for image in released)
    assert dockerfiles == sorted((PROJECT_ROOT / "deploy").rglob("*Dockerfile"))


def test_a_host_has_nothing_to_build_from() -> None:
    declared = configuration(project([str(COMPOSE)], PROJECT_ROOT))
    assert not [service for service, described in declared["services"].items() if "build" in described]


def test_a_fragment_names_the_image_of_every_service(released: list[Image], tmp_path: Path) -> None:
    references = {image.name: f"registry.example.org/{image.repository}@sha256:{'a' * 64}" for image in released}
    fragment = tmp_path / "release.env"
    lines = [f"{variable(name)}={reference}\n" for name, reference in references.items()]
    fragment.write_text("".join(lines), encoding="utf-8")
    declared = configuration(project([str(COMPOSE)], PROJECT_ROOT, env_file=fragment))
    for name, services in users(declared).items():
        assert {declared["services"][service]["image"] for service in services} == {references[name]}
    reached = {service for services in users(declared).values() for service in services}
    assert declared["services"].keys() - reached == VENDORS
