"""`movie-assets` in processes forked from a warm one: all but the start of an interpreter is as a person has it.

For tests of what a command says and does. The commands of README show that its installed script starts at all.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from movie_assets_tests.commands.processes import COMMAND_SECONDS, CommandLine
from movie_assets_tests.forking import warm_context


class ForkedCommandLine(CommandLine):
    """The command line on one home; what is called is forked, what is started is a program as before."""

    def __call__(self, *arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        words = [str(word) for word in arguments]
        with tempfile.TemporaryDirectory() as directory:
            outputs = [Path(directory) / name for name in ("stdout", "stderr")]
            process = warm_context().Process(
                target=_run, args=(words, self.environment, str(cwd or self.cwd), *map(str, outputs))
            )
            process.start()
            process.join(COMMAND_SECONDS)
            if process.exitcode is None:
                process.kill()
                process.join()
                raise subprocess.TimeoutExpired(words, COMMAND_SECONDS)
            stdout, stderr = (output.read_text(encoding="utf-8") for output in outputs)
        return subprocess.CompletedProcess(words, process.exitcode, stdout, stderr)


def _run(words: list[str], environment: dict[str, str], cwd: str, stdout: str, stderr: str) -> None:
    """Runs in the forked process, in the place of an interpreter that has just been started."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    for path, stream in ((stdout, sys.stdout), (stderr, sys.stderr)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, stream.fileno())
        os.close(file)
    # The process that this one was forked from has it imported already.
    from movie_assets.cli import app  # noqa: PLC0415

    app(words, prog_name="movie-assets")
