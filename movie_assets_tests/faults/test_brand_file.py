"""Whatever is put in the brand file's place under a running platform, the stored brands stay until a good one comes."""

from __future__ import annotations

import csv
import io
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from movie_assets_tests.automation.writers import open_for_writing
from movie_assets_tests.commands.processes import eventually
from movie_assets_tests.faults.bench import brands_of
from movie_assets_tests.faults.live import Live
from movie_assets_tests.faults.plugin import Seen
from movie_assets_tests.faults.registry import Fault
from movie_assets_tests.faults.tables import assert_equal, contents

pytestmark = pytest.mark.timeout(240)

GIGABYTE = 2**30
REPAIR = "put a brand file there"


def unreadable(name: str, shows: str) -> Fault:
    return Fault(
        family="The brand file is broken",
        name=name,
        platform="the sensor starts no run; the stored brands stay; the next file that can be read is refreshed",
        where="the sensor's tick",
        shows=(shows,),
        person=REPAIR,
    )


def refused(name: str, shows: str) -> Fault:
    return Fault(
        family="The brand file is broken",
        name=name,
        platform="one run fails; the stored brands stay; the next change of the file is refreshed",
        where="the failed run's error",
        shows=("FAILURE", shows),
        person=REPAIR,
    )


def into_a_loop(path: Path) -> None:
    path.symlink_to(path.name)


def with_its_directory(path: Path) -> None:
    shutil.rmtree(path.parent)


PLACES = [
    (unreadable("Deleted", "does not exist"), lambda _: None),
    (unreadable("Replaced by a directory", "expected a regular file; found a directory"), Path.mkdir),
    (
        unreadable("Replaced by a FIFO that nobody writes", "expected a regular file; found a device, pipe or socket"),
        os.mkfifo,
    ),
    (unreadable("Replaced by a symbolic link to itself", "Too many levels of symbolic links"), into_a_loop),
    (unreadable("Its whole directory removed", "does not exist"), with_its_directory),
]

