"""Python for another account: this environment's own may lie where that account cannot go, such as under /root."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Interpreter:
    """A Python with this environment's packages, and the variables by which it finds them."""

    executable: str
    environment: dict[str, str]


def interpreter_for(account: pwd.struct_passwd) -> Interpreter:
    """A Python of this version that `account` can run; the test fails with the remedy where there is none.

    Where the checkout itself lies in a place that only root can enter, no other account ever runs anything in it, and
    the test is skipped.
    """
    if not _can_read(ROOT / "pyproject.toml", account):
        pytest.skip(f"{ROOT} lies where {account.pw_name} cannot go, so only root can run this checkout")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = os.pathsep.join([sysconfig.get_path("purelib"), str(ROOT)])
    candidates = [
        Interpreter(sys.executable, {"PYTHONPATH": str(ROOT)}),
        Interpreter(f"/usr/bin/{version}", {"PYTHONPATH": packages}),
    ]
    for candidate in candidates:
        if _runs(candidate, account):
            return candidate
    pytest.fail(f"{account.pw_name} can run no {version} with this environment's packages: apt-get install {version}")


def _can_read(file: Path, account: pwd.struct_passwd) -> bool:
    done = subprocess.run(
        ["/bin/cat", str(file)],
        cwd="/",
        capture_output=True,
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        check=False,
    )
    return done.returncode == 0


def _runs(interpreter: Interpreter, account: pwd.struct_passwd) -> bool:
    try:
        done = subprocess.run(
            [interpreter.executable, "-c", "import movie_assets.settings"],
            env=interpreter.environment,
            cwd="/",
            capture_output=True,
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0
