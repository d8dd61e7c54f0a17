"""Requests leave at the rate, whoever makes them."""

from __future__ import annotations

import threading

import pytest

from movie_assets.tmdb.pacing import TokenBucket, process_bucket


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
def test_no_second_sees_more_than_the_rate_and_a_small_burst(rate: float) -> None:
    times = departures(rate, 200)
    burst = max(1.0, rate / 10)
    assert times[-1] == pytest.approx((200 - burst) / rate)
    for start in times:
        assert sum(start <= moment < start + 1 for moment in times) <= rate + burst + 1


def test_a_long_pause_saves_up_no_more_than_the_burst() -> None:
    time = Time()
    bucket = TokenBucket(20.0, clock=time.clock, sleep=time.sleep)
    time.now = 3600.0
    for _ in range(4):
        bucket.acquire()
    assert len(time.slept) == 2


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
