"""Backups: what was saved comes back, half backups do not exist, damaged ones are told, and nothing is overwritten."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from movie_assets.backups import programs
from movie_assets.backups.contents import Content, contents, differences
from movie_assets.backups.errors import BackupError, DamagedBackupError
from movie_assets.backups.folders import backups_in, new_folder, remove_old
from movie_assets.backups.manifest import NAME, read_manifest
from movie_assets.backups.restoring import restore, verify
from movie_assets.backups.taking import take_backup
from movie_assets.warehouse.database import Database
from movie_assets_tests.backups.conftest import fill, films
from movie_assets_tests.commands.processes import eventually

ADVISORY = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def content_of(database: Database) -> dict[str, Content]:
    with database.engine.connect() as connection:
        return contents(connection)


def names(database: Database) -> set[object]:
    return {row["datname"] for row in database.rows("SELECT datname::text FROM pg_database")}


def scratches(database: Database) -> list[str]:
    return [str(name) for name in names(database) if str(name).startswith(("restored_", "replaced_"))]


def test_what_was_saved_comes_back_into_new_databases(databases: dict[str, Database], parent: Path) -> None:
    folder, manifest = take_backup(databases, parent)
    assert manifest.databases["warehouse"].tables["movies.films"].rows == 200
    before = {part: content_of(database) for part, database in databases.items()}
    targets = {part: database.beside(f"{database.url.database}_new") for part, database in databases.items()}
    try:
        _, done = restore(folder, targets, overwrite=False)
        assert done["warehouse"].rows == 203
        assert {part: content_of(database) for part, database in targets.items()} == before
        assert targets["warehouse"].scalar("SELECT count(*) FROM movies.titles") == 200
    finally:
        for database in targets.values():
            drop(database)
    assert scratches(databases["warehouse"]) == []


def drop(database: Database) -> None:
    with database.beside("postgres").engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{database.url.database}" WITH (FORCE)'))


def test_a_backup_is_private(databases: dict[str, Database], parent: Path) -> None:
    folder, _ = take_backup(databases, parent)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert {path.name for path in folder.iterdir()} == {"warehouse.dump", "dagster.dump", NAME}


def test_rows_that_come_during_a_backup_are_in_neither_dump_nor_manifest(
    databases: dict[str, Database], parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = programs.run

    def insert_and_run(program: programs.Program, arguments: list[str | Path], database: Database) -> None:
        if "warehouse" in str(arguments):
            fill(database, "INSERT INTO movies.films (id) VALUES (1000)")
        run(program, arguments, database)

    monkeypatch.setattr("movie_assets.backups.taking.run", insert_and_run)
    folder, manifest = take_backup(databases, parent)
    assert databases["warehouse"].scalar("SELECT count(*) FROM movies.films") == 201
    assert manifest.databases["warehouse"].tables["movies.films"].rows == 200
    verify(folder, databases)


def test_a_database_that_holds_tables_is_not_overwritten_unless_asked_for(
    databases: dict[str, Database], parent: Path
) -> None:
    folder, _ = take_backup(databases, parent)
    was = films(databases["warehouse"])
    fill(databases["warehouse"], "UPDATE movies.films SET title = 'lost'", "CREATE TABLE later ()")
    now = films(databases["warehouse"])
    with pytest.raises(BackupError, match=r"holds tables already.*--overwrite"):
        restore(folder, databases, overwrite=False)
    assert films(databases["warehouse"]) == now
    # A session that is open does not keep a restore from it.
    with databases["warehouse"].engine.connect() as idle:
        idle.execute(text("SELECT 1"))
        restore(folder, databases, overwrite=True)
        idle.invalidate()
    assert films(databases["warehouse"]) == was
    assert databases["warehouse"].scalar("SELECT to_regclass('later')::text") is None


@pytest.mark.parametrize("how", ["flipped", "cut", "gone", "manifest cut", "manifest gone", "other hash"])
def test_a_damaged_backup_is_refused_and_what_is_there_stays(
    databases: dict[str, Database], parent: Path, how: str
) -> None:
    folder, manifest = take_backup(databases, parent)
    dump, noted = folder / "warehouse.dump", folder / NAME
    whole = dump.read_bytes()
    if how == "flipped":
        dump.write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])
    elif how == "cut":
        dump.write_bytes(whole[:-100])
    elif how == "gone":
        dump.unlink()
    elif how == "manifest cut":
        noted.write_text(noted.read_text()[:-200])
    elif how == "manifest gone":
        noted.unlink()
    else:
        # The file is as it was written, and holds something else than was there.
        table = manifest.databases["warehouse"].tables["movies.films"]
        noted.write_text(noted.read_text().replace(table.hash, "1:2"))
    now = films(databases["warehouse"])
    for use in (
        lambda: restore(folder, databases, overwrite=True),
        lambda: verify(folder, databases),
    ):
        with pytest.raises(BackupError, match=r"Use another backup|Name a folder") as caught:
            use()
        assert str(folder) in str(caught.value)
        assert isinstance(caught.value, DamagedBackupError) == (how != "manifest gone")
    assert films(databases["warehouse"]) == now
    assert scratches(databases["warehouse"]) == []


def test_no_password_is_on_a_command_line_or_in_an_environment(
    databases: dict[str, Database], parent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = databases["warehouse"].url.update_query_dict({"sslpassword": "canary-two"}).set(password="canary:o\\ne")
    monkeypatch.setenv("MOVIE_ASSETS_DATABASE_URL", "canary-three")
    script = tmp_path / "pg_dump"
    script.write_text(
        "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'pg_dump (PostgreSQL) 18.1'; exit; fi\n"
        f'env > {tmp_path}/env; echo "$@" > {tmp_path}/arguments\n'
        f'cat "$PGPASSFILE" "$PGSERVICEFILE" > {tmp_path}/files\n'
        f'stat -c %a "$PGPASSFILE" "$PGSERVICEFILE" > {tmp_path}/modes; umask > {tmp_path}/umask\n'
    )
    script.chmod(0o755)
    program = programs.Program(script, 18)
    database = Database(address.render_as_string(hide_password=False))
    programs.run(program, [programs.connection_argument()], database)
    for place in ("env", "arguments"):
        assert "canary" not in (tmp_path / place).read_text()
    written = (tmp_path / "files").read_text()
    assert "*:*:*:*:canary\\:o\\\\ne\n" in written
    assert "sslpassword=canary-two\n" in written
    assert (tmp_path / "modes").read_text().split() == ["600", "600"]
    assert (tmp_path / "umask").read_text().strip().endswith("077")


def test_a_server_newer_than_pg_dump_is_refused_with_the_remedy(database: Database) -> None:
    with pytest.raises(BackupError, match=r"PostgreSQL 99 needs pg_dump of version 99.*postgresql-client-99"):
        programs.find_program("pg_dump", database, at_least=99)
    assert programs.find_program("pg_dump", database, at_least=18).version >= 18


def test_a_full_disk_leaves_no_half_backup(databases: dict[str, Database], parent: Path, tmp_path: Path) -> None:
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
        "from pathlib import Path; from movie_assets.backups.taking import take_backup\n"
        "from movie_assets.warehouse.database import Database\n"
        "take_backup({'warehouse': Database(sys.argv[1])}, Path(sys.argv[2]))"
    )
    arguments = [sys.executable, "-c", limited, databases["warehouse"].libpq_uri, str(parent)]
    result = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "BackupError" in result.stderr
    assert "pg_dump failed" in result.stderr
    assert list(parent.iterdir()) == []


def test_a_backup_that_is_killed_leaves_no_half_one_and_the_next_clears_up(
    databases: dict[str, Database], parent: Path
) -> None:
    code = (
        "import sys, time; from pathlib import Path; from movie_assets.backups import taking\n"
        "from movie_assets.warehouse.database import Database\n"
        "taking.sha256_of = lambda path: print('dumped', flush=True) or time.sleep(60)\n"
        "taking.take_backup({'warehouse': Database(sys.argv[1])}, Path(sys.argv[2]))"
    )
    arguments = [sys.executable, "-c", code, databases["warehouse"].libpq_uri, str(parent)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "dumped\n"
        process.send_signal(signal.SIGKILL)
    assert backups_in(parent) == []
    assert len(list(parent.iterdir())) == 1
    folder, _ = take_backup(databases, parent)
    assert list(parent.iterdir()) == [folder]


def test_a_restore_that_is_killed_changes_nothing_and_the_next_clears_up(
    databases: dict[str, Database], parent: Path
) -> None:
    folder, _ = take_backup({"warehouse": databases["warehouse"]}, parent)
    fill(databases["warehouse"], "UPDATE movies.films SET title = 'newer'")
    now = films(databases["warehouse"])
    code = (
        "import sys, time; from pathlib import Path; from movie_assets.backups.restoring import restore\n"
        "from movie_assets.warehouse.database import Database\n"
        "stay = lambda part, database: print('restored', flush=True) or time.sleep(60)\n"
        "restore(Path(sys.argv[2]), {'warehouse': Database(sys.argv[1])}, overwrite=True, prepare=stay)"
    )
    arguments = [sys.executable, "-c", code, databases["warehouse"].libpq_uri, str(folder)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "restored\n"
        # One that is at it is left alone.
        verify(folder, databases)
        assert len(scratches(databases["warehouse"])) == 1
        process.send_signal(signal.SIGKILL)
    assert films(databases["warehouse"]) == now
    eventually(lambda: not databases["warehouse"].scalar(ADVISORY), "the killed session's lock is gone")
    verify(folder, databases)
    assert scratches(databases["warehouse"]) == []


def test_a_backup_in_the_making_is_not_cleared_away(parent: Path) -> None:
    with new_folder(parent, NOW) as (staged, first):
        (staged / NAME).write_text("{}")
        with new_folder(parent, NOW + timedelta(seconds=1)) as (other, second):
            (other / NAME).write_text("{}")
        assert staged.is_dir()
    assert backups_in(parent) == [second, first]


@given(
    ages=st.lists(st.integers(0, 60), max_size=12, unique=True),
    keep_days=st.integers(1, 40),
    keep=st.integers(1, 8),
)
def test_retention_keeps_the_newest_and_all_that_are_young(
    tmp_path_factory: pytest.TempPathFactory, ages: list[int], keep_days: int, keep: int
) -> None:
    parent = tmp_path_factory.mktemp("kept")
    (parent / "somebody's").mkdir()
    at = {}
    for age in ages:
        with new_folder(parent, NOW - timedelta(days=age)) as (staged, name):
            (staged / NAME).write_text("{}")
        at[name] = age
    removed = remove_old(parent, NOW, keep_days=keep_days, keep=keep)
    left = backups_in(parent)
    assert {at[path] for path in left} == set(sorted(ages)[:keep]) | {age for age in ages if age <= keep_days}
    assert set(removed) | set(left) == set(at)
    assert (parent / "somebody's").is_dir()


@given(
    st.dictionaries(st.sampled_from("abcd"), st.builds(Content, rows=st.integers(0, 2), hash=st.sampled_from("xy"))),
    st.dictionaries(st.sampled_from("abcd"), st.builds(Content, rows=st.integers(0, 2), hash=st.sampled_from("xy"))),
)
def test_differences_are_found_and_only_they(one: Mapping[str, Content], two: Mapping[str, Content]) -> None:
    said = differences(one, two)
    assert bool(said) == (dict(one) != dict(two))
    assert len(said) == len({name for name in {*one, *two} if one.get(name) != two.get(name)})


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE movies.films SET title = '' WHERE title IS NULL AND id = 4",
        "UPDATE movies.films SET rating = rating + 1e-15 WHERE id = 1",
        "UPDATE movies.films SET names = ARRAY['a', 'NULL', '3'] WHERE id = 3",
        "UPDATE movies.films AS a SET title = b.title FROM movies.films AS b WHERE a.id + b.id = 5 AND a.id IN (2, 3)",
    ],
)
def test_a_hash_tells_contents_apart_that_look_alike(database: Database, change: str) -> None:
    from movie_assets_tests.backups.conftest import HARD  # noqa: PLC0415

    fill(database, *HARD)
    before = content_of(database)
    fill(database, "UPDATE movies.films SET id = id")
    assert content_of(database) == before
    fill(database, change)
    assert differences(before, content_of(database)) == ["movies.films has other contents"]


def test_folders_of_one_second_are_refused_with_words(parent: Path) -> None:
    with new_folder(parent, NOW) as (staged, _):
        (staged / NAME).write_text("{}")
    with pytest.raises(BackupError, match="exists already"), new_folder(parent, NOW):
        pass


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path, databases: dict[str, Database]) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(BackupError, match="no backup can be written to"):
        take_backup(databases, blocked / "backups")


def test_a_manifest_of_a_later_version_asks_for_an_upgrade(databases: dict[str, Database], parent: Path) -> None:
    folder, _ = take_backup(databases, parent)
    path = folder / NAME
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(BackupError, match="Upgrade Movie Assets"):
        read_manifest(folder)


@pytest.mark.long
def test_the_command_saves_verifies_restores_and_goes_on_until_told_to_stop(
    databases: dict[str, Database], parent: Path, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "MOVIE_ASSETS_DATABASE_URL": databases["warehouse"].libpq_uri,
        "MOVIE_ASSETS_DAGSTER_DATABASE_URL": databases["dagster"].libpq_uri,
    }
    command = [sys.executable, "-m", "movie_assets.cli"]

    def called(*arguments: str) -> str:
        result = subprocess.run(
            [*command, *arguments], env=environment, capture_output=True, text=True, cwd=tmp_path, check=False
        )
        assert result.returncode == 0, result.stderr
        return result.stderr

    every = [*command, "backup", "--output", str(parent), "--every", "0.001", "--keep", "2", "--keep-days", "0"]
    with subprocess.Popen(every, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "is removed" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 0
    newest = backups_in(parent)[0]
    time.sleep(1)
    assert "whole: 2 databases" in called("backup", "--verify", str(newest))
    fill(databases["warehouse"], "DELETE FROM movies.films")
    assert "compared and in place" in called("restore", str(newest), "--overwrite")
    assert databases["warehouse"].scalar("SELECT count(*) FROM movies.films") == 200
    name = f"{databases['warehouse'].url.database}_copy"
    try:
        assert f"Database {name}_dagster: 1 tables, 30 rows" in called("restore", str(newest), "--database", name)
    finally:
        drop(databases["warehouse"].beside(name))
        drop(databases["warehouse"].beside(f"{name}_dagster"))
