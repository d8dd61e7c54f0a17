"""Runs a command that ends when its parent does: `python -m movie_assets.commands.child COMMAND...`.

On Linux the kernel sends SIGTERM to this process when the parent dies, however it dies; the setting survives exec.
Elsewhere the command is only run.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Replace this process by `command`, tied to the life of the process `parent`."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            # The parent died before the setting took effect.
            return
    os.execvp(command[0], command)  # noqa: S606 - the command comes from `servers`, not from outside


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
