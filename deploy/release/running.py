"""Programs that a release calls: argument lists, no shell, failures as a ReleaseError."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.release.errors import ReleaseError

_TOLD = 4000  # characters of a failed program's output that are repeated


def run(
    words: Sequence[str | Path], environment: Mapping[str, str] | None = None, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program and return what it printed, whatever its exit code.

    `environment` is added to this process's; `given` is the program's standard input, which is empty otherwise.
    Raises ReleaseError if there is no such program.
    """
    try:
        return subprocess.run(
            [str(word) for word in words],
            env=os.environ | dict(environment or {}),
            input=given or "",
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise ReleaseError(f"There is no program {words[0]}. Install it or put it on PATH.") from error


def output(words: Sequence[str | Path], environment: Mapping[str, str] | None = None, given: str | None = None) -> str:
    """What a program printed on standard output. Raises ReleaseError with its complaint if it failed."""
    finished = run(words, environment, given)
    if finished.returncode != 0:
        raise ReleaseError(
            f"{' '.join(str(word) for word in words)} failed with exit code {finished.returncode}:\n"
            f"{(finished.stderr.strip() or finished.stdout.strip())[-_TOLD:]}"
        )
    return finished.stdout


def tool(name: str) -> Path:
    """A program of the development environment. Raises ReleaseError if it is not installed."""
    beside = Path(sys.executable).with_name(name)
    if beside.exists():
        return beside
    found = shutil.which(name)
    if found is None:
        raise ReleaseError(f"{name} is not installed: make environment")
    return Path(found)
