"""Clocks that jump: the one of the whole platform, PostgreSQL included, and those of files."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from movie_assets_tests.commands.processes import eventually
from movie_assets_tests.faults.bench import Bench, brands_of
from movie_assets_tests.faults.live import Live, live
from movie_assets_tests.faults.registry import Fault

pytestmark = pytest.mark.timeout(280)

FAMILY = "Clocks, locks and leftovers"
LIBRARIES = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
INSTALL = "apt-get install faketime"
YEAR = timedelta(days=365).total_seconds()


@pytest.mark.parametrize(
    "age",
    [
        pytest.param(
            age,
            marks=Fault(
                FAMILY,
                f"A new brand file whose modification time lies ten years in the {name}",
                "it is refreshed all the same: content decides, not time",
            ).marks,
            id=name,
        )
        for name, age in {"past": 10 * YEAR, "future": -10 * YEAR}.items()
    ],
)
def test_a_file_from_another_time(broken: Live, age: float) -> None:
    broken.version = "b" if broken.version == "a" else "a"
    beside = broken.csv.with_suffix(".new")
    beside.write_text(brands_of(broken.version), encoding="utf-8")
    os.utime(beside, (time.time() - age,) * 2)
    beside.replace(broken.csv)
    broken.recovered()


@Fault(
    FAMILY,
    "A brand file changed in place, with the size and the modification time that it had",
    "the next tick of the sensor reads it, after MOVIE_ASSETS_WATCH_SECONDS at the latest, and refreshes",
)
def test_a_change_that_no_time_tells(broken: Live) -> None:
    broken.edit("a")
    broken.recovered()
    before = broken.csv.stat()
    changed = brands_of("a").replace("6078217662", "6078217663")
    assert len(changed.encode()) == before.st_size
    broken.csv.write_text(changed, encoding="utf-8")
    os.utime(broken.csv, ns=(before.st_atime_ns, before.st_mtime_ns))
    eventually(lambda: broken.measured() == 6078217663, "the change is measured")
    broken.edit("b")
    broken.recovered()


class Clock:
    """The offset of a platform's clock from the machine's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.jump(timedelta(0))

    def jump(self, offset: timedelta) -> None:
        beside = self.path.with_suffix(".new")
        beside.write_text(f"{offset.total_seconds():+.0f}s\n")
        beside.replace(self.path)


@pytest.fixture(scope="module")
def elsewhen(shared: Bench) -> Iterator[tuple[Live, Clock]]:
    """A platform, PostgreSQL included, whose clock tests may turn."""
    library = next(LIBRARIES, None)
    if library is None:
        pytest.fail(f"libfaketime is needed: {INSTALL}")
    with live(shared, start=False) as home:
        clock = Clock(home.place / "clock")
        home.command = home.command.with_settings(
            LD_PRELOAD=library,
            FAKETIME_TIMESTAMP_FILE=clock.path,
            FAKETIME_NO_CACHE=1,
        )
        home.up()
        yield home, clock


@pytest.mark.system
@pytest.mark.parametrize(
    ("offset", "stopped"),
    [
        pytest.param(
            offset,
            stopped,
            marks=Fault(
                FAMILY,
                f"The clock jumps {name}",
                "the next edit is refreshed; brand_stats_history has the day that PostgreSQL's clock shows",
            ).marks,
            id=name,
        )
        for name, offset, stopped in (
            ("three hours forward between two refreshes", timedelta(hours=3), False),
            ("a year forward between two refreshes", timedelta(days=365), False),
            # libfaketime turns the monotonic clock as well, on which running processes would wait for days.
            ("two days back while the platform is stopped", timedelta(days=-2), True),
        )
    ],
)
def test_the_clock_jumps(elsewhen: tuple[Live, Clock], offset: timedelta, stopped: bool) -> None:
    platform, clock = elsewhen
    if stopped:
        assert platform.running.ctrl_c() == 0
    clock.jump(offset)
    if stopped:
        platform.up()
    platform.refreshed()
    now = platform.database.scalar("SELECT now()")
    assert isinstance(now, datetime)
    assert abs(now - (datetime.now(UTC) + offset)) < timedelta(minutes=1)
    snapshots = platform.database.rows("SELECT DISTINCT snapshot_date FROM movies.brand_stats_history")
    assert now.astimezone(UTC).date() in {row["snapshot_date"] for row in snapshots}
