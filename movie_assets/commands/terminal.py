"""Progress of a refresh on the terminal, by rich."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from movie_assets.commands.refresh import Progress


@contextmanager
def step_progress(console: Console) -> Iterator[Progress]:
    """A bar of steps done, with the name of the step that runs."""
    with Bar(
        BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"), console=console
    ) as bar:
        task = bar.add_task("starting", total=None)
        yield Progress(
            steps=lambda count: bar.update(task, total=count),
            started=lambda step: bar.update(task, description=step),
            finished=lambda _: bar.advance(task),
        )
        bar.update(task, description="done")
