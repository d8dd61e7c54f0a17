"""What the tests of faults share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from movie_assets_tests.faults.bench import Bench, bench
from movie_assets_tests.faults.live import Live, live


@pytest.fixture(scope="session")
def shared() -> Iterator[Bench]:
    """A bench that tests leave with whole tables, of version a or b of the files."""
    with bench() as made:
        yield made


@pytest.fixture(scope="session")
def broken(shared: Bench) -> Iterator[Live]:
    """The running platform that these tests break one after the other."""
    with live(shared) as home:
        yield home
