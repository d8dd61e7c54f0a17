"""A release is scanned, or says that it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.release.errors import ReleaseError
from deploy.release.scan import runtime_locks, scan_document, scan_locks, scanner
from movie_assets.settings import PROJECT_ROOT
from movie_assets_tests.release.repository import commit
from movie_assets_tests.security.test_audit import osv

LOCK = f"requests==2.32.0 \\\n    --hash=sha256:{'0' * 64}\n"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text(LOCK, encoding="utf-8")
    return path


def service(address: str) -> list[str]:
    return ["--vulnerability-service", "osv", "--osv-url", address, "--timeout", "5"]


def test_the_locks_of_every_image_are_scanned_and_no_other() -> None:
    assert {str(path.relative_to(PROJECT_ROOT)) for path in runtime_locks(PROJECT_ROOT)} >= {
        "requirements.lock",
        "deploy/superset/requirements.lock",
    }
    assert all(path.name == "requirements.lock" for path in runtime_locks(PROJECT_ROOT))


def test_a_lock_that_git_does_not_know_is_no_lock_of_an_image(tmp_path: Path) -> None:
    commit(tmp_path, {"requirements.lock": LOCK})
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "requirements.lock").write_text(LOCK, encoding="utf-8")
    assert runtime_locks(tmp_path) == [tmp_path / "requirements.lock"]


def test_a_sound_lock_passes(lock: Path) -> None:
    with osv() as (address, asked):
        scan_locks([lock], service(address))
    assert asked == {"requests==2.32.0"}


def test_a_vulnerable_package_stops_the_release(lock: Path) -> None:
    with osv("requests") as (address, _), pytest.raises(ReleaseError, match="OSV-1"):
        scan_locks([lock], service(address))


def test_a_service_that_cannot_be_asked_stops_the_release_and_names_the_option(lock: Path) -> None:
    with pytest.raises(ReleaseError, match=r"could not be asked[\s\S]+--without-scan"):
        scan_locks([lock], service("http://127.0.0.1:1/v1/query"))


def test_a_missing_scanner_stops_the_release_and_names_the_option(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReleaseError, match=r"grype[\s\S]+--without-scan"):
        scanner()


def program(directory: Path, lines: str) -> Path:
    path = directory / "grype"
    path.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_what_the_scanner_finds_stops_the_release(tmp_path: Path) -> None:
    grype = program(tmp_path, 'echo "curl 7.88.1 CVE-2026-1"; exit 2')
    with pytest.raises(ReleaseError, match="CVE-2026-1"):
        scan_document(grype, tmp_path / "platform.cdx.json")


def test_the_scanner_is_given_the_sbom(tmp_path: Path) -> None:
    grype = program(tmp_path, f'echo "$@" > {tmp_path}/asked')
    scan_document(grype, tmp_path / "platform.cdx.json")
    assert f"sbom:{tmp_path}/platform.cdx.json" in (tmp_path / "asked").read_text(encoding="utf-8")
