"""The command line of releases, as far as it gets without an engine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from movie_assets.settings import PROJECT_ROOT


def release(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.release", *words],
        cwd=PROJECT_ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_has_three_commands() -> None:
    told = release("--help").stdout
    assert all(command in told for command in ("build", "publish", "verify"))


@pytest.mark.parametrize(
    ("words", "environment", "message"),
    [
        (["publish"], {}, "MOVIE_ASSETS_REGISTRY is not set"),
        (["publish"], {"MOVIE_ASSETS_REGISTRY": "me:hunter22@example.org"}, "MOVIE_ASSETS_REGISTRY: Value error"),
        (["verify", "--env-file", "nowhere.env"], {}, "nowhere.env. A release writes it"),
    ],
)
def test_what_is_missing_is_one_message(words: list[str], environment: dict[str, str], message: str) -> None:
    finished = release(*words, **environment)
    assert finished.returncode == 1
    assert message in finished.stderr
    assert "Traceback" not in finished.stderr
    assert "hunter22" not in finished.stderr
