"""Changes of a real file, made by another thread while it is watched."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from movie_assets.brands import watching
from movie_assets.brands.watching import state_of, wait_for_change

# A change is told within moments; one that is not told fails the test after this.
LONG = 30.0


def renamed_into_place(path: Path) -> None:
    other = path.with_name("new.csv")
    # Of the same size, so that only the inode and the time tell.
    other.write_text("after!")
    other.replace(path)


def written_in_place(path: Path) -> None:
    with path.open("r+") as file:
        file.write("after!")


def appended(path: Path) -> None:
    with path.open("a") as file:
        file.write("more")


def directory_renamed(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def directory_removed(path: Path) -> None:
    shutil.rmtree(path.parent)


CHANGES: list[Callable[[Path], object]] = [
    renamed_into_place,
    written_in_place,
    appended,
    Path.unlink,
    directory_renamed,
    directory_removed,
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file in a directory of its own."""
    path = tmp_path / "brands" / "brands.csv"
    path.parent.mkdir()
    path.write_text("before")
    return path


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_told_while_it_is_waited_for(path: Path, change: Callable[[Path], object]) -> None:
    before = state_of(path)
    changing = threading.Timer(0.3, change, [path])
    changing.start()
    assert wait_for_change(path, before, LONG)
    changing.join()
    assert state_of(path) != before


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_before_the_wait_is_told_at_once(path: Path, change: Callable[[Path], object]) -> None:
    before = state_of(path)
    change(path)
    assert wait_for_change(path, before, 0)


def test_a_file_that_appears_is_told_even_if_its_directory_appears_with_it(path: Path) -> None:
    shutil.rmtree(path.parent)

    def create() -> None:
        path.parent.mkdir()
        path.write_text("new")

    creating = threading.Timer(0.5, create)
    creating.start()
    assert wait_for_change(path, None, LONG)
    creating.join()


def test_what_happens_to_other_files_is_not_taken_for_a_change(path: Path) -> None:
    before = state_of(path)
    neighbour = path.with_name("neighbour.csv")
    writing = threading.Timer(0.2, neighbour.write_text, ["something"])
    writing.start()
    assert not wait_for_change(path, before, 1)
    # The timer had fired: the wait went on after the event.
    assert neighbour.exists()


def test_a_change_without_an_event_is_told_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state_of(path)
    elsewhere = path.parent.with_name("watched")
    elsewhere.mkdir()
    # Events are taken from a directory in which nothing happens, as a network file system would give none.
    real = watching.watch
    monkeypatch.setattr(watching, "watch", lambda _, **options: real(elsewhere, **options))
    changing = threading.Timer(0.3, os.utime, [path, (1, 1)])
    changing.start()
    assert wait_for_change(path, before, LONG)
    changing.join()
