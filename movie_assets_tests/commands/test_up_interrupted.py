"""`movie-assets up`: which edits and deaths it survives, and that nothing is left of it when it ends."""

from __future__ import annotations

import contextlib
import os
import pwd

import psutil
import pytest
import requests
from sqlalchemy import text

from movie_assets.warehouse.tables import metadata
from movie_assets_tests.commands.home import Home, gone, home_of_its_own
from movie_assets_tests.commands.processes import Platform, ended, eventually
from movie_assets_tests.faults.plugin import Seen
from movie_assets_tests.faults.registry import Fault
from movie_assets_tests.interpreters import interpreter_for

TABLES = {table.name for table in metadata.sorted_tables}

SERVERS = ("code_server", "dagster_webserver", "commands.daemon")


# What it survives


@Fault(
    family="The brand file is broken",
    name="Broken, and then what it was before",
    platform="one run fails, the stored brands stay; content that comes back is refreshed again",
    where="the run in the UI",
    shows=("FAILURE",),
    person="put the old file back",
)
def test_a_broken_brand_file_fails_the_run_and_going_back_to_what_it_was_is_a_refresh(
    home: Home, platform: Platform, seen: Seen
) -> None:
    old, rows, runs = home.csv.read_text(encoding="utf-8"), home.rows(), len(home.quiet())
    home.rename_into_place("Brand,Releases\nPixar,28\n")
    eventually(lambda: len(platform.runs()) > runs, "a run")
    seen(home.quiet()[-1]["status"])
    assert home.rows() == rows

    home.rewrite(old)
    eventually(lambda: len(platform.runs()) > runs + 1, "a run of a file written in place")
    assert [(run["jobName"], run["status"]) for run in home.quiet()[runs:]] == [
        ("refresh_brands", "FAILURE"),
        ("refresh_brands", "SUCCESS"),
    ]


@Fault(
    family="A process of the platform is killed",
    name="Code server, webserver and daemon at once, in a refresh",
    platform="all three are started again; the lost run is recorded as failed and made up for",
    where="the terminal of `movie-assets up`",
    shows=tuple(f"The {name} ended with -9; it is started again" for name in ("code-server", "webserver", "daemon")),
)
def test_killed_servers_are_started_again_and_the_run_they_lost_is_made_up_for(
    home: Home, platform: Platform, seen: Seen
) -> None:
    runs, lost = len(home.quiet()), next(home.total)
    with home.database.engine.connect() as blocker:
        blocker.execute(text("LOCK TABLE movies.raw_brands IN ACCESS EXCLUSIVE MODE"))
        home.rename_into_place(home.content(lost))
        eventually(lambda: [run["status"] for run in platform.runs()[runs:]] == ["STARTED"], "a run that waits")
        killed = {word: platform.child(word) for word in SERVERS}
        for process in killed.values():
            assert process is not None
            process.kill()

        def answers() -> bool:
            try:
                return [run["status"] for run in platform.runs()[runs:]] == ["FAILURE"]
            except requests.RequestException:
                return False

        eventually(answers, "the run that was lost is recorded as failed")

    for word, process in killed.items():
        again = eventually(lambda word=word: platform.child(word), f"{word} is there again")
        assert again != process
    seen(platform.output)
    eventually(lambda: home.measured() == lost, "the change is measured by another run")


# How it ends


@Fault(
    family="A process of the platform is killed",
    name="Ctrl-C while nothing runs",
    platform="every process ends; the next start knows every run and every tick",
    where="the terminal of `movie-assets up`",
    shows=("Stopping.",),
    person="start it again",
)
def test_ctrl_c_leaves_nothing_behind_and_the_next_start_remembers_everything(
    home: Home, platform: Platform, seen: Seen
) -> None:
    runs, ticks, family = home.quiet(), platform.ticks(), platform.family()
    assert len(family) > 6

    assert platform.ctrl_c() == 0

    assert gone(family)
    seen(platform.output)
    assert "Platform: not running" in home.command("status").stdout
    again = home.up()
    newest = ticks[0]["timestamp"]
    eventually(lambda: any(tick["timestamp"] > newest for tick in again.ticks()), "the sensor goes on")
    assert newest in {tick["timestamp"] for tick in again.ticks()}
    assert again.runs() == runs


@Fault(
    family="A process of the platform is killed",
    name="Ctrl-C in a refresh",
    platform="every process ends; the next start records the run as failed and makes up for it",
    where="the run in the UI after the next start",
    shows=("FAILURE",),
    person="start it again",
)
def test_a_refresh_that_ctrl_c_interrupted_is_made_up_for_at_the_next_start(
    home: Home, platform: Platform, seen: Seen
) -> None:
    runs, lost = len(home.quiet()), next(home.total)
    with home.database.engine.connect() as blocker:
        blocker.execute(text("LOCK TABLE movies.raw_brands IN ACCESS EXCLUSIVE MODE"))
        home.rename_into_place(home.content(lost))
        eventually(lambda: [run["status"] for run in platform.runs()[runs:]] == ["STARTED"], "a run that waits")
        family = platform.family()
        platform.ctrl_c()
        # The server, which nobody uses any more, took the lock with it.
        blocker.invalidate()
    assert gone(family)

    again = home.up()
    seen(again.runs()[runs]["status"])
    eventually(lambda: home.measured() == lost, "the change is measured by another run")


@Fault(
    family="A process of the platform is killed",
    name="`movie-assets up` itself, while nothing runs",
    platform="its servers end with it, the guardian stops PostgreSQL; it can be started again at once",
    person="start it again",
)
def test_a_killed_platform_leaves_nothing_behind(home: Home, platform: Platform) -> None:
    family = platform.family()
    platform.process.kill()
    platform.process.wait()
    assert gone(family)
    assert home.up().process.poll() is None


@Fault(
    family="A process of the platform is killed",
    name="`movie-assets down` in another terminal",
    platform="every process ends in order",
    where="that terminal",
    shows=("Stopped.",),
    person="start it again",
)
def test_down_stops_it_from_another_process(home: Home, platform: Platform, seen: Seen) -> None:
    family = platform.family()
    outcome = home.command("down")

    assert (outcome.returncode, outcome.stdout) == (0, "Stopped.\n")
    seen(outcome.stdout)
    assert platform.process.wait(10) == 0
    assert gone(family)
    assert home.command("down").stdout == "Nothing was running.\n"


def users(family: list[psutil.Process]) -> set[int]:
    """Who the processes run as; PostgreSQL's workers come and go meanwhile."""
    found = set()
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            found.add(process.uids().real)
    return found


@Fault(
    family="A process of the platform is killed",
    name="Ctrl-C by a user who is not root",
    platform="every process is that user's, and all of them end",
    where="`movie-assets status` before",
    shows=("up at ",),
    person="start it again",
)
@pytest.mark.skipif(os.geteuid() != 0, reason="without root, every other test is this one")
def test_a_normal_user_runs_it(seen: Seen) -> None:
    account = pwd.getpwnam("nobody")
    with home_of_its_own() as home:
        os.chown(home.place, account.pw_uid, account.pw_gid)
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        python = interpreter_for(account)
        command = home.command.with_settings(HOME=home.place, USER="nobody", **python.environment)
        command.program = [python.executable, "-m", "movie_assets.cli"]
        home.platform = Platform(command, home.place / "up.log", **identity)
        home.up()

        family = home.platform.family()
        assert users(family) == {account.pw_uid}
        status = ended(command.start("status", **identity))
        assert f"up at {home.platform.url}" in status.stdout
        seen(status.stdout)
        assert home.platform.ctrl_c() == 0
        assert gone(family)
