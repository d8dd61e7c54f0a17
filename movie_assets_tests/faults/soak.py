"""A running platform under edits and kills: `python -m movie_assets_tests.faults.soak [--seconds 480] [--seed N]`.

Every few seconds the brand file is edited, and something is killed: the process of a run, the code server, the daemon,
the webserver, a session of PostgreSQL, or all of PostgreSQL. In the end nothing may be left over (processes, sessions,
locks, temporary tables, stages), memory and open files must stand still, and every table must hold what a refresh from
scratch makes of the last file.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from movie_assets_tests.commands.processes import eventually, processes_of
from movie_assets_tests.faults.bench import bench
from movie_assets_tests.faults.live import Live, live
from movie_assets_tests.faults.tables import assert_equal, contents

MEGABYTE = 2**20
GROWTH = 0.15
"""How much larger the median memory of a kind of process may be in the last quarter than in the second one ..."""
GROWTH_BYTES = 40 * MEGABYTE
"""... and how much larger at least before it counts."""
GROWN_UP_SECONDS = 30.0
"""A process that was started lately has not imported everything; it is not looked at before."""
MORE_FILES = 20
"""How many more files a process may have open in the last quarter than in the second one."""
RECOVERY_SECONDS = 180.0

LONG_LIVED = {
    "supervisor": "movie-assets up",
    "code server": "commands.code_server",
    "webserver": "webserver",
    "daemon": "commands.daemon",
}
_POSTGRES = "postgres"
_KNOWN = (
    *LONG_LIVED.values(),
    "multiprocessing.forkserver",
    "multiprocessing.resource_tracker",
    "warehouse.guardian",
    _POSTGRES,
)
LEFT_OVER = """
SELECT 'session of ' || coalesce(nullif(application_name, ''), 'a client') || ': ' || left(query, 80)
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND (datname = current_database() OR state <> 'idle')
UNION ALL
SELECT 'relation ' || c.relname FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname LIKE 'pg\\_temp%' OR (n.nspname = 'movies' AND c.relname ~ '_stage_[0-9]+$')
UNION ALL
SELECT 'advisory lock' FROM pg_locks AS l INNER JOIN pg_database AS d ON l.database = d.oid
WHERE l.locktype = 'advisory' AND d.datname = current_database()
UNION ALL
SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts
"""


@dataclass
class Samples:
    """Memory and open files of the long-lived processes, over time."""

    memory: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    files: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    sessions: list[int] = field(default_factory=list)

    def take(self, platform: Live) -> None:
        """One look at every process that is there."""
        for name, process in long_lived(platform).items():
            with contextlib.suppress(psutil.Error):
                if time.time() - process.create_time() < GROWN_UP_SECONDS:
                    continue
                memory, files = process.memory_full_info().pss, process.num_fds()
                self.memory[name].append(memory)
                self.files[name].append(files)
        with contextlib.suppress(Exception):
            self.sessions.append(int(str(platform.database.scalar("SELECT count(*) FROM pg_stat_activity"))))

    def grown(self) -> list[str]:
        """What is larger in the last quarter than in the second one by more than is allowed."""
        found = []
        for name, values in self.memory.items():
            second, last = quarters(values)
            if last > second * (1 + GROWTH) and last > second + GROWTH_BYTES:
                found.append(f"{name}: {second / MEGABYTE:.0f} MB, then {last / MEGABYTE:.0f} MB")
        for name, values in self.files.items():
            second, last = quarters(values)
            if last > second + MORE_FILES:
                found.append(f"{name}: {second:.0f} open files, then {last:.0f}")
        return found

    def __str__(self) -> str:
        lines = []
        for name, values in self.memory.items():
            (second, last), files = quarters(values), quarters(self.files[name])
            lines.append(
                f"{name}: {second / MEGABYTE:.0f} MB in the second quarter, {last / MEGABYTE:.0f} MB in the last; open"
                f" files {files[0]:.0f} and {files[1]:.0f} (medians of PSS and descriptors)"
            )
        lines.append("sessions of PostgreSQL, workers included: {:.0f} and {:.0f}".format(*quarters(self.sessions)))
        return "\n".join(lines)


def quarters(values: list[int]) -> tuple[float, float]:
    """Medians of the second and of the last quarter."""
    quarter = max(1, len(values) // 4)
    return statistics.median(values[quarter : 2 * quarter] or values), statistics.median(values[-quarter:])


def long_lived(platform: Live) -> dict[str, psutil.Process]:
    """The supervisor and its servers, by name, those that are there."""
    supervisor = psutil.Process(platform.running.process.pid)
    found = {"supervisor": supervisor}
    for process in supervisor.children():
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.cmdline())
            found |= {
                name: process for name, word in LONG_LIVED.items() if word in line and "commands.child" not in line
            }
    return found


def kill_something(platform: Live, chance: random.Random) -> str:
    """SIGKILL of something that is there; returns what."""
    for what in chance.sample([*_VICTIMS], len(_VICTIMS)):
        with contextlib.suppress(psutil.Error, IndexError, AssertionError, KeyError):
            victims = _VICTIMS[what](platform, chance)
            for victim in victims:
                victim.kill()
            if victims:
                return what
    return ""


def _run(platform: Live, _: random.Random) -> list[psutil.Process]:
    code_server = long_lived(platform)["code server"]
    runs = [process for process in code_server.children(recursive=True) if process.ppid() != code_server.pid]
    return runs[:1]


def _session(platform: Live, chance: random.Random) -> list[psutil.Process]:
    sessions = [process for process in platform.postgres[1:] if "movie_owner" in " ".join(process.cmdline())]
    return [chance.choice(sessions)]


_VICTIMS: dict[str, Callable[[Live, random.Random], list[psutil.Process]]] = {
    "the run": _run,
    # Twice: it is there for a few seconds only, and its death is the commonest.
    "the run, again": _run,
    "code server": lambda platform, _: [long_lived(platform)["code server"]],
    "daemon": lambda platform, _: [long_lived(platform)["daemon"]],
    "webserver": lambda platform, _: [long_lived(platform)["webserver"]],
    "a session of PostgreSQL": _session,
    "PostgreSQL": lambda platform, _: platform.postgres,
}


def soak(seconds: float, seed: int) -> None:
    """The whole of it; AssertionError when something does not hold."""
    chance = random.Random(seed)  # noqa: S311  # the same kills for the same seed
    samples, kills, edits = Samples(), Counter[str](), 0
    with bench() as reference, live(reference) as platform:
        # What the end is compared with is computed before, and disturbs nothing.
        reference.expected("a", "a"), reference.expected("b", "a")
        started = time.monotonic()
        next_kill = started + chance.uniform(5, 15)
        while time.monotonic() < started + seconds:
            platform.rename_into_place(platform.content(next(platform.total)))
            edits += 1
            time.sleep(chance.uniform(2, 6))
            samples.take(platform)
            if time.monotonic() > next_kill:
                kills[kill_something(platform, chance)] += 1
                next_kill = time.monotonic() + chance.uniform(8, 20)
        print(f"{edits} edits, kills: {dict(kills)}", flush=True)
        platform.edit("b")
        platform.recovered(RECOVERY_SECONDS)
        assert_equal(contents(platform.database), reference.expected("b", "a"))
        print("every table is that of a refresh from scratch", flush=True)
        runs = Counter(run["status"] for run in platform.runs())
        print(f"runs: {dict(runs)}\n{samples}", flush=True)
        eventually(lambda: not left_over(platform), f"nothing left over, but {left_over(platform)}", 60)
        assert not samples.grown(), samples.grown()
        eventually(lambda: not leaked(platform), f"nothing leaked, but {leaked(platform)}", 60)
        family = platform.running.family()
        assert platform.running.ctrl_c() == 0
        eventually(lambda: not processes_of(platform.place), f"no process: {processes_of(platform.place)}", 60)
        gone = [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
        assert not gone, gone
    print("no process, session, lock, stage or temporary table is left")


def leaked(platform: Live) -> list[str]:
    """Processes that name the platform's directory and are neither of its few long-lived ones nor PostgreSQL's."""
    lines = []
    for process in processes_of(platform.place):
        with contextlib.suppress(psutil.Error):
            lines.append(" ".join(process.cmdline()))
    kinds = Counter(next((kind for kind in _KNOWN if kind in line), line) for line in lines)
    return [kind for kind, count in kinds.items() if kind not in _KNOWN or (count > 1 and kind != _POSTGRES)]


def left_over(platform: Live) -> list[str]:
    """What is in PostgreSQL that should not be there while nothing runs."""
    rows = platform.database.rows(LEFT_OVER)
    return [str(next(iter(row.values()))) for row in rows]


def main() -> None:
    """Parse the options, say the seed, soak."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=480.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = parser.parse_args()
    print(f"{given.seconds:.0f} s, seed {given.seed}", flush=True)
    soak(given.seconds, given.seed)


if __name__ == "__main__":
    sys.exit(main())
