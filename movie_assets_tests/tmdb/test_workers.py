"""Work is done in threads, results are handled in one, and an error ends it all without losing what was done."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie_assets.tmdb.workers import work_through


def nothing() -> None:
    """There is nobody to interrupt."""


@given(tasks=st.lists(st.integers(0, 20), max_size=30), workers=st.integers(1, 4))
def test_every_task_and_every_task_it_leads_to_is_done_once(tasks: list[int], workers: int) -> None:
    handled: list[int] = []

    def handle(results: list[int]) -> list[int]:
        handled.extend(results)
        return [result - 7 for result in results if result >= 7]

    work_through(tasks, lambda task: task, handle, workers=workers, interrupt=nothing)
    expected = [value for task in tasks for value in range(task, -1, -7)]
    assert sorted(handled) == sorted(expected)


def test_results_are_handled_in_the_calling_thread_while_others_work() -> None:
    threads: set[int] = set()
    barrier = threading.Barrier(3)

    def work(task: int) -> int:
        barrier.wait(timeout=30)
        return threading.get_ident()

    def handle(results: list[int]) -> list[int]:
        threads.add(threading.get_ident())
        assert threading.get_ident() not in results
        return []

    work_through(range(9), work, handle, workers=3, interrupt=nothing)
    assert threads == {threading.get_ident()}


def test_tasks_are_drawn_as_they_are_needed() -> None:
    drawn: list[int] = []

    def tasks() -> object:
        for number in range(1_000):
            drawn.append(number)
            yield number

    def handle(results: list[int]) -> list[int]:
        assert len(drawn) <= max(results) + 9
        return []

    work_through(tasks(), lambda task: task, handle, workers=4, interrupt=nothing)  # type: ignore[arg-type]
    assert len(drawn) == 1_000


def test_the_first_error_interrupts_the_others_and_what_was_done_is_handled() -> None:
    another_runs, interrupted = threading.Event(), threading.Event()
    handled: list[int] = []

    def work(task: int) -> int:
        if task == 5:
            assert another_runs.wait(30)
            raise LookupError("five")
        if task > 5:
            another_runs.set()
            assert interrupted.wait(5)
        return task

    def handle(results: list[int]) -> list[int]:
        handled.extend(results)
        return []

    with pytest.raises(LookupError, match="five"):
        work_through(range(1_000), work, handle, workers=3, interrupt=interrupted.set)
    assert set(range(5)) | {6} <= set(handled)
    assert len(handled) < 20


def test_an_error_of_the_handler_ends_the_work() -> None:
    interrupted = threading.Event()

    def handle(results: list[int]) -> list[int]:
        raise LookupError("handler")

    with pytest.raises(LookupError, match="handler"):
        work_through(range(1_000), lambda task: task, handle, workers=3, interrupt=interrupted.set)
    assert interrupted.is_set()
