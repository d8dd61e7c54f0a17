"""How far an ingestion has come, told at intervals to whoever listens.

A `Snapshot` goes to the callback that the caller gave, for a log, and more often to the logger `movie_assets.tmdb.
progress` as the attribute `progress` of a record, for a terminal that shows a bar.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

log = logging.getLogger(__name__)

_TOLD_EVERY_SECONDS: Final = 10.0
_SHOWN_EVERY_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Snapshot:
    """One moment of a phase. `done` and `left` count its requests, `rate` is done per second, all since its start."""

    phase: str
    done: int
    left: int
    rate: float

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at this rate; None while there is no rate."""
        return self.left / self.rate if self.rate else None

    @property
    def pace(self) -> str:
        """The rate and the estimate in words."""
        estimate = f", about {_duration(self.seconds_left)} left" if self.left and self.seconds_left else ""
        return f"{self.rate:.1f}/s{estimate}"

    def __str__(self) -> str:
        return f"{self.phase}: {self.done:,} done, {self.left:,} left, {self.pace}"


class Progress:
    """Counts one phase after the other. `tell` is called with a snapshot every ten seconds and at a phase's end."""

    def __init__(
        self, tell: Callable[[Snapshot], None] | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tell = tell
        self._clock = clock
        self.start("starting")

    def start(self, phase: str) -> None:
        """Begin a phase."""
        self._phase = phase
        self._done = self._left = 0
        self._started = self._told = self._shown = self._clock()

    def update(self, done: int, left: int) -> None:
        """`done` more were done, and `left` are left."""
        self._done += done
        self._left = left
        now = self._clock()
        if now - self._shown >= _SHOWN_EVERY_SECONDS:
            self._shown = now
            self._show(now)
        if now - self._told >= _TOLD_EVERY_SECONDS:
            self._told = now
            self._report(now)

    def end(self) -> None:
        """The phase is over."""
        now = self._clock()
        if self._done:
            self._show(now)
            self._report(now)

    def _show(self, now: float) -> None:
        log.debug("progress", extra={"progress": self._snapshot(now)})

    def _report(self, now: float) -> None:
        if self._tell is not None:
            self._tell(self._snapshot(now))

    def _snapshot(self, now: float) -> Snapshot:
        seconds = now - self._started
        return Snapshot(self._phase, self._done, self._left, self._done / seconds if seconds > 0 else 0.0)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
