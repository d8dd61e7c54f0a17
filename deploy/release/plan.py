"""Which images there are: read from Compose's resolved configuration, so that no list of them is kept twice."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deploy.release.errors import ReleaseError
from deploy.release.running import output

_OURS = re.compile(r"(?:^|/)movie-assets/(?P<name>[a-z0-9-]+)(?::[^@/]+)?(?:@sha256:[0-9a-f]{64})?$")
_KNOWN = {"context", "dockerfile", "target", "args", "labels", "secrets"}


@dataclass(frozen=True)
class Image:
    """One image, how it is built and which services run it. A build argument of None comes from the environment."""

    name: str
    context: Path
    dockerfile: Path
    target: str | None
    arguments: Mapping[str, str | None]
    secrets: Mapping[str, Path]
    services: tuple[str, ...]

    @property
    def repository(self) -> str:
        """The name without a registry."""
        return f"movie-assets/{self.name}"

    @property
    def variable(self) -> str:
        """The variable that gives Compose another reference for this image."""
        return f"MOVIE_ASSETS_{self.name.replace('-', '_').upper()}_IMAGE"


def project(compose: Sequence[str], root: Path, env_file: Path | None = None) -> list[str | Path]:
    """Compose, called for everything that the Compose file in `root` declares, with `env_file` instead of .env."""
    options: list[str | Path] = [] if env_file is None else ["--env-file", env_file]
    return [*compose, "--file", root / "docker-compose.yml", *options, "--profile", "*"]


def configuration(called: Sequence[str | Path]) -> dict[str, Any]:
    """The configuration of a project, called as `project` says, with every variable filled in."""
    resolved: dict[str, Any] = json.loads(output([*called, "config", "--format", "json"]))
    return resolved


def images(resolved: Mapping[str, Any]) -> list[Image]:
    """The images of ours in a configuration, by name. Raises ReleaseError where it leaves open how one is built."""
    files = {name: Path(secret["file"]) for name, secret in resolved.get("secrets", {}).items() if "file" in secret}
    users: dict[str, list[str]] = {}
    built: dict[str, Image] = {}
    for service, declared in sorted(resolved["services"].items()):
        name = _name(service, declared)
        if name is None:
            continue
        users.setdefault(name, []).append(service)
        if "build" not in declared:
            continue
        image = _image(service, name, declared["build"], files)
        if built.setdefault(name, image) != image:
            raise ReleaseError(f"Service {service} builds movie-assets/{name} differently than another service does.")
    unbuilt = sorted(users.keys() - built.keys())
    if unbuilt:
        raise ReleaseError(f"No service has a build section for: {', '.join(unbuilt)}.")
    if not built:
        raise ReleaseError("The Compose file has no service whose image is named movie-assets/NAME.")
    return [replace(built[name], services=tuple(users[name])) for name in sorted(built)]


def secret_files(resolved: Mapping[str, Any]) -> list[Path]:
    """The files from which services get their secrets, whether they exist on this machine or not."""
    return [Path(secret["file"]) for _, secret in sorted(resolved.get("secrets", {}).items()) if "file" in secret]


def _name(service: str, declared: Mapping[str, Any]) -> str | None:
    match = _OURS.search(declared.get("image", ""))
    if match is not None:
        return match["name"]
    if "build" in declared:
        raise ReleaseError(f"Service {service} is built, but its image is not named movie-assets/NAME.")
    return None


def _image(service: str, name: str, build: Mapping[str, Any], files: Mapping[str, Path]) -> Image:
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
        services=(),
    )
