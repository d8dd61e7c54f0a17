"""A repository with one commit, as a release is made of."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

_AUTHOR = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]


def commit(root: Path, files: Mapping[str, str]) -> None:
    """Write the files and commit what changed in `root`, which becomes a repository if it is none."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", root], check=True)
    git = ["git", "-C", root, *_AUTHOR]
    subprocess.run([*git, "add", "--all"], check=True)
    if subprocess.run([*git, "diff", "--cached", "--quiet"], check=False).returncode != 0:
        subprocess.run([*git, "commit", "--quiet", "--message", "State"], check=True)


def project(version: str = "1.2.3") -> str:
    """A pyproject.toml of this version."""
    return f'[project]\nname = "tiny"\nversion = "{version}"\n'
