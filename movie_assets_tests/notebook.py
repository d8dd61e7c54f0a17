"""Runs docs/notebook.md: its Python blocks in order, in one namespace, in a directory with an export.

As a program it writes what they print into the page, and the charts beside it, from a refresh on the bundled data.
"""

from __future__ import annotations

import io
import os
import re
import shutil
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from movie_assets.exporting.folder import export_all
from movie_assets.exporting.formats import Format
from movie_assets.settings import PROJECT_ROOT
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.checks.refreshed import platform, refresh
from movie_assets_tests.conftest import traversable_directory

PAGE = PROJECT_ROOT / "docs" / "notebook.md"
COMMAND = "python -m movie_assets_tests.notebook"
CHARTS = ("brand-ratings.svg", "concentration.svg")

_BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n^```text\n(?P<quoted>.*?)^```\n)?", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Run:
    """A block of code, what the page says it prints, and what it printed."""

    code: str
    quoted: str
    printed: str


def run(directory: Path) -> list[Run]:
    """Run every block in `directory`, where charts are left; an error names the line of the page."""
    page = PAGE.read_text(encoding="utf-8")
    namespace: dict[str, object] = {"__name__": "notebook"}
    runs = []
    with chdir(directory):
        for block in _BLOCK.finditer(page):
            lines_before = page.count("\n", 0, block.start("code"))
            code = compile("\n" * lines_before + block["code"], str(PAGE), "exec")
            printed = io.StringIO()
            with redirect_stdout(printed):
                exec(code, namespace)  # noqa: S102
            runs.append(Run(block["code"], block["quoted"] or "", printed.getvalue()))
    return runs


def renew(runs: list[Run]) -> str:
    """The page with what was printed in the place of what it said."""
    printed = iter(runs)

    def renewed(block: re.Match[str]) -> str:
        text = next(printed).printed
        return f"```python\n{block['code']}```\n" + (f"\n```text\n{text}```\n" if text else "")

    return _BLOCK.sub(renewed, PAGE.read_text(encoding="utf-8"))


def main() -> None:
    """Renew the page and its charts."""
    with traversable_directory() as place, EmbeddedServer(place / "home") as server:
        database = Database(server.dsn("movie_assets"))
        with dg.DagsterInstance.ephemeral() as instance:
            assert refresh(platform(database.libpq_uri, place), instance).success
        os.environ["MOVIE_ASSETS_DATABASE_URL"] = database.libpq_uri
        export_all(database, metadata.sorted_tables, place / "exports", Format.PARQUET)
        PAGE.write_text(renew(run(place)), encoding="utf-8")
        for chart in CHARTS:
            shutil.copyfile(place / chart, PAGE.parent / chart)


if __name__ == "__main__":
    main()
