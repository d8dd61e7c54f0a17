"""Exporting a table of a million films as a folder, in each format.

    python -m benchmarks.export --rows 1000000

Made-up films with every column of raw_tmdb_movies are published once; then each format is written in a process of its
own. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.films import films
from benchmarks.measuring import measured
from movie_assets.exporting.folder import export_all
from movie_assets.exporting.formats import Format
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.staging import Frames
from movie_assets.warehouse.tables import metadata

FILMS = metadata.tables["movies.raw_tmdb_movies"]
SLICE = 50_000


def connected(url: str) -> Database:
    """The database, with the driver loaded and its types read."""
    database = Database(url)
    with database.adbc():
        return database


def write(directory: str, format_: Format, database: Database) -> int:
    folder = export_all(database, [FILMS], Path(directory), format_)
    return sum(path.stat().st_size for path in folder.iterdir())


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    rows = arguments.parse_args().rows
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        with EmbeddedServer(Path(place) / "home") as server:
            url = server.dsn("movie_assets")
            publish(
                Database(url), FILMS, Frames(films(min(SLICE, rows - s), first_id=s + 1) for s in range(0, rows, SLICE))
            )
            found = {}
            for format_ in Format:
                result = measured(partial(connected, url), partial(write, f"{place}/exports", format_))
                found[str(format_)] = {
                    "seconds": round(result.seconds, 2),
                    "extra_mb": round(result.extra_mb),
                    "bytes": result.value,
                }
    print(json.dumps({"python": platform.python_version(), "rows": rows, "formats": found}, indent=1))


if __name__ == "__main__":
    main()
