"""The command line, as processes on a real server: what is printed, what is written, and how it ends."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyarrow.parquet as pa_parquet
import pytest
from sqlalchemy import make_url

from movie_assets.brands.reader import read_brand_file
from movie_assets.matching.scoring import SCORING_VERSION
from movie_assets.settings import PROJECT_ROOT
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.commands.forked import ForkedCommandLine
from movie_assets_tests.commands.processes import (
    BRANDS_CSV,
    alive,
    ended,
    eventually,
    place_for_all,
    processes_of,
)
from movie_assets_tests.published import FROM_SOURCES
from movie_assets_tests.readme import readme_commands

SECRET = "hunter2-correct-horse"
RUN = ".venv/bin/movie-assets run"
DOWN = ".venv/bin/movie-assets down"
VALIDATE = ".venv/bin/dagster definitions validate"
# Dagster calls this command superseded each time it runs; that is about the command, not about the definitions.
ABOUT_THE_COMMAND = "ignore:Function `definitions_validate_command`"

# The home that the tests share is made by a dozen commands, which a busy machine may need minutes for.
pytestmark = pytest.mark.timeout(900)

Outcome = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Refreshed:
    """A home in which README's commands ran in their order, the first, `movie-assets run`, in an empty one."""

    command: ForkedCommandLine
    outcomes: dict[str, Outcome]
    """What each command of README printed."""
    left_running: dict[str, list[psutil.Process]]
    """The processes that were there after each of them."""
    url: str

    @property
    def outcome(self) -> Outcome:
        """What `movie-assets run` printed."""
        return self.outcomes[RUN]


def brands() -> list[dict[str, str]]:
    with BRANDS_CSV.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def on_database(command: ForkedCommandLine, url: str) -> ForkedCommandLine:
    return command.with_settings(MOVIE_ASSETS_DATABASE_URL=url, MOVIE_ASSETS_DAGSTER_DATABASE_URL=url)


@pytest.fixture(scope="module")
def refreshed() -> Iterator[Refreshed]:
    """For tests that only read; the server stays up meanwhile."""
    with place_for_all() as place:
        command = ForkedCommandLine(
            place / "home", place, PYTHONWARNINGS=ABOUT_THE_COMMAND, DAGSTER_DISABLE_TELEMETRY="yes"
        )
        outcomes, left_running = {}, {}
        for line in readme_commands():
            if line.startswith(".venv/bin/"):
                program, *arguments = shlex.split(line)
                here = Path(sys.executable).with_name(Path(program).name)
                # A program starts as any other time once it has started; README has `movie-assets` many times.
                if line != RUN and [str(here)] == command.program:
                    outcomes[line] = command(*arguments, cwd=PROJECT_ROOT)
                else:
                    outcomes[line] = ended(command.start_program([here, *arguments], cwd=PROJECT_ROOT))
                left_running[line] = processes_of(command.home)
        with EmbeddedServer(command.home) as server:
            yield Refreshed(command, outcomes, left_running, server.dsn("movie_assets"))


@pytest.fixture
def command(place: Path) -> ForkedCommandLine:
    """The command line on a fresh home with an embedded server of its own."""
    return ForkedCommandLine(place / "home", place)


@pytest.fixture
def external(command: ForkedCommandLine, database: Database) -> ForkedCommandLine:
    """The command line on a fresh home and an empty database of a server that somebody else runs."""
    return on_database(command, database.libpq_uri)


def with_password(database: Database) -> list[str]:
    """The database's address with a password, in both places; a server that trusts its socket does not ask for it."""
    url = make_url(database.libpq_uri)
    addresses = (url.set(password=SECRET), url.update_query_dict({"password": SECRET}))
    return [address.render_as_string(hide_password=False) for address in addresses]


