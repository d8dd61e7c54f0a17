"""When a failed request is tried again, and how long to wait before."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception

from movie_assets.tmdb.errors import TmdbApiError, TmdbUnavailableError

_log = logging.getLogger(__name__)
T = TypeVar("T")
_MAX_RETRY_AFTER_DIGITS: Final = 9


class TransientError(Exception):
    """One attempt failed in a way that may pass. `retry_after` is the wait in seconds that TMDB asked for, if any.

    `doubt` is set for an answer that is not TMDB's: it may have been cut off or come from a sign-in page. It is asked
    for a few times only, and `doubt` is the error if it stays so.
    """

    def __init__(self, problem: str, *, retry_after: float | None = None, doubt: TmdbApiError | None = None) -> None:
        self.problem = problem
        self.retry_after = retry_after
        self.doubt = doubt
        super().__init__(problem)


@dataclass(frozen=True)
class RetryPolicy:
    """How patient to be. All times are seconds.

    Waits double from `first_wait` to `longest_wait`, each plus a random part of up to `jitter`, unless TMDB names a
    time itself. A time beyond `longest_retry_after` is not waited for: the request fails and says so. With the
    defaults a network that is gone is waited for some five minutes. An answer that is not TMDB's is asked for
    `doubtful_attempts` times.
    """

    attempts: int = 15
    doubtful_attempts: int = 6
    first_wait: float = 0.5
    longest_wait: float = 30.0
    jitter: float = 0.5
    longest_retry_after: float = 120.0
    sleep: Callable[[float], None] | None = None
    """How to wait; None leaves it to the client, whose waits end when it is interrupted."""

    def run(self, request: str, attempt: Callable[[], T]) -> T:
        """The attempt's result; TmdbUnavailableError when the attempts are used up. Other errors pass through.

        An answer that stayed doubtful raises the error that it would be.
        """
        doubted: list[TransientError] = []
        retrying = Retrying(
            stop=lambda state: self._used_up(state, doubted),
            wait=self._wait,
            retry=retry_if_exception(self._worth_waiting),
            sleep=self.sleep or time.sleep,
            before_sleep=lambda state: _log_wait(request, state, self.attempts),
            reraise=True,
        )
        try:
            return retrying(attempt)
        except TransientError as error:
            if error.doubt is not None:
                raise error.doubt from error
            made = int(retrying.statistics.get("attempt_number", 1))
            asked = error.retry_after
            if asked is not None and asked > self.longest_retry_after:
                remedy = f"TMDB asks to wait {asked:,.0f} s, longer than this run does; run again after that"
            else:
                remedy = "Check the network and https://status.themoviedb.org, then run again; what was fetched is kept"
            problem = f"no answer in {made} attempt{'s' if made > 1 else ''}, the last time: {error.problem}. {remedy}"
            raise TmdbUnavailableError(request, problem) from error

    def _used_up(self, state: RetryCallState, doubted: list[TransientError]) -> bool:
        error = _failure(state)
        if error is not None and error.doubt is not None:
            doubted.append(error)
        return state.attempt_number >= self.attempts or len(doubted) >= self.doubtful_attempts

    def _worth_waiting(self, error: BaseException) -> bool:
        return isinstance(error, TransientError) and (error.retry_after or 0) <= self.longest_retry_after

    def _wait(self, state: RetryCallState) -> float:
        error = _failure(state)
        # Not for secrets: it only keeps clients that failed together from coming back together.
        spread = random.uniform(0, self.jitter)  # noqa: S311
        if error is not None and error.retry_after is not None:
            return error.retry_after + spread
        doubled: float = self.first_wait * 2.0 ** (state.attempt_number - 1)
        return min(self.longest_wait, doubled) + spread


def retry_after_seconds(value: str | None, *, now: datetime) -> float | None:
    """The wait that a Retry-After header asks for: seconds or an HTTP date; None when it says neither."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit() and len(text) <= _MAX_RETRY_AFTER_DIGITS:
        return float(text)
    date = http_date(text)
    return None if date is None else max(0.0, (date - now).total_seconds())


def http_date(value: str | None) -> datetime | None:
    """The instant of an HTTP date header; None when it is absent or no date."""
    try:
        date = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date


def _failure(state: RetryCallState) -> TransientError | None:
    error = state.outcome.exception() if state.outcome is not None else None
    return error if isinstance(error, TransientError) else None


def _log_wait(request: str, state: RetryCallState, attempts: int) -> None:
    error = _failure(state)
    problem = error.problem if error is not None else "no answer"
    _log.warning(
        "%s: %s; attempt %d of %d, next in %.1f s",
        request,
        problem,
        state.attempt_number,
        attempts,
        state.upcoming_sleep,
    )
