"""A home with a running platform that tests may edit, kill and end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from movie_assets.warehouse.connection import WAREHOUSE_DATABASE
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets_tests.commands.processes import BRANDS_CSV, CommandLine, Platform, alive, eventually, place_for_all
from movie_assets_tests.published import FROM_SOURCES

FINISHED = {"SUCCESS", "FAILURE", "CANCELED"}


class Home:
    """A home with a brand file of its own, and the platform on it, which tests may end: the next one starts it."""

    def __init__(self, place: Path, starting: Sequence[str] | None = None) -> None:
        self.place = place
        self.starting = starting
        """What starts the platform; `movie-assets up` unless another program does."""
        self.csv = place / "brands.csv"
        shutil.copy(BRANDS_CSV, self.csv)
        # Ticks that find nothing end sooner than by default, because some tests wait for their end.
        self.command = CommandLine(
            place / "home", place, MOVIE_ASSETS_BRANDS_CSV=self.csv, MOVIE_ASSETS_WATCH_SECONDS=3
        )
        self.platform: Platform | None = None
        self.total = self.totals()

    def up(self) -> Platform:
        """The platform, up, with the content of the brand file in its tables and no run in progress."""
        if self.platform is None or self.platform.process.poll() is not None:
            self.platform = Platform(self.command, self.place / "up.log", self.starting)
        platform = self.platform.ready()
        eventually(lambda: any(run["status"] == "SUCCESS" for run in platform.runs()), "the first refresh")
        self.quiet()
        return platform

    @property
    def database(self) -> Database:
        return Database(EmbeddedServer(self.command.home).dsn(WAREHOUSE_DATABASE))

    def totals(self) -> Iterator[int]:
        """Totals that no brand file had before."""
        yield from range(7_000_000_001, 8_000_000_000)

    def content(self, total: int) -> str:
        """The bundled brand file with another total for Pixar."""
        return BRANDS_CSV.read_text(encoding="utf-8").replace("6078217662", str(total))

    def rename_into_place(self, content: str) -> None:
        """As careful programs write."""
        beside = self.csv.with_suffix(".new")
        beside.write_text(content, encoding="utf-8")
        beside.replace(self.csv)

    def rewrite(self, content: str) -> None:
        """As a text editor may write: into the same file."""
        self.csv.write_text(content, encoding="utf-8")

    def measured(self) -> int:
        """Pixar's total in brand_stats."""
        return int(str(self.database.scalar("SELECT total_gross_usd FROM movies.brand_stats WHERE brand = 'Pixar'")))

    def quiet(self) -> list[dict[str, Any]]:
        """All runs, once none is in progress."""
        assert self.platform is not None
        platform = self.platform
        return eventually(
            lambda: (runs := platform.runs()) and all(run["status"] in FINISHED for run in runs) and runs, "runs end"
        )

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """All published rows that follow from sources, with the transaction that wrote each."""
        return {
            table.name: self.database.rows(f"SELECT t.xmin::text, t.* FROM {table.fullname} t ORDER BY t::text")
            for table in FROM_SOURCES
        }


@contextmanager
def home_of_its_own(starting: Sequence[str] | None = None) -> Iterator[Home]:
    with place_for_all() as place:
        home = Home(place, starting)
        try:
            yield home
        finally:
            if home.platform is not None:
                home.platform.__exit__()


def gone(family: list[psutil.Process]) -> bool:
    """Whether none of the processes is left, in the end."""
    return eventually(lambda: not any(map(alive, family)), f"all gone of {family}")
