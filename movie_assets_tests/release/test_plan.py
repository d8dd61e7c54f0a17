"""The images of a release are those of Compose's configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy.release.errors import ReleaseError
from deploy.release.plan import images, secret_files, users, variable

PLATFORM: dict[str, Any] = {
    "image": "movie-assets/platform:latest",
    "build": {"context": "/src", "dockerfile": "deploy/docker/Dockerfile", "target": "platform", "args": {"A": "1"}},
}


def resolved(**services: dict[str, Any]) -> dict[str, Any]:
    return {"services": services, "secrets": {"ca": {"file": "/ca.pem"}, "password": {"file": "/s/password"}}}


def test_services_that_share_an_image_are_one_image() -> None:
    configuration = resolved(daemon=PLATFORM, webserver={"image": PLATFORM["image"]}, code=PLATFORM)
    assert users(configuration) == {"platform": ("code", "daemon", "webserver")}
    [image] = images(configuration)
    assert image.dockerfile == Path("/src/deploy/docker/Dockerfile")
    assert (image.target, image.arguments) == ("platform", {"A": "1"})


@pytest.mark.parametrize(
    "reference",
    [
        "movie-assets/postgres-exporter",
        "movie-assets/postgres-exporter:0.1.0",
        "registry.example.org:5000/films/movie-assets/postgres-exporter:0.1.0",
        f"example.azurecr.io/movie-assets/postgres-exporter@sha256:{'0' * 64}",
    ],
)
def test_an_image_is_known_by_its_name_wherever_it_is_from(reference: str) -> None:
    [image] = images(resolved(exporter={"image": reference, "build": {"context": "/src"}}))
    assert image.repository == "movie-assets/postgres-exporter"
    assert variable(image.name) == "MOVIE_ASSETS_POSTGRES_EXPORTER_IMAGE"
    assert image.dockerfile == Path("/src/Dockerfile")


def test_a_vendors_image_is_left_alone() -> None:
    assert users(resolved(daemon=PLATFORM, grafana={"image": "grafana/grafana-oss:12"})) == {"platform": ("daemon",)}


def test_build_secrets_are_read_from_the_files_that_compose_names() -> None:
    build = {"context": "/src", "secrets": [{"source": "ca"}]}
    [image] = images(resolved(daemon={"image": "movie-assets/platform", "build": build}))
    assert image.secrets == {"ca": Path("/ca.pem")}
    assert secret_files(resolved()) == [Path("/ca.pem"), Path("/s/password")]


@pytest.mark.parametrize(
    ("services", "message"),
    [
        (
            {"daemon": PLATFORM, "code": {**PLATFORM, "build": {"context": "/other"}}},
            "code and daemon build movie-assets/platform in diff",
        ),
        ({"daemon": {"image": "movie-assets/platform"}}, "None of the services daemon tells how"),
        ({"other": {"image": "someone/else", "build": {"context": "/src"}}}, "not named movie-assets/NAME"),
        ({"grafana": {"image": "grafana/grafana-oss"}}, "no service whose image"),
        ({"daemon": {**PLATFORM, "build": {"context": "/src", "platforms": ["linux/arm64"]}}}, r"build\.platforms"),
        ({"daemon": {**PLATFORM, "build": {"context": "/src", "secrets": [{"source": "gone"}]}}}, "gone has no file"),
    ],
)
def test_a_file_that_leaves_open_what_is_built_is_refused(services: dict[str, dict[str, Any]], message: str) -> None:
    with pytest.raises(ReleaseError, match=message):
        images(resolved(**services))
