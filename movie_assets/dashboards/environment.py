"""Superset's own Python environment, built from its lock. The platform's never holds a package of it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from movie_assets.dashboards.errors import DashboardsError

_STAMP = ".movie-assets-lock"
_LINES_SHOWN = 15


def ensure_environment(environment: Path, lock: Path, say: Callable[[str], None]) -> None:
    """Make `environment` hold just what `lock` names, with hashes checked; one that does is left alone.

    Raises DashboardsError when the directory holds something else, or an installation fails.
    """
    stamp = environment / _STAMP
    wanted = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return
    if environment.exists() and any(environment.iterdir()) and not (environment / "pyvenv.cfg").is_file():
        raise DashboardsError(
            f"{environment} is not a Python environment, so Superset is not installed into it. Set "
            "MOVIE_ASSETS_SUPERSET_ENVIRONMENT to a directory that is empty or does not exist."
        )
    say(f"Installing Superset into {environment}: once, 800 MB, a minute or more.")
    stamp.unlink(missing_ok=True)
    try:
        venv.create(environment, clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise DashboardsError(
            f"{environment} cannot be made a Python environment: {error}. Install Python's venv (Debian: apt-get "
            "install python3-venv), and see that the directory can be written and has 1 GB of room."
        ) from error
    _install(environment / "bin" / "python", lock)
    stamp.write_text(wanted, encoding="ascii")


def _install(python: Path, lock: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    attempts: list[list[str | Path]] = [
        [python, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", lock]
    ]
    if uv.is_file():
        # Much faster; pip finds packages where uv has no index.
        options = ["--quiet", "--compile-bytecode", "--require-hashes"]
        attempts.insert(0, [uv, "pip", "install", *options, "--python", python, "-r", lock])
    for words in attempts:
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=_environment())
        if done.returncode == 0:
            return
    told = "\n".join(done.stderr.strip().splitlines()[-_LINES_SHOWN:])
    raise DashboardsError(
        f"Superset cannot be installed from {lock}. See that a package index can be reached, and try again: what is "
        f"there already is not fetched anew. pip said:\n{told}"
    )


def _environment() -> dict[str, str]:
    # Another environment that is active would be taken for the one to install into.
    return {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
