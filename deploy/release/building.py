"""Images from Dockerfiles: linted, labelled with their source, in the engine that Docker's client talks to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from deploy.release.errors import ReleaseError
from deploy.release.plan import Image
from deploy.release.running import output, run, tool
from deploy.release.source import Source

# BuildKit reads build secrets; an image with an attestation beside it has no digest that is its own.
_ENVIRONMENT = {"DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}


def lint(images: Iterable[Image]) -> None:
    """Raise ReleaseError with what hadolint finds in the Dockerfiles, if it finds anything."""
    dockerfiles = sorted({image.dockerfile for image in images})
    missing = [str(dockerfile) for dockerfile in dockerfiles if not dockerfile.is_file()]
    if missing:
        raise ReleaseError(f"There is no Dockerfile {', '.join(missing)}.")
    found = run([tool("hadolint"), *dockerfiles])
    if found.returncode != 0:
        raise ReleaseError(f"hadolint objects:\n{found.stdout.strip() or found.stderr.strip()}")


def build(docker: Sequence[str], image: Image, source: Source, *, fresh: bool = False) -> str:
    """Build an image, tag it locally as `movie-assets/NAME:VERSION` and return its id.

    `fresh` asks the registry for the newest base and ignores the cache. Raises ReleaseError if the build fails.
    """
    with tempfile.TemporaryDirectory(prefix="movie-assets-release-") as directory:
        written = Path(directory) / "id"
        words: list[str | Path] = [*docker, "build", "--iidfile", written, "--file", image.dockerfile]
        words += ["--tag", f"{image.repository}:{source.version}"]
        if image.target:
            words += ["--target", image.target]
        if fresh:
            words += ["--pull", "--no-cache"]
        for name, value in {**image.arguments, "SOURCE_DATE_EPOCH": str(source.epoch)}.items():
            words += ["--build-arg", name if value is None else f"{name}={value}"]
        for name, value in labels(source).items():
            words += ["--label", f"{name}={value}"]
        # A secret that may be left out is /dev/null in the Compose file.
        for name, path in ((name, path) for name, path in image.secrets.items() if path.is_file()):
            words += ["--secret", f"id={name},src={path}"]
        output([*words, image.context], _ENVIRONMENT)
        return written.read_text(encoding="utf-8").strip()


def labels(source: Source) -> dict[str, str]:
    """What an image says of its source, under the names that OCI gives to it."""
    return {
        "org.opencontainers.image.version": source.version,
        "org.opencontainers.image.revision": source.commit,
        "org.opencontainers.image.created": source.created,
    }


def save(docker: Sequence[str], image_id: str, archive: Path) -> None:
    """Write an image with all its layers into a tar file."""
    output([*docker, "save", "--output", archive, image_id])
