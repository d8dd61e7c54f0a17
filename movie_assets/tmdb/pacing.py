"""How fast requests may leave: a token bucket, one for the whole process.

TMDB counts requests by address, not by client, so clients share the bucket unless they are given another. A refusal
(HTTP 429) slows everybody down, because it says that the address as a whole is too fast.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

SLOWED_TO: Final = 0.9
"""What is left of the rate after a refusal."""

RECOVERY_PER_SECOND: Final = 0.01
"""Share of the full rate that comes back each second."""

_ONE_EVENT_SECONDS: Final = 1.0
_SLOWEST: Final = 0.1


class TokenBucket:
    """Lets `requests_per_second` requests pass; usable from any number of threads.

    Requests leave evenly, without a burst, so no second sees more than the rate: a server that counts in windows of
    one second has nothing to refuse. After `slow_down` the rate is lower and comes back over some seconds.
    """

    def __init__(
        self,
        requests_per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._updated = self._slowed = clock()
        self._share = 1.0
        self.requests_per_second = requests_per_second
        self._tokens = 1.0

    @property
    def current_rate(self) -> float:
        """Requests per second at this moment: the full rate unless a refusal has lowered it."""
        with self._lock:
            return self._rate(self._clock())

    def set_rate(self, requests_per_second: float) -> None:
        """Change the full rate for requests to come."""
        with self._lock:
            self._refill()
            self.requests_per_second = requests_per_second

    def acquire(self, sleep: Callable[[float], None] | None = None) -> None:
        """Return when one more request may leave, or earlier if `sleep`, in the place of the bucket's own, does."""
        with self._lock:
            self._refill()
            # Tokens below zero are places in the queue: each caller sleeps outside the lock until its own turn.
            self._tokens -= 1
            wait = -self._tokens / self._rate(self._updated)
        if wait > 0:
            (sleep or self._sleep)(wait)

    def slow_down(self, pause: float = 0.0) -> None:
        """A request was refused as one too many; `pause` is for how many seconds none shall leave.

        Requests that were under way together are refused together: within a second they count as one event.
        """
        with self._lock:
            self._refill()
            now = self._updated
            if self._share == 1.0 or now - self._slowed >= _ONE_EVENT_SECONDS:
                lowered = self._rate(now) * SLOWED_TO / self.requests_per_second
                self._share = max(lowered, _SLOWEST / self.requests_per_second)
                self._slowed = now
            self._tokens = min(self._tokens, -pause * self._rate(now))

    def _rate(self, now: float) -> float:
        return min(1.0, self._share + (now - self._slowed) * RECOVERY_PER_SECOND) * self.requests_per_second

    def _refill(self) -> None:
        now = self._clock()
        self._tokens = min(1.0, self._tokens + (now - self._updated) * self._rate(now))
        self._updated = now
        if self._rate(now) >= self.requests_per_second:
            self._share = 1.0


_process_lock = threading.Lock()
_process_bucket: list[TokenBucket] = []


def process_bucket(requests_per_second: float) -> TokenBucket:
    """The bucket that all clients of this process share, at the rate that was asked for last."""
    with _process_lock:
        if _process_bucket:
            _process_bucket[0].set_rate(requests_per_second)
        else:
            _process_bucket.append(TokenBucket(requests_per_second))
        return _process_bucket[0]
