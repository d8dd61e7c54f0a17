"""Releases through a real engine and a real registry with a login: pushed once by version, taken by digest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

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
    """Where releases are made and pushed to."""

    docker: Docker
    root: Path
    settings: ReleaseSettings
    registry: RegistryProcess

    def make(self, version: str, **changed: str) -> Path:
        """Commit, and make a release of this version that is not scanned. Returns the directory of its files."""
        tiny.write(self.root, PYTHON, version, **changed)
        return make(self.settings, self.root, lambda _: None, scanned=False).parent

    def publish(self, version: str, **changed: str) -> Path:
        """Make such a release and push it. Returns the path of its fragment."""
        return publish(self.settings, self.make(version, **changed), lambda _: None)

    def pull(self, fragment: Path, environment: Mapping[str, str]) -> list[str]:
        """Let Compose pull, as on a host that has the fragment and the logins that `environment` names."""
        called = plan.project(self.settings.compose, self.root, env_file=fragment)
        return pulling.pull(called, self.settings.docker, fragment, environment)

    def forget(self) -> None:
        """Remove from the engine every image that it has under a name in this registry, with its other names."""
        for line in self.docker("image", "ls", "--digests", "--format", "{{.Repository}} {{.ID}}").splitlines():
            name, image_id = line.split()
            if name.startswith(f"{self.registry.address}/"):
                self.docker.run("image", "rm", "--force", image_id)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryProcess]:
    with registry(tmp_path_factory.mktemp("registry")) as process:
        yield process


@pytest.fixture
def workshop(
    docker: Docker, address: RegistryProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workshop]:
    monkeypatch.setenv("DOCKER_HOST", docker.host)
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    settings = ReleaseSettings(
        registry=address.address,
        registry_user=USER,
        registry_password_file=file,
        docker=[docker.client],
        compose=[str(COMPOSE)],
        docker_config=tmp_path / "docker",
    )
    made = Workshop(docker, tmp_path / "repository", settings, address)
    yield made
    made.forget()
    for name in tiny.NAMES:
        for tag in docker("image", "ls", "--format", "{{.Tag}}", f"movie-assets/{name}").split():
            if tag.startswith(tiny.VERSIONS):
                docker("image", "rm", f"movie-assets/{name}:{tag}")


def test_what_was_pushed_is_what_compose_takes(workshop: Workshop) -> None:
    fragment = workshop.publish("0.0.00")
    release = manifest.read(fragment.parent)
    assert [image.name for image in release.images] == tiny.NAMES
    for image in release.images:
        assert image.digest == workshop.registry.digest(f"movie-assets/{image.name}", "0.0.00")
    workshop.forget()
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
        assert labels["org.opencontainers.image.version"] == "0.0.00"
        assert labels["org.opencontainers.image.revision"] == release.commit


def test_without_a_login_nothing_is_pushed_and_nothing_is_pulled(workshop: Workshop) -> None:
    stranger = workshop.settings.model_copy(update={"registry_user": None, "registry_password_file": None})
    directory = workshop.make("0.0.01")
    with pytest.raises(ReleaseError, match=r"unauthorized|no basic auth credentials"):
        publish(stranger, directory, lambda _: None)
    assert not (directory / "release.env").exists()
    fragment = publish(workshop.settings, directory, lambda _: None)
    workshop.forget()
    with pytest.raises(ReleaseError, match=r"unauthorized|no basic auth credentials"):
        workshop.pull(fragment, {})


def test_a_wrong_password_is_refused_and_not_repeated(workshop: Workshop) -> None:
    assert workshop.settings.registry_password_file is not None
    workshop.settings.registry_password_file.write_text("wrong horse battery", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"login .* failed") as refused:
        publish(workshop.settings, workshop.make("0.0.02"), lambda _: None)
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


def test_a_version_is_never_pushed_with_other_contents(workshop: Workshop) -> None:
    release = manifest.read(workshop.publish("0.0.10").parent)
    directory = workshop.make("0.0.10", note="something else")
    with pytest.raises(ReleaseError, match=r"platform:0\.0\.10 is released already[\s\S]+raise the version"):
        publish(workshop.settings, directory, lambda _: None)
    for image in release.images:
        assert workshop.registry.digest(f"movie-assets/{image.name}", "0.0.10") == image.digest
    workshop.publish("0.0.11", note="something else")
    assert workshop.registry.digest("movie-assets/platform", "0.0.11") != release.images[0].digest


def test_publishing_again_changes_nothing(workshop: Workshop) -> None:
    fragment = workshop.publish("0.0.20")
    written = fragment.read_text(encoding="utf-8"), manifest.read(fragment.parent)
    publish(workshop.settings, fragment.parent, lambda _: None)
    assert (fragment.read_text(encoding="utf-8"), manifest.read(fragment.parent)) == written


def test_an_sbom_lists_the_packages_of_the_image_and_is_the_same_again(workshop: Workshop) -> None:
    directory = workshop.make("0.0.30")
    text = (directory / "platform.cdx.json").read_text(encoding="utf-8")
    found = {c["purl"].split("?")[0] for c in json.loads(text)["components"] if "purl" in c}
    asked = ["run", "--rm", "--network", "none", "--entrypoint", "dpkg-query", PYTHON]
    installed = workshop.docker(*asked, "--show", "--showformat", "${Package}@${Version}\\n").split()
    debian = {purl.removeprefix("pkg:deb/debian/").replace("%2B", "+").replace("%3A", ":") for purl in found}
    assert set(installed) <= debian
    assert {purl.rsplit("/", 1)[1].split("@")[0] for purl in found if purl.startswith("pkg:pypi/")} >= {"pip"}
    (directory / "platform.cdx.json").unlink()
    assert workshop.make("0.0.30") == directory
    assert (directory / "platform.cdx.json").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ("COPY deploy/secrets/test_password /tmp/copied\n", "tmp/copied contains"),
        ("COPY deploy/secrets /app/deploy/secrets\n", "app/deploy/secrets/test_password"),
        (f'ENV GIVEN="{tiny.PASSWORD}"\n', "configuration"),
    ],
)
def test_an_image_with_a_secret_is_no_release(workshop: Workshop, more: str, place: str) -> None:
    with pytest.raises(ReleaseError, match=f"movie-assets/platform would carry secrets[\\s\\S]+{place}") as refused:
        workshop.make("0.0.40", more=more)
    assert tiny.PASSWORD not in str(refused.value)
    assert not (workshop.root / "dist" / "release" / "0.0.40" / "manifest.json").exists()


def test_what_hadolint_objects_to_is_not_built(workshop: Workshop) -> None:
    with pytest.raises(ReleaseError, match="DL3000"):
        workshop.make("0.0.50", more="WORKDIR relative\n")


def test_a_service_that_would_run_another_image_is_refused(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    fragment = workshop.publish("0.0.60")
    monkeypatch.setenv("MOVIE_ASSETS_PLATFORM_IMAGE", "movie-assets/platform:latest")
    with pytest.raises(ReleaseError, match="daemon would run movie-assets/platform:latest"):
        workshop.pull(fragment, {})


def test_a_fragment_without_an_image_is_refused(workshop: Workshop) -> None:
    fragment = workshop.publish("0.0.70")
    lines = fragment.read_text(encoding="utf-8").splitlines()
    fragment.write_text("\n".join(line for line in lines if "PROXY" not in line), encoding="utf-8")
    with pytest.raises(ReleaseError, match="has no MOVIE_ASSETS_PROXY_IMAGE; services proxy"):
        workshop.pull(fragment, {})
