"""Which images there are: read from Compose's own configuration, so that no list of them is kept twice."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.release.errors import ReleaseError
from deploy.release.running import output

_OURS = re.compile(r"(?:^|/)movie-assets/(?P<name>[a-z0-9-]+)(?::[^@/]+)?(?:@sha256:[0-9a-f]{64})?$")
_KNOWN = {"context", "dockerfile", "target", "args", "secrets"}


@dataclass(frozen=True)
class Image:
    """One image, and how it is built. A build argument of None comes from the environment."""

    name: str
    context: Path
    dockerfile: Path
    target: str | None
    arguments: Mapping[str, str | None]
    secrets: Mapping[str, Path]

    @property
    def repository(self) -> str:
        """The name without a registry."""
        return f"movie-assets/{self.name}"


def project(
    compose: Sequence[str], root: Path, *, building: bool = False, env_file: Path | None = None
) -> list[str | Path]:
    """Compose, called for everything that is declared in `root`, with `env_file` instead of .env.

    For `building`, docker-compose.build.yml is read as well, if there is one.
    """
    words: list[str | Path] = [*compose, "--file", root / "docker-compose.yml"]
    builds = root / "docker-compose.build.yml"
    if building and builds.is_file():
        words += ["--file", builds]
    if env_file is not None:
        words += ["--env-file", env_file]
    return [*words, "--profile", "*"]


def configuration(called: Sequence[str | Path]) -> dict[str, Any]:
    """The configuration of a project, called as `project` says, with every variable filled in."""
    resolved: dict[str, Any] = json.loads(output([*called, "config", "--format", "json"]))
    return resolved


def users(resolved: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The services of each image of ours, both in order of their names."""
    found: dict[str, list[str]] = {}
    for service, declared in sorted(resolved["services"].items()):
        match = _OURS.search(declared.get("image", ""))
        if match is not None:
            found.setdefault(match["name"], []).append(service)
        elif "build" in declared:
            raise ReleaseError(f"Service {service} is built, but its image is not named movie-assets/NAME.")
    if not found:
        raise ReleaseError("The Compose file has no service whose image is named movie-assets/NAME.")
    return {name: tuple(found[name]) for name in sorted(found)}


def images(resolved: Mapping[str, Any]) -> list[Image]:
    """The images of ours in a configuration, by name. Raises ReleaseError where it leaves open how one is built."""
    files = {name: Path(secret["file"]) for name, secret in resolved.get("secrets", {}).items() if "file" in secret}
    return [_image(name, services, resolved["services"], files) for name, services in users(resolved).items()]


def variable(name: str) -> str:
    """The variable that gives Compose another reference for the image of this name."""
    return f"MOVIE_ASSETS_{name.replace('-', '_').upper()}_IMAGE"


def secret_files(resolved: Mapping[str, Any]) -> list[Path]:
    """The files from which services get their secrets, whether they exist on this machine or not."""
    return [Path(secret["file"]) for _, secret in sorted(resolved.get("secrets", {}).items()) if "file" in secret]


def _image(
    name: str, services: tuple[str, ...], declared: Mapping[str, Mapping[str, Any]], files: Mapping[str, Path]
) -> Image:
    builds = {service: declared[service]["build"] for service in services if "build" in declared[service]}
    if not builds:
        raise ReleaseError(f"None of the services {', '.join(services)} tells how movie-assets/{name} is built.")
    (service, build), *others = builds.items()
    for other, differing in others:
        if differing != build:
            raise ReleaseError(f"Services {service} and {other} build movie-assets/{name} in different ways.")
    unknown = sorted(key for key in build.keys() - _KNOWN if build[key])
    if unknown:
        raise ReleaseError(
            f"Service {service}: a release does not know how to follow build.{', build.'.join(unknown)}."
        )
    secrets = {}
    for secret in build.get("secrets") or []:
        source = secret["source"]
        if source not in files:
            raise ReleaseError(f"Service {service}: the build secret {source} has no file.")
        secrets[secret.get("target", source)] = files[source]
    context = Path(build["context"])
    return Image(
        name=name,
        context=context,
        dockerfile=context / build.get("dockerfile", "Dockerfile"),
        target=build.get("target"),
        arguments=build.get("args") or {},
        secrets=secrets,
    )
