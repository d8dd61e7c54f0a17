"""From the engine to a registry: every image by version, once and for all, and its digest read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deploy.release import manifest
from deploy.release.errors import ReleaseError
from deploy.release.login import logged_in
from deploy.release.registry import Registry
from deploy.release.settings import ReleaseSettings


def publish(settings: ReleaseSettings, directory: Path, say: Callable[[str], None]) -> Path:
    """Push the images of the release in `directory` and return the path of the fragment for Compose.

    All tags are looked at before anything is pushed, so a refused release leaves nothing behind; one that was
    interrupted is taken up where it stopped. Raises ReleaseError without a registry, without a login that it accepts,
    and for a version that is there with other images.
    """
    if settings.registry is None:
        raise ReleaseError("MOVIE_ASSETS_REGISTRY is not set: the registry to push to, such as example.azurecr.io")
    release = manifest.read(directory)
    with logged_in(settings, settings.registry) as environment:
        registry = Registry(settings.registry, settings.docker, environment)
        names = {image.name: registry.name(f"movie-assets/{image.name}") for image in release.images}
        for image in release.images:
            registry.refuse_another(f"{names[image.name]}:{release.version}", image.image_id)
        pushed = []
        for image in release.images:
            tag = f"{names[image.name]}:{release.version}"
            digest = registry.push(tag, image.image_id)
            say(f"{tag} is {digest}")
            stored = {"tag": tag, "digest": digest, "reference": f"{names[image.name]}@{digest}"}
            pushed.append(image.model_copy(update=stored))
    release = release.model_copy(update={"images": pushed})
    manifest.write(release, directory)
    return manifest.write_fragment(release, directory)
