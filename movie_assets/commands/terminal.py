"""Progress of a refresh on the terminal, by rich."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from movie_assets.commands.refresh import Progress
from movie_assets.tmdb.progress import Snapshot
from movie_assets.tmdb.progress import log as requests_log


@contextmanager
def step_progress(console: Console) -> Iterator[Progress]:
    """A bar of steps done, with the name of the step that runs; below it one of the requests to TMDB, if there are."""
    with Bar(
        BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"), console=console
    ) as bar:
        task = bar.add_task("starting", total=None)
        with _requests_shown(bar):
            yield Progress(
                steps=lambda count: bar.update(task, total=count),
                started=lambda step: bar.update(task, description=step),
                finished=lambda _: bar.advance(task),
            )
        bar.update(task, description="done")


@contextmanager
def _requests_shown(bar: Bar) -> Iterator[None]:
    """Show what an ingestion in this process tells of itself, in a line that appears with the first request."""
    handler = _RequestBar(bar)
    level, propagate = requests_log.level, requests_log.propagate
    requests_log.addHandler(handler)
    requests_log.setLevel(logging.DEBUG)
    requests_log.propagate = False
    try:
        yield
    finally:
        requests_log.removeHandler(handler)
        requests_log.setLevel(level)
        requests_log.propagate = propagate


class _RequestBar(logging.Handler):
    def __init__(self, bar: Bar) -> None:
        super().__init__()
        self._bar = bar
        self._task = bar.add_task("", total=None, visible=False)

    def emit(self, record: logging.LogRecord) -> None:
        """Show the record's snapshot."""
        snapshot = getattr(record, "progress", None)
        if isinstance(snapshot, Snapshot):
            self._bar.update(
                self._task,
                completed=snapshot.done,
                total=snapshot.done + snapshot.left,
                description=f"{snapshot.phase}: {snapshot.pace}",
                visible=True,
            )
