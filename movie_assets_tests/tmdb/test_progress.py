"""An ingestion tells how far it has come, in words and on the terminal."""

from __future__ import annotations

import io
import logging

import pytest
from rich.console import Console

from movie_assets.commands.terminal import step_progress
from movie_assets.tmdb.progress import Progress, Snapshot, log


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("snapshot", "words"),
    [
        (Snapshot("films", 0, 10, 0.0), "films: 0 done, 10 left, 0.0/s"),
        (Snapshot("films", 10, 0, 38.96), "films: 10 done, 0 left, 39.0/s"),
        (Snapshot("films", 1_200, 30, 30.0), "films: 1,200 done, 30 left, 30.0/s, about 1 s left"),
        (Snapshot("films", 1_200, 3_600, 30.0), "films: 1,200 done, 3,600 left, 30.0/s, about 2 min 00 s left"),
        (Snapshot("films", 1, 1_100_000, 30.0), "films: 1 done, 1,100,000 left, 30.0/s, about 10 h 11 min left"),
    ],
)
def test_a_moment_in_words(snapshot: Snapshot, words: str) -> None:
    assert str(snapshot) == words


def test_the_log_hears_of_it_every_ten_seconds_and_at_the_end() -> None:
    clock, told = Clock(), list[Snapshot]()
    progress = Progress(told.append, clock=clock)
    progress.start("films")
    for _ in range(25):
        clock.now += 1.0
        progress.update(2, 50)
    progress.end()
    assert [(snapshot.done, snapshot.rate) for snapshot in told] == [(20, 2.0), (40, 2.0), (50, 2.0)]


def test_a_phase_without_work_tells_nothing() -> None:
    told = list[Snapshot]()
    progress = Progress(told.append)
    progress.start("missing films")
    progress.end()
    assert told == []


def test_the_terminal_shows_requests_beside_the_steps_and_leaves_the_logger_as_it_was() -> None:
    shown = io.StringIO()
    before = (log.level, log.propagate, list(log.handlers))
    clock = Clock()
    with step_progress(Console(file=shown, force_terminal=True, width=120)) as steps:
        steps.steps(3)
        steps.started("raw_tmdb_movies")
        progress = Progress(clock=clock)
        progress.start("films")
        clock.now = 10.0
        progress.update(300, 600)
    text = shown.getvalue()
    assert "300/900" in text
    assert "films: 30.0/s, about 20 s left" in text
    assert (log.level, log.propagate, list(log.handlers)) == before
    log.debug("not shown", extra={"progress": Snapshot("films", 7, 0, 1.0)})
    assert shown.getvalue() == text


def test_nobody_hears_of_it_unless_asked(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock()
    progress = Progress(clock=clock)
    clock.now = 5.0
    progress.update(1, 1)
    assert caplog.records == []
