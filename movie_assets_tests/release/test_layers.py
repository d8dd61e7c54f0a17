"""Secrets in the layers of a saved image."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from deploy.release.errors import ReleaseError
from deploy.release.layers import refuse_secrets

VALUE = "correct horse battery"
NAMES = ["postgres_password"]


def tarred(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return written.getvalue()


def saved(path: Path, *layers: dict[str, bytes], configuration: str = "{}") -> Path:
    """An image in the form of `docker save`."""
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    manifest = json.dumps([{"Config": "config.json", "RepoTags": None, "Layers": names}]).encode()
    parts = {"manifest.json": manifest, "config.json": configuration.encode()}
    archive = path / "image.tar"
    archive.write_bytes(tarred(parts | {name: tarred(layer) for name, layer in zip(names, layers, strict=True)}))
    return archive


def look(archive: Path) -> None:
    refuse_secrets(archive, "movie-assets/platform", NAMES, [VALUE + "\n", "short"])


def test_an_image_without_secrets_passes(tmp_path: Path) -> None:
    files = {
        "app/.env.example": b"#TMDB_API_TOKEN=\n",
        "app/movie_assets/short.py": b"short",
        "run/secrets/empty": b"",
        "venv/lib/python3.11/site-packages/other/.env": b"X=1",
        "app/environment.env.py": b"x",
    }
    look(saved(tmp_path, files))


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        "app/.env",
        "./app/.env.production",
        "app/deploy/secrets/superset_secret_key",
        "run/secrets/tmdb_api_token",
        "tmp/postgres_password",
        "root/.docker/config.json",
    ],
)
def test_a_file_that_only_secrets_are_named_like_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReleaseError, match=f"layer 2: {name.removeprefix('./')}"):
        look(saved(tmp_path, {"app/a.py": b"x"}, {name: b"x"}))


def test_a_secret_that_a_later_layer_removes_is_found_in_the_earlier(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"layer 1: tmp/notes contains") as refused:
        look(saved(tmp_path, {"tmp/notes": f"it is {VALUE}!".encode()}, {"tmp/.wh.notes": b""}))
    assert VALUE not in str(refused.value)


@pytest.mark.parametrize("offset", [0, (1 << 20) - 5, (1 << 20), 3 << 20])
def test_a_value_is_found_wherever_a_large_file_has_it(tmp_path: Path, offset: int) -> None:
    content = bytearray(4 << 20)
    content[offset : offset + len(VALUE)] = VALUE.encode()
    with pytest.raises(ReleaseError, match="layer 1: large contains"):
        look(saved(tmp_path, {"large": bytes(content)}))


def test_a_value_in_the_configuration_is_found(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="configuration: a secret's value"):
        look(saved(tmp_path, {"a": b"x"}, configuration=json.dumps({"config": {"Env": [f"PASSWORD={VALUE}"]}})))
