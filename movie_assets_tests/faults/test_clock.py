"""Files from another time: what counts is their content."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest

from movie_assets_tests.commands.processes import eventually
from movie_assets_tests.faults.bench import brands_of
from movie_assets_tests.faults.live import Live
from movie_assets_tests.faults.registry import Fault

pytestmark = pytest.mark.timeout(280)

FAMILY = "Clocks, locks and leftovers"
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
