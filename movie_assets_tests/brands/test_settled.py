"""A brand file is read when nobody writes it, and a writer never suffers from our looking."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from movie_assets.brands import BrandFileError
from movie_assets.brands.opening import MAX_FILE_BYTES
from movie_assets.brands.settled import (
    QUIET_SECONDS,
    QUIET_WITHOUT_WRITERS_SECONDS,
    SettledFile,
    Unsettled,
    observe,
    read_settled_brand_file,
)
from movie_assets_tests.automation.writers import open_for_writing

TEXT = "Brand,Total,Releases,#1 Release,Lifetime Gross\nPixar,6078217662,28,Incredibles 2,608581744\n"

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whether a file is open for writing")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "brands.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


def settled(text: str) -> SettledFile:
    return SettledFile(hashlib.sha256(text.encode()).hexdigest())


def once(path: Path, meanwhile: Callable[[], object] = lambda: None) -> SettledFile | Unsettled:
    """One look, during which `meanwhile` happens while the file is expected to stand still."""
    return observe(path, patience_seconds=0, sleep=lambda _: meanwhile() and None)


def test_a_file_that_stands_still_is_known_by_its_content(path: Path) -> None:
    assert observe(path) == settled(TEXT)
    assert read_settled_brand_file(path).sha256 == settled(TEXT).sha256


@on_linux
def test_a_file_that_another_process_writes_is_not_read(path: Path) -> None:
    with open_for_writing(path):
        found = once(path)
        assert found == Unsettled("another program has it open for writing")
        with pytest.raises(BrandFileError, match=r"open for writing.*rename that into place"):
            read_settled_brand_file(path, patience_seconds=0)
    assert once(path) == settled(TEXT)


@on_linux
def test_a_file_is_read_once_its_writer_is_done(path: Path) -> None:
    file = path.open("a", encoding="utf-8")
    looks = 0

    def write(_: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            file.write("x")
            file.close()

    assert observe(path, patience_seconds=60, sleep=write) == settled(TEXT + "x")
    # Twice too early, once while the file was closed, and once to see that it stands still.
    assert looks == 4


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not tell of writers")
def test_the_look_is_short_where_the_kernel_tells_that_nobody_writes(path: Path) -> None:
    waits: list[float] = []
    assert observe(path, sleep=waits.append) == settled(TEXT)
    with path.open("a"):
        observe(path, patience_seconds=0, sleep=waits.append)
    assert waits == [QUIET_WITHOUT_WRITERS_SECONDS, QUIET_SECONDS]


def test_readers_do_not_count_as_writers(path: Path) -> None:
    with path.open("rb"):
        assert once(path) == settled(TEXT)


def test_a_file_that_grows_while_it_is_looked_at_is_not_read(path: Path) -> None:
    def grow() -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write("x")

    assert once(path, grow) == Unsettled("it changes while it is looked at")


def test_a_file_rewritten_with_as_many_bytes_is_not_read_half(path: Path) -> None:
    def rewrite() -> None:
        path.write_text(TEXT.swapcase(), encoding="utf-8")
        os.utime(path, ns=(1, 1))

    assert once(path, rewrite) == Unsettled("it changes while it is looked at")


def test_an_atomic_rename_is_seen(path: Path) -> None:
    other = path.with_name("new.csv")
    other.write_text(TEXT.swapcase(), encoding="utf-8")
    # Size and time are those of the old file.
    before = path.stat()
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert once(path, lambda: other.replace(path)) == Unsettled("it changes while it is looked at")
    assert once(path) == settled(TEXT.swapcase())


def test_a_file_that_keeps_changing_is_given_up(path: Path) -> None:
    looks = 0

    def change(_: float) -> None:
        nonlocal looks
        looks += 1
        path.write_text(TEXT + "x" * looks, encoding="utf-8")

    assert observe(path, patience_seconds=0.05, sleep=change) == Unsettled("it changes while it is looked at")
    assert looks >= 1


def test_a_file_that_vanishes_while_it_is_looked_at_is_missing(path: Path) -> None:
    found = once(path, path.unlink)
    assert found == Unsettled(f"{path} does not exist", missing=True)
    assert once(path) == found
    with pytest.raises(BrandFileError, match="no such file"):
        read_settled_brand_file(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def make_link_to_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (Path.mkdir, "found a directory"),
        (os.mkfifo, "found a device, pipe or socket"),
        (make_socket, "found a device, pipe or socket"),
        (make_link_to_device, "found a device, pipe or socket"),
        (make_large, "expected at most 67,108,864 bytes; found at least 67,108,865 bytes"),
    ],
)
def test_what_can_be_no_brand_file_is_told_at_once_and_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], told: str
) -> None:
    # A socket's whole path has room for a hundred characters.
    monkeypatch.chdir(tmp_path)
    path = Path("brands.csv")
    make(path)
    waits: list[float] = []
    found = observe(path, sleep=waits.append)
    assert isinstance(found, Unsettled)
    assert found.missing
    assert told in found.reason
    assert waits == []
    with pytest.raises(BrandFileError, match=told):
        read_settled_brand_file(path)


def test_a_pipe_that_takes_the_files_place_during_the_look_is_not_waited_for(path: Path) -> None:
    def replace() -> None:
        path.unlink()
        os.mkfifo(path)

    found = once(path, replace)
    assert isinstance(found, Unsettled)
    assert "found a device, pipe or socket" in found.reason


def test_a_file_that_outgrows_the_limit_during_the_look_is_not_hashed(path: Path) -> None:
    found = once(path, lambda: make_large(path))
    assert isinstance(found, Unsettled)
    assert "at most 67,108,864 bytes" in found.reason


def test_a_path_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    found = observe(tmp_path / "a\0b")
    assert isinstance(found, Unsettled)
    assert "cannot be read" in found.reason


def test_a_link_to_a_file_is_a_file_and_one_to_nothing_is_missing(path: Path) -> None:
    link = path.with_name("link.csv")
    link.symlink_to(path)
    assert once(link) == settled(TEXT)
    path.unlink()
    assert once(link) == Unsettled(f"{link} does not exist", missing=True)


HAMMER = """
import sys, time
from pathlib import Path
deadline, opened = time.monotonic() + float(sys.argv[2]), 0
print("writing", flush=True)
while time.monotonic() < deadline:
    with Path(sys.argv[1]).open("ab"):
        opened += 1
print(opened)
"""


@on_linux
def test_writers_that_arrive_during_a_look_neither_fail_nor_kill_it(path: Path) -> None:
    # The kernel breaks our read lease with a signal; its default, SIGIO, would end this process.
    with subprocess.Popen([sys.executable, "-c", HAMMER, str(path), "1.5"], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "writing\n"
        looks = 0
        while child.poll() is None:
            assert isinstance(once(path), SettledFile | Unsettled)
            looks += 1
        assert child.returncode == 0
        assert int(child.stdout.read()) > 0
    assert looks > 0
    assert once(path) == settled(TEXT)
