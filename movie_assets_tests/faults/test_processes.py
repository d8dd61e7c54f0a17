"""Processes of a running platform are killed with SIGKILL in the middle of a refresh."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable

import psutil
import pytest

from movie_assets_tests.commands.home import gone
from movie_assets_tests.commands.processes import eventually
from movie_assets_tests.faults.live import Live
from movie_assets_tests.faults.plugin import Seen
from movie_assets_tests.faults.registry import Fault

pytestmark = pytest.mark.timeout(240)

Kill = Callable[[Live], list[psutil.Process]]


def killed(name: str, platform: str, where: str, *shows: str) -> Fault:
    return Fault("A process of the platform is killed", name, platform, where, shows)


def the_run(live: Live) -> list[psutil.Process]:
    return [live.run_process()]


def server(word: str) -> Kill:
    return lambda live: [live.child(word)]


def everything_but_the_supervisor(live: Live) -> list[psutil.Process]:
    return [*psutil.Process(live.running.process.pid).children(recursive=True), *live.postgres]


def the_postmaster(live: Live) -> list[psutil.Process]:
    return live.postgres[:1]


def all_of_postgres(live: Live) -> list[psutil.Process]:
    return live.postgres


TERMINAL = "the terminal of `movie-assets up`"
AGAIN = "the run that was lost is recorded as failed and made up for"
IN_A_REFRESH = [
    (
        killed(
            "The run's process, in a refresh",
            AGAIN,
            "the run in the UI",
            "FAILURE",
            "was terminated by signal 9 (SIGKILL)",
        ),
        the_run,
    ),
    (
        killed(
            "The daemon, in a refresh", "it is started again; the run goes on", TERMINAL, "The daemon ended with -9"
        ),
        server("commands.daemon"),
    ),
    (
        killed("The webserver, in a refresh", "it is started again", TERMINAL, "The webserver ended with -9"),
        server("dagster_webserver"),
    ),
    (
        killed(
            "The code server, in a refresh", f"it is started again; {AGAIN}", TERMINAL, "The code-server ended with -9"
        ),
        server("code_server"),
    ),
    (
        killed(
            "The postmaster, in a refresh",
            "PostgreSQL is started again and recovers; the publication is done again, or the run is made up for",
            TERMINAL,
            "PostgreSQL had ended; it was started again.",
        ),
        the_postmaster,
    ),
    (
        killed(
            "All of PostgreSQL at once, as by a power cut, in a refresh",
            "PostgreSQL is started again and recovers; the publication is done again, or the run is made up for",
            TERMINAL,
            "PostgreSQL had ended",
        ),
        all_of_postgres,
    ),
    (
        killed(
            "All servers, the run and PostgreSQL at once, in a refresh",
            f"everything is started again; {AGAIN}",
            TERMINAL,
            "The code-server ended with -9",
            "The webserver ended with -9",
            "The daemon ended with -9",
            "PostgreSQL had ended",
        ),
        everything_but_the_supervisor,
    ),
]


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        # All at once: none may notice the death of another.
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGSTOP)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


@pytest.mark.parametrize("victims", [pytest.param(kill_, marks=f.marks, id=f.name) for f, kill_ in IN_A_REFRESH])
def test_killed_in_a_refresh(broken: Live, seen: Seen, victims: Kill) -> None:
    runs, said = len(broken.runs()), len(broken.running.output)
    with broken.held():
        broken.edit()
        run = broken.started_after(runs)
        kill(victims(broken))

    def shown() -> str:
        told = {again["runId"]: again for again in broken.runs()}.get(run["runId"])
        return broken.running.output[said:] + (broken.told_of(told) if told else "")

    broken.recovered()
    with contextlib.suppress(AssertionError):
        eventually(lambda: seen.within(shown()), "it is told", 20)
    seen(shown())


@killed(
    "One session of PostgreSQL, in a publication",
    "PostgreSQL ends all sessions and recovers; the publication is done again",
    "PostgreSQL's log",
    "was terminated by signal 9",
)
def test_one_session_of_postgresql(broken: Live, seen: Seen) -> None:
    runs = len(broken.runs())
    with broken.held():
        broken.edit()
        broken.started_after(runs)
        waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'relation'"
        pid = eventually(lambda: broken.database.scalar(waiting), "a session that waits")
        psutil.Process(int(str(pid))).kill()
        log = broken.server.status().log_file
        eventually(lambda: seen.within(log.read_text()[-5000:]), "PostgreSQL notices")
        seen(log.read_text()[-5000:])
    broken.recovered()


@killed(
    "PostgreSQL, while nothing runs",
    "it is started again within a second; the next edit is refreshed",
    TERMINAL,
    "PostgreSQL had ended; it was started again.",
)
def test_an_idle_postgresql(broken: Live, seen: Seen) -> None:
    said = len(broken.running.output)
    kill(broken.postgres)
    eventually(lambda: seen.within(broken.running.output[said:]), "it is there again")
    seen(broken.running.output[said:])
    broken.refreshed()


@killed(
    "The guardian of the embedded server",
    "nothing is lost but the protection against a killed supervisor, and the next process that comes starts another",
    "",
)
def test_the_guardian(broken: Live) -> None:
    psutil.Process(int((broken.command.home / "postgres" / "guardian.lock").read_text())).kill()
    broken.refreshed()


@killed(
    "`movie-assets up` itself, in a refresh",
    "all its servers end with it, and PostgreSQL with them; the run ends before them, or is recorded as failed at the"
    " next start and made up for",
    "",
)
def test_the_supervisor(broken: Live) -> None:
    runs = len(broken.runs())
    with broken.held():
        broken.edit()
        broken.started_after(runs)
        family = broken.running.family()
        broken.running.process.kill()
        broken.running.process.wait()
    assert gone(family)
    broken.up()
    broken.recovered()


@killed(
    "Everything at once with kill -9: supervisor, servers, run, PostgreSQL, guardian",
    "at the next start PostgreSQL recovers, stale locks and sockets are recognised, and the lost run is made up for",
    "the run in the UI after the next start",
    "FAILURE",
    "The platform was stopped while this run was in progress.",
)
def test_everything(broken: Live, seen: Seen) -> None:
    runs = len(broken.runs())
    with broken.held():
        broken.edit()
        run = broken.started_after(runs)
        family = broken.running.family()
        kill(family)
    broken.running.process.wait()
    assert gone(family)
    broken.up()
    broken.recovered()
    (lost,) = [found for found in broken.runs() if found["runId"] == run["runId"]]
    seen(broken.told_of(lost))
    broken.refreshed()
