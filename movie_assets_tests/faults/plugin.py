"""Holds declarations and tests of faults together: neither is collected without the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from movie_assets_tests.faults.registry import Fault, fault_of


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests marked `faults` without a declared fault, and two declarations of one name."""
    declared: dict[str, Fault] = {}
    for item in items:
        fault = fault_of(item)
        if fault is None and item.get_closest_marker("faults") is not None:
            raise pytest.UsageError(f"{item.nodeid} is marked `faults` and declares no Fault (faults/registry.py)")
        if fault is not None and declared.setdefault(fault.name, fault) != fault:
            raise pytest.UsageError(f"{item.nodeid}: another fault is named {fault.name!r} as well")


class Seen:
    """What the user sees of a fault, as its test found it."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self.asserted = not fault.shows

    def __call__(self, text: str) -> None:
        """Every excerpt that the fault declares is in the text."""
        missing = [excerpt for excerpt in self._fault.shows if excerpt not in text]
        assert not missing, f"{missing} is not in: {text}"
        self.asserted = True

    def within(self, text: str) -> bool:
        """Whether the text has every excerpt by now; for waiting."""
        return all(excerpt in text for excerpt in self._fault.shows)


@pytest.fixture(autouse=True)
def seen(request: pytest.FixtureRequest) -> Iterator[Seen | None]:
    """For tests of faults: asserts what the fault declares to be seen, which no such test may leave out."""
    fault = fault_of(request.node)
    if fault is None:
        yield None
        return
    seen = Seen(fault)
    yield seen
    failed = request.node.stash.get(_FAILED, False)
    assert seen.asserted or failed, f"the test does not assert what the user sees: {fault.shows}"


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember that a test failed, so that nothing is added to its failure."""
    report: pytest.TestReport = yield  # type: ignore[assignment]  # a wrapper is sent the outcome
    item.stash[_FAILED] = report.outcome != "passed"
    return report  # type: ignore[return-value]  # and hands it on
