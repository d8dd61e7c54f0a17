"""Requests leave at the rate, whoever makes them."""

from __future__ import annotations

import threading

import pytest

from movie_assets.tmdb.pacing import RECOVERY_PER_SECOND, SLOWED_TO, TokenBucket, process_bucket


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def departures(rate: float, requests: int) -> list[float]:
    time = Time()
    bucket = TokenBucket(rate, clock=time.clock, sleep=time.sleep)
    times = []
    for _ in range(requests):
        bucket.acquire()
        times.append(time.now)
    return times


@pytest.mark.parametrize("rate", [0.5, 1.0, 30.0, 50.0])
def test_no_second_sees_more_than_the_rate(rate: float) -> None:
    times = departures(rate, 200)
    assert times[-1] == pytest.approx(199 / rate)
    for start in times:
        # A hair less than a second: sums of floats may fall on either side of it.
        assert sum(start <= moment < start + 0.999 for moment in times) <= max(1, rate)


def test_a_long_pause_saves_up_one_request() -> None:
    time = Time()
    bucket = TokenBucket(20.0, clock=time.clock, sleep=time.sleep)
    time.now = 3600.0
    for _ in range(4):
        bucket.acquire()
    assert time.slept == pytest.approx([0.05] * 3)


def test_a_refusal_lowers_the_rate_which_comes_back() -> None:
    time = Time()
    bucket = TokenBucket(40.0, clock=time.clock, sleep=time.sleep)
    bucket.slow_down()
    assert bucket.current_rate == pytest.approx(40 * SLOWED_TO)
    time.now = 5.0
    assert bucket.current_rate == pytest.approx(40 * (SLOWED_TO + 5 * RECOVERY_PER_SECOND))
    time.now = 60.0
    assert bucket.current_rate == 40.0


def test_requests_refused_together_are_one_event() -> None:
    time = Time()
    bucket = TokenBucket(40.0, clock=time.clock, sleep=time.sleep)
    for moment in (10.0, 10.1, 10.9):
        time.now = moment
        bucket.slow_down()
    assert bucket.current_rate == pytest.approx(40 * SLOWED_TO, rel=0.02)
    time.now = 11.0
    bucket.slow_down()
    assert bucket.current_rate == pytest.approx(40 * SLOWED_TO**2, rel=0.02)


def test_refusals_without_end_do_not_stop_the_requests() -> None:
    time = Time()
    bucket = TokenBucket(40.0, clock=time.clock, sleep=time.sleep)
    for second in range(0, 2000, 2):
        time.now = float(second)
        bucket.slow_down()
    assert bucket.current_rate > 0
    before = time.now
    bucket.acquire()
    assert time.now - before < 60


def test_a_pause_that_was_asked_for_holds_everybody_back_once() -> None:
    time = Time()
    bucket = TokenBucket(10.0, clock=time.clock, sleep=time.sleep)
    bucket.slow_down(3.0)
    bucket.slow_down(3.0)
    bucket.acquire()
    assert time.now == pytest.approx(3.0, abs=0.3)
    bucket.acquire()
    assert time.now < 3.6


def test_threads_queue_up_one_behind_the_other() -> None:
    waits: list[float] = []
    bucket = TokenBucket(2.0, clock=lambda: 0.0, sleep=waits.append)
    threads = [threading.Thread(target=bucket.acquire) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == pytest.approx([0.5 * place for place in range(1, 9)])


def test_a_process_has_one_bucket_at_the_rate_asked_for_last() -> None:
    bucket = process_bucket(7.0)
    assert process_bucket(1e6) is bucket
    assert bucket.requests_per_second == 1e6
