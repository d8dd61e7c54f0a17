"""The images that ours begin with: pulled, or, where no registry can be reached, made of Debian's packages."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from movie_assets_tests.deploy.engine import INSTALL, Docker

DEBIAN = "debian:bookworm-slim"
PYTHON = "python:3.11-slim-bookworm"

TAR = Path(tempfile.gettempdir()) / "movie-assets-bookworm.tar"
"""Debian's packages as a file system: kept, because putting it together takes a minute."""

_PULL_SECONDS = 120
_MAKE_SECONDS = 600

# As in the image of that name, but for the place of the interpreter.
_PYTHON = f"""\
FROM {DEBIAN}
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \\
    python3 python3-pip python3-venv ca-certificates > /dev/null && rm -rf /var/lib/apt/lists/*
"""


def provide_bases(docker: Docker) -> None:
    """Have both images in the engine; AssertionError that names the remedy when that cannot be."""
    if not docker.has(DEBIAN) and not _pulled(docker, DEBIAN):
        docker("import", _debian(), DEBIAN)
    if not docker.has(PYTHON) and not _pulled(docker, PYTHON):
        docker("build", "--tag", PYTHON, "-", stdin=_PYTHON)


def _pulled(docker: Docker, image: str) -> bool:
    words = [docker.client, "pull", "--quiet", image]
    try:
        outcome = subprocess.run(words, capture_output=True, env=docker.environment, timeout=_PULL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return outcome.returncode == 0


def _debian() -> Path:
    if TAR.exists():
        return TAR
    program = shutil.which("mmdebstrap")
    assert program is not None, f"{DEBIAN} cannot be pulled, and without mmdebstrap it cannot be made: {INSTALL}"
    unfinished = TAR.with_suffix(".unfinished.tar")
    words = [program, "--quiet", "--variant=minbase", "--include=ca-certificates", "bookworm", unfinished]
    outcome = subprocess.run(words, capture_output=True, text=True, timeout=_MAKE_SECONDS, check=False)
    assert outcome.returncode == 0, f"{DEBIAN} cannot be made: {outcome.stderr}"
    unfinished.rename(TAR)
    return TAR
