"""From a committed state to images in the engine, their SBOMs and the manifest."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from deploy.release import building, layers, plan, sbom, scan
from deploy.release.manifest import Manifest, Released, begin, write
from deploy.release.settings import ReleaseSettings
from deploy.release.source import Source, committed
from movie_assets.settings import Settings

Say = Callable[[str], None]


@dataclass(frozen=True)
class Secrets:
    """What no image may hold: files of these names, and these values."""

    names: list[str]
    values: list[str]


def make(settings: ReleaseSettings, root: Path, say: Say, *, scanned: bool = True, fresh: bool = False) -> Path:
    """Make the release of what is committed in `root`, and return the path of its manifest.

    Raises ReleaseError, before anything is built, for changes that are not committed, a Dockerfile that hadolint
    objects to, a missing scanner, an unsound lock and a version that is published; then for a secret in a layer and for
    what the scanner finds.
    """
    source = committed(root)
    resolved = plan.configuration(plan.project(settings.compose, root, building=True))
    images = plan.images(resolved)
    building.lint(images)
    grype = scan.scanner() if scanned else None
    if scanned:
        scan.scan_locks(scan.runtime_locks(root))
    secrets = _secrets(root, images, plan.secret_files(resolved))
    directory = begin(root, source.version)
    records = []
    for image in images:
        say(f"{image.repository}: building")
        record = _released(settings, image, source, secrets, directory, fresh=fresh)
        if grype is not None:
            scan.scan_document(grype, directory / record.sbom)
        say(f"{image.repository}: {record.image_id}, {record.packages} packages")
        records.append(record)
    if not secrets.values:
        say("This machine has no secret of a deployment: the layers were searched for names of secrets only.")
    manifest = Manifest(
        version=source.version, commit=source.commit, created=source.created, scanned=scanned, images=records
    )
    return write(manifest, directory)


def _released(
    settings: ReleaseSettings, image: plan.Image, source: Source, secrets: Secrets, directory: Path, *, fresh: bool
) -> Released:
    image_id = building.build(settings.docker, image, source, fresh=fresh)
    document = directory / f"{image.name}.cdx.json"
    with tempfile.TemporaryDirectory(prefix=".image-", dir=directory) as scratch:
        archive = Path(scratch) / "image.tar"
        building.save(settings.docker, image_id, archive)
        layers.refuse_secrets(archive, image.repository, secrets.names, secrets.values)
        listed = sbom.write(archive, image_id, image.repository, source, document)
    return Released(
        name=image.name,
        variable=plan.variable(image.name),
        image_id=image_id,
        sbom=document.name,
        sbom_sha256=listed.sha256,
        packages=listed.packages,
    )


def _secrets(root: Path, images: list[plan.Image], files: list[Path]) -> Secrets:
    """Those of this machine: what Compose names (not for builds), all of deploy/secrets, the platform's settings."""
    for_builds = {path for image in images for path in image.secrets.values()}
    named = [path for path in files if path not in for_builds]
    kept = {*named, *(root / "deploy" / "secrets").rglob("*")}
    held = [value.get_secret_value() for _, value in Settings() if isinstance(value, SecretStr)]
    written = [path.read_text(encoding="utf-8", errors="ignore") for path in sorted(kept) if path.is_file()]
    return Secrets([path.name for path in named], [value for value in held + written if value.strip()])
