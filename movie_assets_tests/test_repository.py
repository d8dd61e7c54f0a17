"""The README, the examples and the files of the repository say what is so."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import yaml

from movie_assets.settings import PROJECT_ROOT, Settings
from movie_assets_tests.readme import readme_commands

MEGABYTE = 1_000_000


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    return [PROJECT_ROOT / name for name in listed.stdout.split("\0") if name and (PROJECT_ROOT / name).exists()]


def test_the_commands_of_the_readme_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT_ROOT / "Makefile").read_text(), re.MULTILINE))
    made = {command.split()[1] for command in readme_commands() if command.startswith("make ")}
    assert made == {"run", "test", "dashboards"}
    assert made <= targets


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
