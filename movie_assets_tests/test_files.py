"""Files and folders appear whole, replace what was there in one step, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from movie_assets.errors import MovieAssetsError
from movie_assets.files import file_replaced, folder_replaced

ROUNDS = 50


def fill(folder: Path, text: str) -> None:
    with folder_replaced(folder) as staged:
        for name in ("a", "b"):
            (staged / name).write_text(text)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_folder_appears_when_it_is_complete_and_with_usual_permissions(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    with folder_replaced(folder) as staged:
        (staged / "a").write_text("1")
        assert not folder.exists()
    assert contents(folder) == {"a": "1"}
    usual = tmp_path / "usual"
    usual.mkdir()
    assert folder.stat().st_mode == usual.stat().st_mode
    assert list(folder.parent.iterdir()) == [folder]


def test_a_failure_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    fill(folder, "old")
    with pytest.raises(ZeroDivisionError), folder_replaced(folder) as staged:
        (staged / "a").write_text(str(1 / 0))
    assert contents(folder) == {"a": "old", "b": "old"}
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux swaps two folders in one step")
def test_readers_always_find_a_whole_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    fill(folder, "0")
    seen: list[set[str]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            # Through a descriptor, a reader stays in the folder that it opened.
            opened = os.open(folder, os.O_RDONLY)
            try:
                seen.append(set(os.listdir(opened)))  # noqa: PTH208
            finally:
                os.close(opened)

    thread = threading.Thread(target=read)
    thread.start()
    for version in range(ROUNDS):
        fill(folder, str(version))
    done.set()
    thread.join()
    # An old folder may be on its way out while it is read, but the name never leads nowhere.
    assert len(seen) > 1
    assert all(names <= {"a", "b"} for names in seen)
    assert contents(folder) == {"a": str(ROUNDS - 1), "b": str(ROUNDS - 1)}


def test_what_a_killed_process_left_is_cleared_away_and_what_another_fills_is_not(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from movie_assets.files import folder_replaced\n"
        "with folder_replaced(Path(sys.argv[1])) as staged:\n"
        "    (staged / 'a').write_text('half'); print('filling', flush=True); time.sleep(600)"
    )
    folder = tmp_path / "folder"
    process = subprocess.Popen([sys.executable, "-c", script, folder], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "filling\n"
        [staged] = tmp_path.iterdir()
        fill(folder, "beside")
        assert staged.exists()
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert staged.exists()
    fill(folder, "after")
    assert list(tmp_path.iterdir()) == [folder]
    assert contents(folder) == {"a": "after", "b": "after"}


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with file_replaced(path) as file:
        file.write(b"old")
    with pytest.raises(ZeroDivisionError), file_replaced(path) as file:
        file.write(b"half %d" % (1 / 0))
    assert contents(tmp_path) == {"file": "old"}


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MovieAssetsError, match="cannot be written: File exists"):
        fill(tmp_path / "file" / "folder", "")
    with (
        pytest.raises(MovieAssetsError, match="cannot be written: No such file or directory"),
        file_replaced(tmp_path / "none" / "file"),
    ):
        pass
