"""The record of a release and the fragment that Compose takes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from deploy.release.errors import ReleaseError
from deploy.release.manifest import Manifest, Released, begin, fragment, read, write, write_fragment
from deploy.release.pulling import references

DIGEST = f"sha256:{'b' * 64}"


def released(directory: Path, **pushed: str) -> Manifest:
    document = directory / "postgres-exporter.cdx.json"
    document.write_text("{}\n", encoding="utf-8")
    image = Released(
        name="postgres-exporter",
        variable="MOVIE_ASSETS_POSTGRES_EXPORTER_IMAGE",
        image_id=f"sha256:{'a' * 64}",
        sbom=document.name,
        sbom_sha256=hashlib.sha256(b"{}\n").hexdigest(),
        packages=3,
    )
    return Manifest(
        version="1.2.3",
        commit="c" * 40,
        created="2026-01-02T03:04:05Z",
        scanned=True,
        images=[image.model_copy(update=pushed)],
    )


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    manifest = released(tmp_path)
    write(manifest, tmp_path)
    assert read(tmp_path) == manifest


def test_the_fragment_names_digests_and_is_read_back(tmp_path: Path) -> None:
    reference = f"registry.example.org/movie-assets/postgres-exporter@{DIGEST}"
    path = write_fragment(released(tmp_path, reference=reference), tmp_path)
    assert references(path) == {"MOVIE_ASSETS_POSTGRES_EXPORTER_IMAGE": reference}
    assert "1.2.3" in path.read_text(encoding="utf-8")


def test_there_is_no_fragment_of_what_is_not_pushed(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="postgres-exporter is not pushed"):
        fragment(released(tmp_path))


def test_a_release_that_was_not_built_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="release build"):
        read(tmp_path)


def test_a_damaged_manifest_names_the_place(tmp_path: Path) -> None:
    path = write(released(tmp_path), tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("a" * 64, "a" * 63), encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"images\.0\.image_id"):
        read(tmp_path)


@pytest.mark.parametrize("text", ["{ }\n", None], ids=["another SBOM", "no SBOM"])
def test_an_sbom_that_is_not_the_manifests_is_refused(tmp_path: Path, text: str | None) -> None:
    write(released(tmp_path), tmp_path)
    document = tmp_path / "postgres-exporter.cdx.json"
    if text is None:
        document.unlink()
    else:
        document.write_text(text, encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"postgres-exporter\.cdx\.json is not the SBOM"):
        read(tmp_path)


@pytest.mark.parametrize("value", ["", "movie-assets/platform:1.2.3", "movie-assets/platform@sha256:12"])
def test_a_line_without_a_digest_is_refused(tmp_path: Path, value: str) -> None:
    path = tmp_path / "release.env"
    path.write_text(f"# a release\nMOVIE_ASSETS_PLATFORM_IMAGE={value}\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match="line 2: MOVIE_ASSETS_PLATFORM_IMAGE names no image by digest"):
        references(path)


def test_a_build_begins_without_what_another_left(tmp_path: Path) -> None:
    (begin(tmp_path, "1.2.3") / "manifest.json").touch()
    assert list(begin(tmp_path, "1.2.3").iterdir()) == []


def test_the_record_of_a_published_version_stays(tmp_path: Path) -> None:
    directory = begin(tmp_path, "1.2.3")
    (directory / "release.env").touch()
    with pytest.raises(ReleaseError, match=r"1\.2\.3 is published[\s\S]+Raise the version"):
        begin(tmp_path, "1.2.3")
    assert (directory / "release.env").exists()
