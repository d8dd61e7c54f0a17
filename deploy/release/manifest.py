"""The record of a release, and the variables by which Compose takes exactly its images."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deploy.release.errors import ReleaseError

_SHA256 = r"^sha256:[0-9a-f]{64}$"


class Released(BaseModel):
    """One image; `sbom` is a file beside the manifest. What a registry has of it is known once it is pushed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    variable: str
    image_id: Annotated[str, Field(pattern=_SHA256)]
    sbom: str
    sbom_sha256: str
    packages: int
    tag: str | None = None
    digest: Annotated[str | None, Field(pattern=_SHA256)] = None
    reference: str | None = None


class Manifest(BaseModel):
    """A release: what it was made of, whether it was scanned, and its images."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    commit: str
    created: str
    scanned: bool
    images: list[Released]


def directory_of(root: Path, version: str) -> Path:
    """Where the files of a release are."""
    return root / "dist" / "release" / version


def begin(root: Path, version: str) -> Path:
    """An empty place for the files of a release: what a build of this version left there is removed.

    Raises ReleaseError if the version is published, whose record stays.
    """
    directory = directory_of(root, version)
    if (directory / "release.env").exists():
        raise ReleaseError(
            f"{version} is published: {directory} is its record. Raise the version in pyproject.toml for another one."
        )
    if directory.exists():
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    return directory


def write(manifest: Manifest, directory: Path) -> Path:
    """Write manifest.json."""
    path = directory / "manifest.json"
    _replace(path, manifest.model_dump_json(indent=2) + "\n")
    return path


def read(directory: Path) -> Manifest:
    """Read manifest.json. Raises ReleaseError if it is missing, damaged, or an SBOM is not the one that it names."""
    path = directory / "manifest.json"
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise ReleaseError(f"There is no {path}. Build the release first: python -m deploy.release build") from error
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in problem["loc"])
        raise ReleaseError(f"{path} is damaged: {place}: {problem['msg']}. Build the release again.") from error
    for image in manifest.images:
        document = directory / image.sbom
        if not document.is_file() or hashlib.sha256(document.read_bytes()).hexdigest() != image.sbom_sha256:
            raise ReleaseError(f"{document} is not the SBOM that {path} names. Build the release again.")
    return manifest


def fragment(manifest: Manifest) -> str:
    """The file that Compose takes with --env-file. Raises ReleaseError unless every image is pushed."""
    lines = [f"# Movie Assets {manifest.version}, commit {manifest.commit}"]
    for image in manifest.images:
        if image.reference is None:
            raise ReleaseError(f"movie-assets/{image.name} is not pushed yet.")
        lines.append(f"{image.variable}={image.reference}")
    return "\n".join(lines) + "\n"


def write_fragment(manifest: Manifest, directory: Path) -> Path:
    """Write release.env."""
    path = directory / "release.env"
    _replace(path, fragment(manifest))
    return path


def _replace(path: Path, text: str) -> None:
    """Write a file so that it is there as a whole or as it was."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
