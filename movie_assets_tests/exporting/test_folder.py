"""Every table in one folder: of one moment, complete, and told what it is."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import BigInteger, Column, Table, Text

from movie_assets.errors import MovieAssetsError
from movie_assets.exporting.folder import export_all
from movie_assets.exporting.formats import Format
from movie_assets.exporting.manifest import TMDB_NOTICE
from movie_assets.settings import PROJECT_ROOT
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.errors import WarehouseError
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.query import Query
from movie_assets_tests.warehouse import publishing_support
from movie_assets_tests.warehouse.publishing_support import (
    declared,
    eventually,
    films,
    frame,
    run,
    session,
    waiting_for_a_lock,
)

shared_database = publishing_support.shared_database
database = publishing_support.emptied_database

FILMS = films()
ROWS = frame((1, "Heat", 1995, 7.9), (2, "=Alien", None, None))


def version_table(name: str) -> Table:
    return declared(
        name,
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        Column("version", BigInteger, nullable=False),
    )


UPSTREAM, DOWNSTREAM = version_table("upstream"), version_table("downstream")


def made_films(rows: int, letters: int) -> Query:
    return Query(
        f"SELECT i AS id, left(repeat(md5(i::text), {letters // 32 + 1}), {letters}) AS title, NULL::bigint AS year,"
        f" NULL::double precision AS vote FROM generate_series(1::bigint, {rows}) AS i"
    )


def manifest(folder: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return content


def test_the_manifest_tells_of_every_file(database: Database, tmp_path: Path) -> None:
    publish(database, FILMS, ROWS)
    folder = export_all(database, [FILMS, films(name="never_published")], tmp_path, Format.CSV)

    told = manifest(folder)
    assert folder == tmp_path / f"movie-assets-{told['date']}"
    assert str(told["snapshot_at"]).startswith(str(told["date"]))
    assert told["notice"] == TMDB_NOTICE
    [table] = told["tables"]  # type: ignore[misc]
    content = (folder / "films.csv").read_bytes()
    assert (table["file"], table["rows"], table["bytes"], table["key"]) == ("films.csv", 2, len(content), ["id"])
    assert table["sha256"] == hashlib.sha256(content).hexdigest()
    assert [(c["name"], c["type"], c["nullable"]) for c in table["columns"]] == [
        ("id", "bigint", False),
        ("title", "text", False),
        ("year", "bigint", True),
        ("vote", "double precision", True),
    ]
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "films.csv"}


def test_columns_that_are_not_to_be_handed_on_are_left_out_and_named(database: Database, tmp_path: Path) -> None:
    table = declared(
        "people",
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        Column("name", Text, info={"withheld": "a person's name"}),
    )
    publish(database, table, frame((1, "Ann"), columns=("id", "name")))
    folder = export_all(database, [table], tmp_path, Format.CSV)
    assert (folder / "people.csv").read_text() == '"id"\n1\n'
    [told] = manifest(folder)["tables"]  # type: ignore[misc]
    assert told["withheld_columns"] == {"name": "a person's name"}


def test_tables_fit_together_while_they_are_republished(database: Database, tmp_path: Path) -> None:
    def publish_both(version: int) -> None:
        for table in (UPSTREAM, DOWNSTREAM):
            publish(database, table, pd.DataFrame({"id": range(100 + version), "version": version}))

    publish_both(0)
    publish(database, FILMS, ROWS)
    with ThreadPoolExecutor() as threads, session(database, "LOCK TABLE movies.films") as other:
        exporting = threads.submit(export_all, database, [UPSTREAM, FILMS, DOWNSTREAM], tmp_path, Format.CSV)
        # Now one table is written, and the other is still to be read.
        assert eventually(lambda: waiting_for_a_lock(database, "relation"))
        publish_both(1)
        publish_both(2)
        other.rollback()
        folder = exporting.result()
    found = [pd.read_csv(folder / f"{table.name}.csv") for table in (UPSTREAM, DOWNSTREAM)]
    assert [(len(rows), set(rows["version"])) for rows in found] == [(100, {0}), (100, {0})]
    assert [told["rows"] for told in manifest(folder)["tables"]] == [100, 2, 100]  # type: ignore[attr-defined]


def test_a_folder_of_the_day_is_replaced_but_not_what_a_person_put_there(database: Database, tmp_path: Path) -> None:
    publish(database, FILMS, ROWS)
    folder = export_all(database, [FILMS], tmp_path, Format.CSV)
    assert export_all(database, [FILMS], tmp_path, Format.PARQUET) == folder
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "films.parquet"}

    (folder / "notes.txt").write_text("mine")
    with pytest.raises(MovieAssetsError, match=r"it holds notes\.txt\. Move that away"):
        export_all(database, [FILMS], tmp_path, Format.CSV)
    assert (folder / "notes.txt").read_text() == "mine"

    (folder / "manifest.json").write_text("{}")
    with pytest.raises(MovieAssetsError, match="it is no export"):
        export_all(database, [FILMS], tmp_path, Format.CSV)
    assert list(tmp_path.iterdir()) == [folder]


def test_a_table_that_cannot_be_read_leaves_the_folder_as_it_was(database: Database, tmp_path: Path) -> None:
    publish(database, FILMS, ROWS)
    folder = export_all(database, [FILMS], tmp_path, Format.CSV)
    before = (folder / "manifest.json").read_bytes()
    publish(database, UPSTREAM, pd.DataFrame({"id": [1], "version": 1}))
    run(database, "ALTER TABLE movies.upstream DROP COLUMN version")

    with pytest.raises(WarehouseError, match=r"movies\.upstream cannot be read"):
        export_all(database, [FILMS, UPSTREAM], tmp_path, Format.CSV)
    assert (folder / "manifest.json").read_bytes() == before
    assert list(tmp_path.iterdir()) == [folder]


def test_nothing_published_is_told(database: Database, tmp_path: Path) -> None:
    with pytest.raises(MovieAssetsError, match="No table was published yet"):
        export_all(database, [FILMS], tmp_path / "new", Format.CSV)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
@pytest.mark.parametrize("format_", list(Format))
def test_memory_does_not_grow_with_the_table(database: Database, tmp_path: Path, format_: Format) -> None:
    megabytes = 300
    publish(database, FILMS, made_films(megabytes * 1_000, letters=1_000))
    grown = subprocess.run(
        [sys.executable, "-c", PEAK_OF_AN_EXPORT, database.libpq_uri, tmp_path, format_],
        cwd=PROJECT_ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(grown.stdout) < megabytes * 1_000 // 2


PEAK_OF_AN_EXPORT = """
import re, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from movie_assets.exporting.folder import export_all
from movie_assets.exporting.formats import Format
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.errors import WarehouseError
from movie_assets_tests.warehouse.publishing_support import films

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

before = peak()
export_all(Database(sys.argv[1]), [films()], Path(sys.argv[2]), Format(sys.argv[3]))
print(peak() - before)
"""
