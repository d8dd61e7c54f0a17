"""A platform without its servers: an embedded PostgreSQL of its own, two sets of files, runs as processes.

`Bench.expected` says what every table holds after an undisturbed refresh, from scratch, of a set of files.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from movie_assets.warehouse.connection import DAGSTER_DATABASE, WAREHOUSE_DATABASE
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets_tests.commands.processes import BRANDS_CSV, FILMS, place_for_all
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.faults.run_process import RunProcess
from movie_assets_tests.faults.tables import Contents, assert_equal, assert_whole, contents

VERSIONS = ("a", "b")


def brands_of(version: str) -> str:
    """The bundled brand file; version b has another total, another #1 release, and one brand less."""
    text = BRANDS_CSV.read_text(encoding="utf-8")
    if version == "a":
        return text
    changed = text.replace("6078217662", "6178217662").replace("Incredibles 2", "Toy Story 4")
    assert changed != text
    return "".join(changed.splitlines(keepends=True)[:-1])


def films_of(version: str) -> bytes:
    """The bundled films; in version b one is gone and all have more ratings, another title or another popularity."""
    content = FILMS.read_bytes()
    if version == "a":
        return content
    films = [json.loads(line) for line in gzip.decompress(content).splitlines()][:-1]
    for film in films:
        film["vote_count"] = film.get("vote_count", 0) + 7
        film["popularity"] = film.get("popularity", 0) + 1
    films[0]["title"] = f"{films[0]['title']} Again"
    return gzip.compress("".join(f"{json.dumps(film)}\n" for film in films).encode(), 1)


class Bench:
    """One home with files in `place`; `server` is its PostgreSQL."""

    def __init__(self, place: Path, server: EmbeddedServer) -> None:
        self.place = place
        self.home = place / "home"
        self.server = server
        self.csv = place / "brands.csv"
        self.films = place / "films.jsonl.gz"
        self.version = ""
        """The version of both files that was refreshed last."""
        self._expected: dict[tuple[str, str], Contents] = {}

    @property
    def database(self) -> Database:
        return Database(self.server.dsn(WAREHOUSE_DATABASE))

    @property
    def postmaster(self) -> psutil.Process:
        pid = self.server.status().pid
        assert pid is not None
        return psutil.Process(pid)

    def environment(self, **settings: object) -> dict[str, str]:
        """The variables of a process of this platform."""
        return {
            "MOVIE_ASSETS_HOME": str(self.home),
            "MOVIE_ASSETS_BRANDS_CSV": str(self.csv),
            "MOVIE_ASSETS_FILMS": str(self.films),
            "MOVIE_ASSETS_ENV_FILE": os.devnull,
            "MOVIE_ASSETS_MIN_FREE_BYTES": "0",
            **{name: str(value) for name, value in settings.items()},
        }

    def put(self, brands: str | None = None, films: str | None = None) -> None:
        """Have the files of a version in their places."""
        if brands is not None:
            self._place(self.csv, brands_of(brands).encode())
        if films is not None:
            self._place(self.films, films_of(films))

    def _place(self, path: Path, content: bytes) -> None:
        beside = path.with_suffix(".new")
        beside.write_bytes(content)
        beside.replace(path)

    def start(self, job: str, *assets: str, **settings: object) -> RunProcess:
        """A run in progress."""
        return RunProcess(self.environment(**settings), self.place / "outcome.json", job, assets)

    def run(self, job: str, *assets: str, **settings: object) -> dict[str, Any]:
        """A run to its end."""
        return self.start(job, *assets, **settings).ended()

    def contents(self, *only: str) -> Contents:
        return contents(self.database, only=only)

    def expected(self, brands: str, films: str) -> Contents:
        """What every table holds after a refresh of these files in an empty database."""
        if (brands, films) not in self._expected:
            with temporary_database(self.server.dsn(WAREHOUSE_DATABASE)) as url:
                csv, film_file = self.place / "reference.csv", self.place / "reference.jsonl.gz"
                csv.write_bytes(brands_of(brands).encode())
                film_file.write_bytes(films_of(films))
                outcome = self.run(
                    "refresh",
                    MOVIE_ASSETS_HOME=self.place / "reference",
                    MOVIE_ASSETS_DATABASE_URL=url,
                    MOVIE_ASSETS_DAGSTER_DATABASE_URL=url,
                    MOVIE_ASSETS_BRANDS_CSV=csv,
                    MOVIE_ASSETS_FILMS=film_file,
                )
                assert outcome["status"] == "SUCCESS", outcome
                self._expected[brands, films] = contents(Database(url))
        return self._expected[brands, films]

    def fill(self, version: str) -> None:
        """Publish a version into empty databases, which is what `expected` asks for."""
        self.put(version, version)
        outcome = self.run("refresh")
        assert outcome["status"] == "SUCCESS", outcome
        self.version = version
        self._expected[version, version] = self.contents()

    def assert_whole(self) -> None:
        """Every table is that of the old files or of the new ones."""
        assert_whole(self.contents(), self.expected("a", "a"), self.expected("b", "b"))

    def refreshed(self, version: str) -> None:
        """The next refresh succeeds, and every table is what it would be without the fault."""
        self.put(version, version)
        outcome = self.run("refresh")
        assert outcome["status"] == "SUCCESS", outcome
        assert_equal(self.contents(), self.expected(version, version))
        self.version = version

    @property
    def other(self) -> str:
        """The version that was not refreshed last."""
        return "b" if self.version == "a" else "a"


@contextmanager
def bench() -> Iterator[Bench]:
    """A bench whose tables hold version a of the files."""
    with place_for_all() as place:
        server = EmbeddedServer(place / "home")
        server.acquire(databases=(WAREHOUSE_DATABASE, DAGSTER_DATABASE))
        try:
            made = Bench(place, server)
            made.fill("a")
            yield made
        finally:
            server.release()
