"""Items made ahead of their use."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie_assets.warehouse.prefetch import prefetched


@given(items=st.lists(st.integers(), max_size=20), ahead=st.integers(1, 5))
def test_every_item_comes_once_and_in_order(items: list[int], ahead: int) -> None:
    assert list(prefetched(iter(items), ahead)) == items


def test_an_error_of_the_producer_is_raised_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise LookupError("third")

    taken = prefetched(items())
    assert [next(taken), next(taken)] == [1, 2]
    with pytest.raises(LookupError, match="third"):
        next(taken)


def test_no_more_than_the_allowed_items_wait() -> None:
    made = []

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    taken = prefetched(items(), ahead=2)
    assert next(taken) == 0
    # One is used, two wait, and one more may be in the making.
    assert len(made) <= 4
    taken.close()


def test_a_consumer_that_stops_early_leaves_no_thread() -> None:
    taken = prefetched(iter(range(1_000_000)))
    next(taken)
    taken.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "prefetch"]
