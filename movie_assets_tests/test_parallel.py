"""Work in several processes: the same results in the same order, errors as without them, and nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from movie_assets.parallel import mapped
from movie_assets_tests.commands.processes import eventually

BIG = 3_000_000
"""More than a pipe holds, so that both sides would wait if both were sending."""


def repeated(value: int) -> tuple[int, str]:
    return os.getpid(), str(value) * BIG


def refuse_seven(value: int) -> int:
    if value == 7:
        raise ValueError(f"{value} is refused")
    return -value


def die_for_three(value: tuple[int, int]) -> int:
    here, number = value
    if number == 3 and os.getpid() != here:
        os._exit(1)
    return -number


def test_results_come_in_the_order_of_the_pieces_from_several_processes() -> None:
    found = list(mapped(repeated, range(9), processes=2))
    assert [text[:1] for _, text in found] == [str(value) for value in range(9)]
    assert all(len(text) == BIG for _, text in found)
    pids = {pid for pid, _ in found}
    assert len(pids) == 3
    assert os.getpid() in pids


@pytest.mark.parametrize("count", [0, 1])
def test_few_pieces_start_no_process(count: int) -> None:
    assert {pid for pid, _ in mapped(repeated, range(count), processes=2)} <= {os.getpid()}


def test_an_error_is_the_one_that_the_work_raises_and_processes_end() -> None:
    with pytest.raises(ValueError, match="7 is refused"):
        list(mapped(refuse_seven, range(20), processes=2))
    assert not _workers()


def test_an_error_of_the_pieces_is_raised() -> None:
    def pieces() -> Iterator[int]:
        yield from range(5)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(mapped(refuse_seven, pieces(), processes=2))
    assert not _workers()


def test_the_work_of_a_process_that_dies_is_done_here() -> None:
    pieces = [(os.getpid(), number) for number in range(9)]
    assert list(mapped(die_for_three, pieces, processes=2)) == [-number for number in range(9)]


def test_a_consumer_that_stops_early_leaves_no_process() -> None:
    results = mapped(repeated, range(100), processes=2)
    for _ in range(4):
        next(results)
    results.close()  # type: ignore[attr-defined]  # it is a generator
    assert not _workers()


def test_processes_end_with_a_program_that_is_killed() -> None:
    program = (
        "import time; from movie_assets.parallel import mapped; from movie_assets_tests.test_parallel import repeated\n"
        "results = mapped(repeated, range(100), processes=2)\n"
        "[next(results) for _ in range(4)]; print('running', flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 2
        process.kill()
    eventually(lambda: not [child for child in children if child.is_running()], "the end of the processes")


def _workers() -> list[psutil.Process]:
    time.sleep(0.1)
    return [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]