def fails_with_one_message(outcome: Outcome, *expected: str) -> None:
    """Exit code 1, one line that has all the words, and nothing of Python in it."""
    assert outcome.returncode == 1, outcome
    lines = [line for line in outcome.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1, outcome.stderr
    for words in expected:
        assert words in lines[0]
    assert "Traceback" not in outcome.stderr
    assert outcome.stdout == ""


def fingerprints(url: str) -> dict[str, str]:
    """A digest of the rows of every table that follows from sources, and of when each row was written."""
    database = Database(url)
    return {
        table.name: hashlib.sha256(
            str(database.rows(f"SELECT t.xmin::text, t.* FROM {table.fullname} t ORDER BY t::text")).encode()
        ).hexdigest()
        for table in FROM_SOURCES
    }


# README


def test_every_readme_command_that_returns_works_in_the_order_it_is_given(refreshed: Refreshed) -> None:
    assert len(refreshed.outcomes) >= 9
    assert next(iter(refreshed.outcomes)) == RUN
    for command, outcome in refreshed.outcomes.items():
        assert outcome.returncode == 0, (command, outcome.stderr)
        assert "Traceback" not in outcome.stderr, command


def test_dagster_validates_the_definitions_without_a_warning(refreshed: Refreshed) -> None:
    output = refreshed.outcomes[VALIDATE].stdout + refreshed.outcomes[VALIDATE].stderr
    assert "warning" not in output.lower()
    assert "validation successful" in output.lower()


# run


def test_run_in_a_fresh_home_prints_every_brand_with_its_film(refreshed: Refreshed) -> None:
    assert refreshed.outcome.returncode == 0, refreshed.outcome.stderr
    printed = refreshed.outcome.stdout
    for row in brands():
        assert row["Brand"] in printed
        assert row["#1 Release"] in printed
    matched = int(printed.split(" of 45 brands matched")[0].split()[-1])
    assert matched == 45
    assert sum(" matched " in line for line in printed.splitlines()[:-1]) == matched


def test_run_leaves_nothing_running(refreshed: Refreshed) -> None:
    assert refreshed.left_running[RUN] == []


def test_a_brand_file_that_cannot_be_used_is_told_in_a_message_and_changes_nothing(
    refreshed: Refreshed, tmp_path: Path
) -> None:
    assert refreshed.outcome.returncode == 0, refreshed.outcome.stderr
    before = fingerprints(refreshed.url)

    outcome = refreshed.command("run", "--brands-csv", tmp_path / "missing.csv")

    assert outcome.returncode == 1
    assert outcome.stdout == ""
    (failed,) = [line for line in outcome.stderr.splitlines() if line.startswith("Failed: ")]
    assert failed.startswith(f"Failed: raw_brands: {tmp_path / 'missing.csv'}")
    assert "found no such file" in failed
    assert "Traceback" not in outcome.stderr
    assert fingerprints(refreshed.url) == before


@pytest.mark.long
def test_films_come_from_a_file_of_minimal_objects_that_is_asked_for(
    external: ForkedCommandLine, tmp_path: Path
) -> None:
    (tmp_path / "brands.csv").write_text(
        "Brand,Total,Releases,#1 Release,Lifetime Gross\nPixar,900,2,Incredibles 2,600\nLaika,80,1,Coraline,75\n"
    )
    films = [
        {"id": 260513, "title": "Incredibles 2", "release_date": "2018-06-14", "revenue": 1242805359},
        {"id": 14836, "title": "Coraline", "release_date": "2009-02-05"},
    ]
    (tmp_path / "films.jsonl").write_text("".join(f"{json.dumps(film)}\n" for film in films))

    # A token would have films fetched from TMDB; a file that is asked for comes first.
    with_token = external.with_settings(TMDB_API_TOKEN="none")
    # Relative paths are taken from the working directory.
    arguments = ("run", "--brands-csv", "brands.csv", "--films", "films.jsonl")
    outcome = with_token(*arguments, cwd=tmp_path)

    assert outcome.returncode == 0, outcome.stderr
    titles = external("export", "raw_tmdb_movies", "--columns", "title").stdout.splitlines()[1:]
    assert {title.strip('"') for title in titles} == {"Incredibles 2", "Coraline"}


# export


def test_an_exported_csv_has_every_row_as_it_is_stored(refreshed: Refreshed) -> None:
    outcome = refreshed.command("export", "brand_film_matches")

    assert outcome.returncode == 0, outcome.stderr
    rows = list(csv.DictReader(io.StringIO(outcome.stdout)))
    stored = Database(refreshed.url).rows('SELECT * FROM movies.brand_film_matches ORDER BY brand COLLATE "C"')
    assert len(rows) == len(stored) == 45
    for written, row in zip(sorted(rows, key=lambda row: row["brand"].encode()), stored, strict=True):
        assert list(written) == list(row)
        for name, value in row.items():
            assert written[name] == "" if value is None else type(value)(written[name]) == value, name


def test_brands_exported_as_csv_can_be_read_as_the_brand_file(refreshed: Refreshed, tmp_path: Path) -> None:
    exported = tmp_path / "brands.csv"
    columns = "brand,total_gross_usd,releases,top_release,top_release_gross_usd"
    outcome = refreshed.command("export", "raw_brands", "--columns", columns, "--output", exported)
    assert outcome.returncode == 0, outcome.stderr

    again = read_brand_file(exported)

    assert not again.rejected
    stored = Database(refreshed.url).rows(f"SELECT {columns} FROM movies.raw_brands")
    assert len(stored) == 45
    read = [{name: getattr(row, name) for name in columns.split(",")} for row in again.brands]
    assert sorted(read, key=str) == sorted(stored, key=str)


def test_json_and_parquet_have_the_same_rows_as_the_table(refreshed: Refreshed, tmp_path: Path) -> None:
    as_json, as_parquet = tmp_path / "films.json", tmp_path / "films.parquet"
    for form, file in (("json", as_json), ("parquet", as_parquet)):
        outcome = refreshed.command("export", "normalized_movies", "--format", form, "--output", file)
        assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")

    columns = "tmdb_id, title, release_date, genres, vote_average, revenue_usd"
    known = {column.name for column in metadata.tables["movies.normalized_movies"].columns}
    names = [name for name in columns.split(", ") if name in known]
    stored = Database(refreshed.url).rows(f"SELECT {', '.join(names)} FROM movies.normalized_movies ORDER BY tmdb_id")
    from_parquet = pa_parquet.read_table(as_parquet).select(names).to_pylist()
    from_json = json.loads(as_json.read_text(encoding="utf-8"))
    assert from_parquet == stored
    assert [{name: row[name] for name in names} for row in from_json] == json.loads(json.dumps(stored, default=str))


def test_every_table_is_exported_into_a_dated_folder_that_says_what_it_is(refreshed: Refreshed, tmp_path: Path) -> None:
    outcome = refreshed.command("export", "--all", "--output", tmp_path / "exports")

    assert (outcome.returncode, outcome.stderr) == (0, "")
    folder = Path(outcome.stdout.rstrip("\n"))
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert folder == tmp_path / "exports" / f"movie-assets-{told['date']}"
    assert told["brand_file_sha256"] == [hashlib.sha256(BRANDS_CSV.read_bytes()).hexdigest()]
    assert told["scoring_version"] == [SCORING_VERSION]
    assert told["films"]["films"] == 944
    assert told["films"]["oldest_fetched_at"] <= told["films"]["newest_fetched_at"]
    assert [table["name"] for table in told["tables"]] == [table.name for table in metadata.sorted_tables]
    stored = Database(refreshed.url)
    for table in told["tables"]:
        rows = pa_parquet.read_table(folder / table["file"])
        assert table["sha256"] == hashlib.sha256((folder / table["file"]).read_bytes()).hexdigest()
        assert rows.num_rows == table["rows"] == stored.scalar(f"SELECT count(*) FROM movies.{table['name']}")
        assert [column["name"] for column in table["columns"]] == rows.column_names
    # Texts and names that belong to people are not handed on.
    withheld = {table["name"]: set(table["withheld_columns"]) for table in told["tables"] if table["withheld_columns"]}
    assert withheld == {
        "raw_tmdb_movies": {"overview"},
        "raw_brands_rejected": {"raw_text"},
        "brand_match_overrides": {"who"},
    }


def test_only_the_columns_asked_for_are_written_in_that_order(refreshed: Refreshed) -> None:
    outcome = refreshed.command("export", "brand_film_matches", "--columns", "status, brand")

    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.splitlines()[0] == '"status","brand"'
    assert '"matched","Pixar"' in outcome.stdout.splitlines()


# report


def test_the_report_is_written_into_the_home_or_where_it_is_asked_for(refreshed: Refreshed, tmp_path: Path) -> None:
    in_home = refreshed.command.home / "report.html"
    assert in_home.is_file(), "a refresh writes it as well"
    before = in_home.stat().st_mtime_ns

    elsewhere = refreshed.command("report", "--output", tmp_path / "brands.html")
    assert (elsewhere.returncode, elsewhere.stdout.strip()) == (0, str(tmp_path / "brands.html")), elsewhere.stderr
    assert in_home.stat().st_mtime_ns == before
    assert all(row["Brand"] in (tmp_path / "brands.html").read_text(encoding="utf-8") for row in brands())

    again = refreshed.command("report")
    assert (again.returncode, again.stdout.strip()) == (0, str(in_home)), again.stderr
    assert in_home.stat().st_mtime_ns > before


def test_a_report_before_the_first_refresh_says_what_to_do(external: ForkedCommandLine) -> None:
    fails_with_one_message(external("report"), "movies.brand_stats", "not published yet", "movie-assets run")


# explain and review


def test_a_decision_is_explained_and_nothing_is_left_to_review(refreshed: Refreshed) -> None:
    explained = refreshed.command("explain", "pixar")
    assert explained.returncode == 0, explained.stderr
    assert "matched: Incredibles 2 (2018)" in explained.stdout
    assert "1. Incredibles 2 (2018), 260513" in explained.stdout

    review = refreshed.command("review")
    assert (review.returncode, review.stdout) == (0, "No brand waits for a decision.\n")

    unknown = refreshed.command("explain", "Pixer")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "There is no brand Pixer. Is it Pixar?" in unknown.stderr


def test_a_decision_on_the_command_line_is_written(refreshed: Refreshed, tmp_path: Path) -> None:
    overrides = tmp_path / "overrides.csv"
    command = refreshed.command.with_settings(MOVIE_ASSETS_MATCH_OVERRIDES=overrides)
    decided = command("review", "--brand", "Pixar", "--film", "155", "--why", "a test", "--who", "Ann")
    assert decided.returncode == 0, decided.stderr
    assert "Pixar: Incredibles 2 is The Dark Knight (2008)." in decided.stdout
    assert overrides.read_text().splitlines()[1] == "Pixar,Incredibles 2,155,,Ann,a test"

    incomplete = command("review", "--brand", "Pixar")
    assert incomplete.returncode == 1
    assert "--brand and --film go together." in incomplete.stderr


def test_an_output_file_is_replaced_as_a_whole(refreshed: Refreshed, tmp_path: Path) -> None:
    output = tmp_path / "brands.csv"
    output.write_text("old")
    reader = output.open()
    outcome = refreshed.command("export", "brand_stats", "--output", output)

    assert outcome.returncode == 0, outcome.stderr
    # Who reads the old file goes on reading it, and nothing unfinished lies beside the new one.
    assert reader.read() == "old"
    reader.close()
    assert output.read_text().startswith('"brand","scope"')
    assert list(tmp_path.glob("*brands.csv*")) == [output]


def test_an_export_that_cannot_be_made_is_told_in_a_message(
    refreshed: Refreshed, external: ForkedCommandLine, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.csv"
    kept.write_text("old")
    wrong: dict[tuple[str | Path, ...], tuple[str, ...]] = {
        ("brand_statistics",): ("brand_statistics", "brand_stats", "raw_brands"),
        ("brand_stats", "--format", "xml"): ("xml", "csv, json, parquet"),
        ("brand_stats", "--columns", "brand,gross", "--output", kept): ("gross", "total_gross_usd"),
        ("brand_stats", "--output", tmp_path / "nowhere" / "x.csv"): ("nowhere", "No such file or directory"),
        (): ("Name one table", "--all"),
        ("brand_stats", "--all"): ("Name one table", "--all"),
        ("--all", "--columns", "brand"): ("--columns is for one table",),
        ("brand_stats", "--format", "json", "--safe-for-spreadsheets"): ("add --format csv",),
    }
    for arguments, words in wrong.items():
        fails_with_one_message(refreshed.command("export", *arguments), *words)
    assert kept.read_text() == "old"
    fails_with_one_message(external("export", "brand_stats"), "movies.brand_stats", "`movie-assets run`")


# psql


def test_psql_runs_a_statement_and_hands_on_its_exit_code(refreshed: Refreshed) -> None:
    counted = refreshed.command("psql", "-c", "SELECT count(*) AS brands FROM movies.raw_brands")
    assert counted.returncode == 0, counted.stderr
    assert "45" in counted.stdout.split()

    wrong = refreshed.command("psql", "--command", "SELECT nothing FROM nowhere")
    assert wrong.returncode == 1
    assert 'relation "nowhere" does not exist' in wrong.stderr


def test_a_password_is_in_nothing_that_others_can_see(command: ForkedCommandLine, database: Database) -> None:
    for address in with_password(database):
        printed = on_database(command, address)("psql", "--print")
        assert printed.returncode == 0, printed.stderr
        assert SECRET not in printed.stdout + printed.stderr
        assert str(database.url.database) in printed.stdout

    external = on_database(command, with_password(database)[0])
    status = external("status")
    assert status.returncode == 0, status.stderr
    assert SECRET not in status.stdout + status.stderr
    assert str(database.url.database) in status.stdout

    sleeping = "FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND datname = current_database()"
    session = external.start("psql", "-c", "SELECT pg_sleep(600)")
    try:
        eventually(lambda: database.scalar(f"SELECT pid {sleeping}"), "the session sleeps")
        family = [psutil.Process(session.pid), *psutil.Process(session.pid).children(recursive=True)]
        arguments = [word for process in family for word in process.cmdline()]
        assert any(Path(word).name == "psql" for word in arguments)
        assert SECRET not in "\n".join(arguments)
    finally:
        database.scalar(f"SELECT pg_terminate_backend(pid) {sleeping}")
        ended(session)


# The life of an embedded server


def test_status_starts_nothing_and_makes_nothing(command: ForkedCommandLine) -> None:
    outcome = command("status")

    assert outcome.returncode == 0, outcome.stderr
    assert "Platform: not running" in outcome.stdout
    assert f"PostgreSQL: embedded, not running, data in {command.home / 'postgres' / 'data'}" in outcome.stdout
    assert not command.home.exists()
    assert not processes_of(command.home)

    assert command("down").stdout == "Nothing was running.\n"
    assert not command.home.exists()


def test_who_looks_at_the_same_time_is_not_taken_for_a_platform(command: ForkedCommandLine) -> None:
    command.home.mkdir()
    (command.home / "up.json").write_text('{"pid": 1, "url": "http://127.0.0.1:1"}')
    look = "import fcntl, sys; file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_SH); print(flush=True); input()"
    other = subprocess.Popen(
        [sys.executable, "-c", look, command.home / "up.json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        other.stdout.readline()
        assert "Platform: not running" in command("status").stdout
    finally:
        other.communicate("\n")


def test_a_printed_psql_command_works_until_down(command: ForkedCommandLine) -> None:
    printed = command("psql", "--print")
    assert printed.returncode == 0, printed.stderr
    session = [*shlex.split(printed.stdout), "--tuples-only", "--command", "SELECT 6 * 7"]
    answer = subprocess.run(session, capture_output=True, text=True, check=False)
    assert answer.stdout.split() == ["42"], answer.stderr

    server = EmbeddedServer(command.home).status()
    assert server.running
    status = command("status").stdout
    assert f"PostgreSQL: embedded {server.version}, pid {server.pid}" in status
    assert "movies.brand_stats" in status
    postmaster = psutil.Process(server.pid)

    # `status` used it and left; it stays up until it is told to stop.
    assert alive(postmaster)
    assert command("down").stdout == "Stopped.\n"
    assert not alive(postmaster)
    assert "not running" in command("status").stdout
    assert subprocess.run(session, capture_output=True, check=False).returncode != 0
    assert command("down").stdout == "Nothing was running.\n"
    assert not processes_of(command.home)


# How it starts


def test_what_takes_long_to_import_is_left_to_the_commands_that_need_it() -> None:
    listing = "import sys; import movie_assets.cli; print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert not {"dagster", "pandas", "pyarrow"} & set(imported.stdout.split())


# Settings


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"MOVIE_ASSETS_PORT": "abc"}, ["MOVIE_ASSETS_PORT", "valid integer"]),
        ({"TMDB_REQUESTS_PER_SECOND": "0"}, ["TMDB_REQUESTS_PER_SECOND", "greater than 0"]),
    ],
)
def test_an_invalid_setting_is_told_by_the_name_of_its_variable(
    command: ForkedCommandLine, settings: dict[str, str], words: list[str]
) -> None:
    for name in ("status", "up"):
        fails_with_one_message(command.with_settings(**settings)(name), *words)


def test_an_address_where_no_server_answers_is_told_without_the_password(command: ForkedCommandLine) -> None:
    unreachable = command.with_settings(
        MOVIE_ASSETS_DATABASE_URL=f"postgresql://movie_owner:{SECRET}@127.0.0.1:1/movies"
    )
    for words in (["run"], ["up"], ["psql", "--print"]):
        outcome = unreachable(*words)
        fails_with_one_message(outcome, "127.0.0.1:1", "Connection refused", "MOVIE_ASSETS_DATABASE_URL")
        assert SECRET not in outcome.stdout + outcome.stderr
