"""How fast requests may leave: a token bucket, one for the whole process.

TMDB counts requests by address, not by client, so clients share the bucket unless they are given another.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

_BURST_SECONDS: Final = 0.1


class TokenBucket:
    """Lets `requests_per_second` requests pass on average; usable from any number of threads.

    After a pause, a tenth of a second's worth may pass at once (one request at least), so no second ever sees much
    more than the rate.
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
        self._updated = clock()
        self.requests_per_second = requests_per_second
        self._tokens = self._capacity

    def set_rate(self, requests_per_second: float) -> None:
        """Change the rate for requests to come."""
        with self._lock:
            self._refill()
            self.requests_per_second = requests_per_second
            self._tokens = min(self._tokens, self._capacity)

    def acquire(self) -> None:
        """Return when one more request may leave."""
        with self._lock:
            self._refill()
            # Tokens below zero are places in the queue: each caller sleeps outside the lock until its own turn.
            self._tokens -= 1
            wait = -self._tokens / self.requests_per_second
        if wait > 0:
            self._sleep(wait)

    @property
    def _capacity(self) -> float:
        return max(1.0, self.requests_per_second * _BURST_SECONDS)

    def _refill(self) -> None:
        now = self._clock()
        self._tokens = min(self._capacity, self._tokens + (now - self._updated) * self.requests_per_second)
        self._updated = now


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
