"""What the steps of one ingestion share: whom they ask, where they store it, the clock, the threads, the progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from movie_assets.tmdb.client import TmdbClient
from movie_assets.tmdb.export import DailyExport
from movie_assets.tmdb.ledger import Ingestion, Ledger
from movie_assets.tmdb.progress import Progress
from movie_assets.tmdb.workers import work_through

T = TypeVar("T")
R = TypeVar("R")


@dataclass
class Run:
    """One run at an ingestion, whose requests are all that `client` and `export` have made.

    `clock` returns instants with a time zone.
    """

    client: TmdbClient
    export: DailyExport
    ledger: Ledger
    ingestion: Ingestion
    clock: Callable[[], datetime]
    progress: Progress
    workers: int
    counted: dict[str, int] = field(default_factory=dict)

    def work_through(
        self, tasks: Iterable[T], work: Callable[[T], R], handle: Callable[[list[R]], Iterable[T]]
    ) -> None:
        """Do `work` in threads; `handle` stores results, commits, and returns the tasks that they lead to."""
        work_through(tasks, work, handle, workers=self.workers, interrupt=self.client.interrupt)

    def commit(self, *, phase: str | None = None, **counts: int) -> None:
        """Make what was written permanent, with the requests made since the last time."""
        made = {
            "requests": self.client.requests_made + self.export.requests_made,
            "retries": self.client.retries_made,
            "rate_limited": self.client.times_limited,
        }
        since = {name: number - self.counted.get(name, 0) for name, number in made.items()}
        self.ledger.commit(self.ingestion, phase=phase, **since, **counts)
        self.counted = made

    def give_up(self) -> None:
        """Make permanent how many requests were made, and nothing else that is not yet."""
        self.ledger.rollback()
        self.commit()
