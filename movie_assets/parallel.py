"""Work on many pieces in several processes, for Python that keeps one core busy.

The processes are fresh interpreters, so that neither connections nor threads of this one are in them, and each ends
when its pipe does: with this process, however that ends.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, cycle, islice
from multiprocessing.connection import Connection
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")


def mapped(function: Callable[[A], B], pieces: Iterable[A], *, processes: int | None = None) -> Iterator[B]:
    """`function` of every piece, in the order of the pieces; as many processes as there are cores, 4 at most.

    The first piece is worked on here: where there is no second one, no process is started. `function`, the pieces and
    the results must be picklable. A piece for which `function` fails in a process, or whose process dies, is worked on
    here once more, so that an error appears as it would without processes.
    """
    remaining = iter(pieces)
    first = list(islice(remaining, 1))
    yield from map(function, first)
    second = list(islice(remaining, 1))
    if not second:
        return
    count = processes or min(os.cpu_count() or 1, 4)
    if count < 2:  # noqa: PLR2004 - one process more would only wait for this one
        yield from map(function, chain(second, remaining))
        return
    yield from _in_processes(function, chain(second, remaining), count)


def _in_processes(function: Callable[[A], B], pieces: Iterator[A], count: int) -> Iterator[B]:
    workers = [_start(function) for _ in range(count)]
    try:
        sent: deque[tuple[Connection, A]] = deque()
        for pipe, piece in zip(cycle(pipe for pipe, _ in workers), pieces, strict=False):
            # A process gets a piece when its last result was fetched: with both sides sending, neither would read.
            if len(sent) == count:
                yield _fetched(function, *sent.popleft())
            _send(pipe, piece)
            sent.append((pipe, piece))
        while sent:
            yield _fetched(function, *sent.popleft())
    finally:
        for pipe, _ in workers:
            pipe.close()
        for _, process in workers:
            process.join()


def _start(function: Callable[[Any], Any]) -> tuple[Connection, Any]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, function), daemon=True)
    process.start()
    # Held here as well it would stay open, and the end of the process would go unnoticed.
    theirs.close()
    return ours, process


def _send(pipe: Connection, piece: object) -> None:
    try:
        pipe.send(piece)
    except OSError:
        # Its process died; the piece is worked on here when its turn comes.
        return


def _fetched(function: Callable[[A], B], pipe: Connection, piece: A) -> B:
    try:
        done, result = pipe.recv()
    except (EOFError, OSError):
        done, result = False, None
    return result if done else function(piece)


def _serve(pipe: Connection, function: Callable[[Any], Any]) -> None:
    while True:
        try:
            piece = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (True, function(piece))
        except Exception:
            answer = (False, None)
        try:
            pipe.send(answer)
        except OSError:
            return
