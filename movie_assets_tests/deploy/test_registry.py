"""Releases through a real engine and a real registry with a login: pushed once by version, taken by digest."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from deploy.release import manifest, plan, pulling
from deploy.release.errors import ReleaseError
from deploy.release.login import logged_in
from deploy.release.making import make
from deploy.release.publishing import publish
from deploy.release.settings import ReleaseSettings
from movie_assets_tests.deploy import tiny
from movie_assets_tests.deploy.bases import PYTHON
from movie_assets_tests.deploy.compose import COMPOSE
from movie_assets_tests.deploy.engine import Docker
from movie_assets_tests.deploy.registry import PASSWORD, USER, RegistryProcess, registry

pytestmark = pytest.mark.deploy


@dataclass(frozen=True)
class Workshop:
    """A repository, and a place in the registry that no other test uses."""

    docker: Docker
    root: Path
    settings: ReleaseSettings
    registry: RegistryProcess
    path: str

    def make(self, **changed: str) -> Path:
        """Commit, and make a release that is not scanned. Returns the directory of its files."""
        tiny.write(self.root, PYTHON, **changed)
        return make(self.settings, self.root, lambda _: None, scanned=False).parent

    def publish(self, directory: Path) -> Path:
        """Push a release. Returns the path of its fragment."""
        return publish(self.settings, directory, lambda _: None)

    def pull(self, fragment: Path, environment: Mapping[str, str]) -> list[str]:
        """Let Compose pull, as on a host that has the fragment and the logins that `environment` names."""
        called = plan.project(self.settings.compose, self.root, env_file=fragment)
        return pulling.pull(called, self.settings.docker, fragment, environment)

    def digest(self, name: str) -> str:
        """What the registry has under the version of these tests."""
        return self.registry.digest(f"{self.path}/movie-assets/{name}", tiny.VERSION)


def forget(docker: Docker) -> None:
    """Remove from the engine what these tests made, under every name."""
    for line in docker("image", "ls", "--no-trunc", "--format", "{{.Tag}} {{.ID}}").splitlines():
        tag, image_id = line.split()
        if tag == tiny.VERSION:
            docker.run("image", "rm", "--force", image_id)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryProcess]:
    with registry(tmp_path_factory.mktemp("registry")) as process:
        yield process


@pytest.fixture(scope="module")
def made(docker: Docker, process: RegistryProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    place = tmp_path_factory.mktemp("workshop")
    file = place / "password"
    file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    settings = ReleaseSettings(
        registry=process.address,
        registry_user=USER,
        registry_password_file=file,
        docker=[docker.client],
        compose=[str(COMPOSE)],
        docker_config=place / "docker",
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DOCKER_HOST", docker.host)
        workshop = Workshop(docker, place / "repository", settings, process, "")
        workshop.make()
        yield workshop
        forget(docker)


@pytest.fixture
def workshop(made: Workshop, tmp_path: Path) -> Workshop:
    """The repository with the release in it, ready for the registry."""
    root = tmp_path / "repository"
    shutil.copytree(made.root, root)
    path = f"t{uuid.uuid4().hex[:8]}"
    settings = made.settings.model_copy(
        update={"registry": f"{made.registry.address}/{path}", "docker_config": tmp_path / "docker"}
    )
    return replace(made, root=root, settings=settings, path=path)


@pytest.fixture
def directory(workshop: Workshop) -> Path:
    """The files of that release."""
    return manifest.directory_of(workshop.root, tiny.VERSION)


def test_what_was_pushed_is_what_compose_takes(workshop: Workshop, directory: Path) -> None:
    fragment = workshop.publish(directory)
    release = manifest.read(directory)
    assert [image.name for image in release.images] == tiny.NAMES
    # The other tests go on with these images.
    kept = workshop.root / "images.tar"
    workshop.docker("save", "--output", kept, *(f"movie-assets/{name}:{tiny.VERSION}" for name in tiny.NAMES))
    for image in release.images:
        assert image.digest == workshop.digest(image.name)
    forget(workshop.docker)
    for image in release.images:
        assert not workshop.docker.has(image.image_id)
    with logged_in(workshop.settings, workshop.registry.address) as environment:
        taken = workshop.pull(fragment, environment)
    assert taken == [image.reference for image in release.images]
    for image in release.images:
        assert image.reference is not None
        [held] = json.loads(workshop.docker("image", "inspect", image.reference))
        assert held["Id"] == image.image_id
        labels = held["Config"]["Labels"]
        assert labels["org.opencontainers.image.version"] == tiny.VERSION
        assert labels["org.opencontainers.image.revision"] == release.commit
    workshop.docker("load", "--input", kept)


def test_without_a_login_nothing_is_pushed_and_nothing_is_pulled(workshop: Workshop, directory: Path) -> None:
    stranger = workshop.settings.model_copy(update={"registry_user": None, "registry_password_file": None})
    with pytest.raises(ReleaseError, match=r"unauthorized|no basic auth credentials"):
        publish(stranger, directory, lambda _: None)
    assert not any(name.startswith(workshop.path) for name in workshop.registry.repositories())
    assert not (directory / "release.env").exists()
    fragment = workshop.publish(directory)
    with pytest.raises(ReleaseError, match=r"unauthorized|no basic auth credentials"):
        workshop.pull(fragment, {})


def test_a_wrong_password_is_refused_and_not_repeated(workshop: Workshop, directory: Path, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("wrong horse battery", encoding="utf-8")
    settings = workshop.settings.model_copy(update={"registry_password_file": file})
    with pytest.raises(ReleaseError, match=r"login .* failed") as refused:
        publish(settings, directory, lambda _: None)
    assert "wrong horse" not in str(refused.value)


def test_a_login_leaves_nothing_behind_and_keeps_dockers_other_settings(workshop: Workshop) -> None:
    own = workshop.settings.docker_config
    (own / "cli-plugins").mkdir(parents=True)
    kept = {"auths": {"elsewhere.example.org": {"auth": "YTpi"}}, "credsStore": "nowhere", "currentContext": "default"}
    (own / "config.json").write_text(json.dumps(kept), encoding="utf-8")
    with logged_in(workshop.settings, workshop.registry.address) as environment:
        config = Path(environment["DOCKER_CONFIG"])
        held = json.loads((config / "config.json").read_text(encoding="utf-8"))
        assert list(held["auths"]) == [workshop.registry.address]
        assert held["currentContext"] == "default"
        assert (config / "cli-plugins").is_dir()
    assert not config.exists()
    assert (own / "cli-plugins").is_dir()
    assert json.loads((own / "config.json").read_text(encoding="utf-8")) == kept


def test_a_version_is_never_pushed_with_other_contents(workshop: Workshop, directory: Path) -> None:
    workshop.publish(directory)
    before = [workshop.digest(name) for name in tiny.NAMES]
    # As on another machine, which knows nothing of the release.
    shutil.rmtree(directory)
    workshop.make(note="something else")
    with pytest.raises(ReleaseError, match=r"platform:0\.0\.0-test is released already[\s\S]+raise the version"):
        workshop.publish(directory)
    assert [workshop.digest(name) for name in tiny.NAMES] == before


def test_publishing_again_changes_nothing(workshop: Workshop, directory: Path) -> None:
    fragment = workshop.publish(directory)
    written = fragment.read_text(encoding="utf-8"), manifest.read(directory)
    workshop.publish(directory)
    assert (fragment.read_text(encoding="utf-8"), manifest.read(directory)) == written


def test_an_sbom_lists_the_packages_of_the_image_and_is_the_same_again(workshop: Workshop, directory: Path) -> None:
    text = (directory / "platform.cdx.json").read_text(encoding="utf-8")
    found = [unquote(part["purl"]).split("?")[0] for part in json.loads(text)["components"] if "purl" in part]
    asked = ("run", "--rm", "--network", "none", "--entrypoint", "dpkg-query", PYTHON, "--show", "--showformat")
    installed = workshop.docker(*asked, "pkg:deb/debian/${Package}@${Version}\\n").split()
    assert len(installed) > 50
    assert set(installed) <= set(found)
    assert any(purl.startswith("pkg:pypi/wheel@") for purl in found)
    (directory / "platform.cdx.json").unlink()
    workshop.make()
    assert (directory / "platform.cdx.json").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ("COPY deploy/secrets/test_password /tmp/copied\n", "tmp/copied contains"),
        ("COPY deploy/secrets /app/deploy/secrets\n", "app/deploy/secrets/test_password"),
        (f'ENV GIVEN="{tiny.PASSWORD}"\n', "configuration"),
    ],
)
def test_an_image_with_a_secret_is_no_release(workshop: Workshop, directory: Path, more: str, place: str) -> None:
    with pytest.raises(ReleaseError, match=f"movie-assets/platform would carry secrets[\\s\\S]+{place}") as refused:
        workshop.make(more=more)
    assert tiny.PASSWORD not in str(refused.value)
    assert not (directory / "manifest.json").exists()


def test_what_hadolint_objects_to_is_not_built(workshop: Workshop) -> None:
    with pytest.raises(ReleaseError, match="DL3000"):
        workshop.make(more="WORKDIR relative\n")


def test_a_service_that_would_run_another_image_is_refused(
    workshop: Workshop, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fragment = workshop.publish(directory)
    monkeypatch.setenv("MOVIE_ASSETS_PLATFORM_IMAGE", "movie-assets/platform:latest")
    with pytest.raises(ReleaseError, match="daemon would run movie-assets/platform:latest"):
        workshop.pull(fragment, {})


def test_a_fragment_without_an_image_is_refused(workshop: Workshop, directory: Path) -> None:
    fragment = workshop.publish(directory)
    lines = fragment.read_text(encoding="utf-8").splitlines()
    fragment.write_text("\n".join(line for line in lines if "PROXY" not in line), encoding="utf-8")
    with pytest.raises(ReleaseError, match="has no MOVIE_ASSETS_PROXY_IMAGE; services proxy"):
        workshop.pull(fragment, {})