HEADER = brands_of("a").splitlines(keepends=True)[0].encode()
CONTENTS = [
    (refused("Empty", "empty"), b""),
    (refused("Nothing but a header", "at least one brand"), HEADER),
    (refused("A binary (PNG)", "brands.csv: expected"), b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00" * 40),
    (refused("Bytes of no encoding", "bytes that are not valid"), HEADER + b"Pixar\x81\x8d,1,1,Up,1\n"),
    (
        refused("A web page", "expected a header with the columns"),
        b"<!DOCTYPE html><html><body><p>Sign in</p></body></html>\n",
    ),
    (refused("Columns missing", "top_release_gross_usd"), b"Brand,Total,Releases,#1 Release\nPixar,1,1,Up\n"),
]


def with_marks(cases: list[tuple[Fault, object]]) -> list[object]:
    return [pytest.param(value, marks=fault.marks, id=fault.name) for fault, value in cases]


@pytest.mark.parametrize("put", with_marks(PLACES))
def test_what_cannot_be_read_is_told_and_waited_for(broken: Live, seen: Seen, put: Callable[[Path], None]) -> None:
    before, runs = contents(broken.database), len(broken.runs())
    broken.remove()
    put(broken.csv)
    seen(eventually(lambda: text if seen.within(text := broken.newest_reason()) else "", "the sensor tells"))
    assert len(broken.runs()) == runs
    assert_equal(contents(broken.database), before)
    broken.csv.parent.mkdir(exist_ok=True)
    broken.remove()
    broken.refreshed()


@pytest.mark.parametrize("content", with_marks(CONTENTS))
def test_what_is_no_brand_file_fails_one_run(broken: Live, seen: Seen, content: bytes) -> None:
    before = contents(broken.database)
    seen(broken.told_of(broken.run_for(broken.put(content))))
    assert_equal(contents(broken.database), before)
    broken.refreshed()


@Fault(
    family="The brand file is broken",
    name="One line of a gigabyte",
    platform="the file is refused by its size and never read as a whole; the stored brands stay",
    where="the failed run's error, or the sensor's tick",
    shows=("at most",),
    person=REPAIR,
)
def test_a_gigabyte(broken: Live, seen: Seen) -> None:
    before = contents(broken.database)
    beside = broken.csv.with_suffix(".new")
    with beside.open("wb") as file:
        # Sparse: it takes no room on the disk, and reads as any other file of that size.
        file.truncate(GIGABYTE)
    beside.replace(broken.csv)

    def told() -> str:
        ended = [run for run in broken.runs() if run["status"] == "FAILURE"][-1:]
        return "\n".join([*map(broken.told_of, ended), broken.newest_reason()])

    seen(eventually(lambda: text if seen.within(text := told()) else "", "it is refused"))
    assert_equal(contents(broken.database), before)
    broken.refreshed()


@Fault(
    family="The brand file is broken",
    name="Half of it written, and the rest only seconds later",
    platform="the file is left alone while a program has it open for writing, and refreshed when it is complete",
    where="the sensor's tick",
    shows=("open for writing",),
)
def test_a_slow_writer(broken: Live, seen: Seen) -> None:
    before, runs = contents(broken.database), len(broken.runs())
    broken.version = "b" if broken.version == "a" else "a"
    new = brands_of(broken.version).encode()
    with open_for_writing(broken.csv):
        broken.csv.write_bytes(new[: len(new) // 2])
        eventually(lambda: seen.within(broken.tick_reasons()), "the sensor tells")
        seen(broken.tick_reasons())
        assert_equal(contents(broken.database), before)
        broken.csv.write_bytes(new)
    broken.recovered()
    assert len(broken.runs()) == runs + 1


@Fault(
    family="The brand file is broken",
    name="Cut in the middle of a line by a program that then ended",
    platform="the lines that are there are published, the cut one is kept in raw_brands_rejected; the whole file brings"
    " every brand back",
    where="the run's checks",
    shows=("row_count_is_stable", "rows before"),
    person="write the file again, as a whole",
)
def test_a_truncated_file(broken: Live, seen: Seen) -> None:
    content = brands_of("a").encode()
    cut = content[: content.index(b",", len(content) // 3)]
    run = broken.run_for(broken.put(cut))
    seen(broken.told_of(run))
    lines = cut.count(b"\n")
    kept = broken.database.scalar("SELECT count(*) FROM movies.raw_brands")
    rejected = broken.database.scalar("SELECT count(*) FROM movies.raw_brands_rejected")
    assert (kept, rejected) == (lines - 1, 1)
    broken.refreshed()


@Fault(
    family="The brand file is broken",
    name="Saved in UTF-16 with semicolons by a spreadsheet",
    platform="it is read as what it is: the same brands, the same numbers",
)
def test_another_encoding(broken: Live) -> None:
    expected = broken.reference.expected("a", "a")
    rows = csv.reader(io.StringIO(brands_of("a")))
    saved = io.StringIO()
    csv.writer(saved, delimiter=";").writerows(rows)
    sha = broken.put(saved.getvalue().encode("utf-16"))
    assert broken.run_for(sha)["status"] == "SUCCESS"
    found = contents(broken.database, without=("raw_brands",))
    assert_equal(found, {name: rows for name, rows in expected.items() if name in found and "history" not in name})
    broken.edit("b")
    broken.recovered()


@Fault(
    family="The brand file is broken",
    name="Saved fifty times in ten seconds",
    platform="edits during a refresh wait for its end; the last one is what every table holds, and there are far fewer"
    " runs than edits",
)
def test_fifty_edits(broken: Live) -> None:
    runs = len(broken.runs())
    for _ in range(50):
        broken.rename_into_place(broken.content(next(broken.total)))
        time.sleep(0.2)
    broken.edit()
    broken.recovered()
    assert len(broken.runs()) - runs < 20
    assert {run["status"] for run in broken.runs()[runs:]} == {"SUCCESS"}
