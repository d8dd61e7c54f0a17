"""The next items of an iterator, made in a thread while the last one is being used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

_WAIT_SECONDS = 0.1


class _End:
    """What the thread sends last: nothing more comes, and why."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def prefetched(items: Iterable[T], ahead: int = 1) -> Iterator[T]:
    """The items in their order, at most `ahead` of them waiting; an error of the producer is raised in its place.

    The producer runs in one other thread. When the consumer stops early, it is stopped after its current item.
    """
    waiting: queue.Queue[T | _End] = queue.Queue(maxsize=ahead)
    abandoned = threading.Event()

    def put(item: T | _End) -> None:
        while not abandoned.is_set():
            try:
                waiting.put(item, timeout=_WAIT_SECONDS)
            except queue.Full:
                continue
            return

    def produce() -> None:
        try:
            for item in items:
                put(item)
                if abandoned.is_set():
                    return
        except BaseException as error:
            put(_End(error))
        else:
            put(_End(None))

    thread = threading.Thread(target=produce, name="prefetch", daemon=True)
    thread.start()
    try:
        while not isinstance(item := waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        abandoned.set()
        thread.join()
