"""A release is made of a commit and of nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy.release.errors import ReleaseError
from deploy.release.source import committed
from movie_assets_tests.release.repository import commit, project


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    commit(tmp_path, {"pyproject.toml": project(), ".gitignore": "dist/\n"})
    return tmp_path


def test_version_commit_and_time_are_those_of_the_commit(repository: Path) -> None:
    source = committed(repository)
    told = subprocess.run(
        ["git", "-C", repository, "log", "-1", "--format=%H %ct"], capture_output=True, text=True, check=True
    )
    assert [source.commit, str(source.epoch)] == told.stdout.split()
    assert source.version == "1.2.3"


@pytest.mark.parametrize("name", ["pyproject.toml", "new.py"], ids=["changed file", "file that git does not know"])
def test_what_is_not_committed_is_refused_by_name(repository: Path, name: str) -> None:
    with (repository / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(ReleaseError, match=name):
        committed(repository)


def test_what_git_ignores_does_not_matter(repository: Path) -> None:
    (repository / "dist").mkdir()
    (repository / "dist" / "manifest.json").write_text("{}", encoding="utf-8")
    assert committed(repository).version == "1.2.3"


def test_a_folder_without_git_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="not a git repository"):
        committed(tmp_path)
