"""Threads that do one kind of work, and results handled in the thread that waits for them.

Results are handed over in batches as large as they happen to be, so that a slow commit delays nobody and a quick one
comes at once.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def work_through(
    tasks: Iterable[T],
    work: Callable[[T], R],
    handle: Callable[[list[R]], Iterable[T]],
    *,
    workers: int,
    interrupt: Callable[[], None],
) -> None:
    """Do `work` on every task in `workers` threads; `handle` gets the results and returns the tasks they lead to.

    `tasks` is drawn from as threads become free. The first error of `work` ends everything: `interrupt` is called so
    that waiting threads give up, the results that have come are still handled, and the error is raised.
    """
    todo = _Queue(tasks)
    done: queue.SimpleQueue[Future[R]] = queue.SimpleQueue()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="tmdb")
    running = 0
    try:
        while True:
            # One task waits behind each thread, so that none is idle while results are handled.
            while running < 2 * workers and (task := todo.next()) is not None:
                pool.submit(work, task).add_done_callback(done.put)
                running += 1
            if not running:
                return
            finished = _drained(done)
            running -= len(finished)
            results, error = _results(finished)
            if error is not None:
                interrupt()
                pool.shutdown(wait=True, cancel_futures=True)
                results += _results(_left(done))[0]
            todo.extend(handle(results))
            if error is not None:
                raise error
    except BaseException:
        interrupt()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Queue(Generic[T]):
    """Tasks that results led to, before those that were there from the start."""

    def __init__(self, tasks: Iterable[T]) -> None:
        self._first: deque[T] = deque()
        self._rest: Iterator[T] = iter(tasks)

    def next(self) -> T | None:
        return self._first.popleft() if self._first else next(self._rest, None)

    def extend(self, tasks: Iterable[T]) -> None:
        self._first.extend(tasks)


def _drained(done: queue.SimpleQueue[Future[R]]) -> list[Future[R]]:
    """At least one finished future, and all others that have finished meanwhile."""
    return [done.get(), *_left(done)]


def _left(done: queue.SimpleQueue[Future[R]]) -> list[Future[R]]:
    found = []
    while True:
        try:
            found.append(done.get_nowait())
        except queue.Empty:
            return found


def _results(futures: Iterable[Future[R]]) -> tuple[list[R], BaseException | None]:
    results: list[R] = []
    error: BaseException | None = None
    for future in futures:
        try:
            results.append(future.result())
        except CancelledError:
            continue
        except BaseException as raised:
            error = error or raised
    return results, error
