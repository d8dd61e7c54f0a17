"""The README, the examples and the files of the repository say what is so."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from movie_assets.settings import PROJECT_ROOT, Settings

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
MEGABYTE = 1_000_000


def readme_commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    return [PROJECT_ROOT / name for name in listed.stdout.split("\0") if name and (PROJECT_ROOT / name).exists()]


def test_every_readme_command_that_returns_works_in_the_order_it_is_given(home: Path) -> None:
    commands = [command for command in readme_commands() if command.startswith(".venv/bin/")]
    assert len(commands) >= 7
    for command in commands:
        program, *arguments = shlex.split(command)
        result = subprocess.run(
            [BIN / Path(program).name, *arguments],
            cwd=PROJECT_ROOT,
            env={**os.environ, "MOVIE_ASSETS_HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, (command, result.stderr)
        assert "Traceback" not in result.stderr


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT_ROOT / "Makefile").read_text(), re.MULTILINE))
    made = {command.split()[1] for command in readme_commands() if command.startswith("make ")}
    assert made == {"run", "test"}
    assert made <= targets


def test_make_run_serves_the_ui_and_ctrl_c_ends_it(home: Path, tmp_path: Path) -> None:
    log = tmp_path / "make-run.log"
    with log.open("wb") as output:
        make = subprocess.Popen(
            # The environment that runs this test is complete; `-o` keeps make from building it again.
            ["make", "run", f"VENV={BIN.parent}", "-o", f"{BIN.parent}/.runtime"],
            cwd=PROJECT_ROOT,
            env={**os.environ, "MOVIE_ASSETS_HOME": str(home), "MOVIE_ASSETS_PORT": "0"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        url = wait_for_url(log, make)
        with urllib.request.urlopen(url, timeout=10) as page:
            assert page.status == 200
    finally:
        os.killpg(make.pid, signal.SIGINT)
        make.wait(60)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=2)


def wait_for_url(log: Path, make: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = re.search(r"The platform is up: (http://\S+)", log.read_text())
        if found:
            return found[1]
        assert make.poll() is None, log.read_text()
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def test_the_example_environment_names_every_setting() -> None:
    example = set(re.findall(r"^#?([A-Z_]+)=", (PROJECT_ROOT / ".env.example").read_text(), re.MULTILINE))
    settings = {
        name.upper() if name.startswith("tmdb_") else f"MOVIE_ASSETS_{name.upper()}" for name in Settings.model_fields
    }
    assert example == settings


def test_links_in_the_documentation_lead_somewhere() -> None:
    for page in [
        PROJECT_ROOT / "README.md",
        *(PROJECT_ROOT / "docs").rglob("*.md"),
        PROJECT_ROOT / "data" / "README.md",
    ]:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page, target)


def test_committed_files_are_small_and_text() -> None:
    for path in tracked_files():
        size = path.stat().st_size
        if path.suffix == ".png":
            assert path.is_relative_to(PROJECT_ROOT / "docs")
            assert size <= 300_000, path
        else:
            assert size <= MEGABYTE, path
            if path.name != "sample_films.jsonl.gz":
                path.read_text(encoding="utf-8")


def test_lock_files_carry_exact_versions_and_hashes_and_no_address() -> None:
    for path in PROJECT_ROOT.glob("requirements*.lock"):
        text = path.read_text()
        assert "://" not in text
        assert "--index" not in text
        pinned = re.findall(r"^[a-zA-Z0-9._-]+==\S+.*?(?=^\S)", text + "\nend", re.MULTILINE | re.DOTALL)
        assert len(pinned) >= 2
        assert all("--hash=sha256:" in entry for entry in pinned), path


def test_the_workspace_file_names_the_definitions() -> None:
    (entry,) = yaml.safe_load((PROJECT_ROOT / "workspace.yaml").read_text())["load_from"]
    assert entry["python_module"]["module_name"] == "movie_assets.definitions"
