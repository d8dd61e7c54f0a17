"""What earlier processes left: locks, process numbers that are others' by now, stages; and second platforms."""

from __future__ import annotations

import json
import os
import pwd
import stat
import subprocess

import psutil
import pytest

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets_tests.commands.processes import CommandLine, ended, place_for_all
from movie_assets_tests.faults.bench import Bench, brands_of
from movie_assets_tests.faults.live import Live
from movie_assets_tests.faults.plugin import Seen
from movie_assets_tests.faults.registry import Fault
from movie_assets_tests.faults.tables import assert_equal, contents
from movie_assets_tests.interpreters import interpreter_for
from movie_assets_tests.warehouse.publishing_support import run

pytestmark = pytest.mark.timeout(240)

FAMILY = "Clocks, locks and leftovers"


@Fault(
    FAMILY,
    "A second `movie-assets up` on the same home",
    "it ends with exit code 1 and tells where the first one is, which goes on",
    where="the second one's terminal",
    shows=("is up already at http://", "movie-assets down"),
    person="use the first one, or another home and port",
)
def test_a_second_platform(broken: Live, seen: Seen) -> None:
    outcome = broken.command("up")
    assert outcome.returncode == 1
    seen(outcome.stderr)
    assert broken.running.url in outcome.stderr
    broken.refreshed()


@Fault(
    FAMILY,
    "`movie-assets run` beside a running platform and its refresh",
    "publications of one table follow each other; both end well",
    where="the terminal",
    shows=("brands matched",),
)
def test_a_run_beside_the_platform(broken: Live, seen: Seen) -> None:
    broken.edit()
    outcome = broken.command("run")
    assert outcome.returncode == 0, outcome.stderr
    seen(outcome.stdout)
    broken.quiet()
    assert_equal(contents(broken.database), broken.reference.expected(broken.version, "a"))
    broken.refreshed()


@Fault(
    FAMILY,
    "After a crash: a postmaster.pid, an up.json and a guardian.lock with the number of a process that is another's by"
    " now, a socket without a server, a half-written location record",
    "all of them are recognised as stale, and the next start is as any other",
    where="the terminal of the next command",
    shows=("brands matched",),
)
def test_stale_files(seen: Seen) -> None:
    with place_for_all() as place, subprocess.Popen(["sleep", "300"]) as stranger:
        command = CommandLine(place / "home", place)
        first = command("run")
        assert first.returncode == 0, first.stderr
        home, postgres = command.home, command.home / "postgres"
        lines = [stranger.pid, postgres / "data", 1, 5432, postgres / "socket", ""]
        (postgres / "data" / "postmaster.pid").write_text("\n".join(map(str, lines)))
        (postgres / "guardian.lock").write_text(f"{stranger.pid}\n")
        (postgres / "starting").touch()
        (postgres / "location.json.new").write_text('{"home": ')
        (home / "up.json").write_text(json.dumps({"pid": stranger.pid, "url": "http://127.0.0.1:1"}))
        (home / "run").mkdir(mode=0o700, exist_ok=True)
        os.mknod(home / "run" / "code.sock", 0o600 | stat.S_IFREG)
        assert "Platform: not running" in command("status").stdout
        again = command("run")
        assert again.returncode == 0, again.stderr
        seen(again.stdout)
        assert psutil.pid_exists(stranger.pid)
        stranger.kill()


@Fault(
    FAMILY,
    "Stages of earlier sessions in a database that was restored from a copy",
    "`movie-assets run` and `up` drop them before anything else; tables of people with other names stay",
)
def test_leftover_stages() -> None:
    with place_for_all() as place:
        command = CommandLine(place / "home", place)
        with EmbeddedServer(command.home) as server:
            database = Database(server.dsn("movie_assets"))
            run(
                database,
                "CREATE SCHEMA movies",
                *(f"CREATE TABLE movies.raw_brands_stage_{number} (brand text)" for number in range(1, 40)),
                "CREATE TABLE movies.my_stage_7 (mine text)",
            )
            outcome = command("run")
            assert outcome.returncode == 0, outcome.stderr
            left = database.rows("SELECT relname FROM pg_class WHERE relname ~ '_stage_[0-9]+$' ORDER BY 1")
            assert [row["relname"] for row in left] == ["my_stage_7"]


@Fault(
    "The brand file is broken",
    "Unreadable for the user who runs the platform (mode 000)",
    "the refresh fails; the stored brands stay; it succeeds once the file may be read",
    where="the terminal of `movie-assets run`",
    shows=("raw_brands", "Permission denied"),
    person="give back the permission to read it",
)
def test_permission_denied(shared: Bench, seen: Seen) -> None:
    account = pwd.getpwuid(os.geteuid()) if os.geteuid() else pwd.getpwnam("nobody")
    with place_for_all() as place:
        csv = place / "brands.csv"
        csv.write_text(brands_of("a"), encoding="utf-8")
        os.chown(place, account.pw_uid, account.pw_gid)
        os.chown(csv, account.pw_uid, account.pw_gid)
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if not os.geteuid() else {}
        python = interpreter_for(account)
        command = CommandLine(place / "home", place, MOVIE_ASSETS_BRANDS_CSV=csv).with_settings(
            HOME=place, USER=account.pw_name, **python.environment
        )
        command.program = [python.executable, "-m", "movie_assets.cli"]

        def refresh() -> subprocess.CompletedProcess[str]:
            return ended(command.start("run", **identity))

        first = refresh()
        assert first.returncode == 0, first.stderr
        csv.chmod(0)
        refused = refresh()
        assert refused.returncode == 1
        seen(refused.stderr)
        csv.chmod(0o600)
        csv.write_text(brands_of("b"), encoding="utf-8")
        again = refresh()
        assert again.returncode == 0, again.stderr
        with EmbeddedServer(command.home) as server:
            assert_equal(contents(Database(server.dsn("movie_assets"))), shared.expected("b", "a"))


@Fault(
    FAMILY,
    "MOVIE_ASSETS_HOME on a path that is a file",
    "nothing is started and nothing is written",
    where="the terminal",
    shows=("Error:", "set MOVIE_ASSETS_HOME to one that can"),
    person="name a directory",
)
def test_a_home_that_is_a_file(seen: Seen) -> None:
    with place_for_all() as place:
        (place / "home").write_text("")
        outcome = CommandLine(place / "home", place)("up")
        assert outcome.returncode == 1
        assert "Traceback" not in outcome.stderr
        seen(outcome.stderr)
