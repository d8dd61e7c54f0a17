"""Keeps the embedded PostgreSQL up while the platform is: whoever kills it, it is there again."""

from __future__ import annotations

import time
from collections.abc import Callable

from movie_assets.errors import MovieAssetsError

LONGEST_PAUSE_SECONDS = 30.0


class DatabaseWatch:
    """Looks after the server each time it is asked to; after failed starts a little later each time."""

    def __init__(self, keep_up: Callable[[], bool], say: Callable[[str], None]) -> None:
        """`keep_up` starts the server if it died and returns whether it had; `say` tells a person."""
        self._keep_up = keep_up
        self._say = say
        self._failures = 0
        self._not_before = 0.0

    def look(self) -> None:
        """Start the server if it is gone."""
        if time.monotonic() < self._not_before:
            return
        try:
            if self._keep_up():
                self._say("PostgreSQL had ended; it was started again.")
            self._failures = 0
        except MovieAssetsError as error:
            pause = min(2.0**self._failures, LONGEST_PAUSE_SECONDS)
            self._failures += 1
            self._not_before = time.monotonic() + pause
            self._say(f"PostgreSQL ended and does not start; the next attempt is in {pause:.0f} s. {error}")
