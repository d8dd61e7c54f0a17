"""What a fault is, and how it is declared beside the test that holds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., object])

FAMILIES = (
    "A publisher is killed",
    "A process of the platform is killed",
    "PostgreSQL fails",
    "The disk is full",
    "TMDB is down, slow or lying",
    "The brand file is broken",
    "Clocks, locks and leftovers",
)
"""In the order of docs/reliability.md."""


@dataclass(frozen=True)
class Fault:
    """One way to break the platform. As a decorator it makes a test the one of this fault.

    `shows` are excerpts of what the user sees, which the test asserts by the fixture `seen`; `where` says where they
    stand. Without `shows` the user sees nothing of the fault. `person` is what somebody has to do for the next refresh
    to succeed; None: nothing.
    """

    family: str
    name: str
    platform: str
    where: str = ""
    shows: tuple[str, ...] = ()
    person: str | None = None

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(f"{self.name}: no family {self.family!r}")
        if bool(self.where) != bool(self.shows):
            raise ValueError(f"{self.name}: `where` and `shows` go together")

    def __call__(self, test: Test) -> Test:
        for mark in self.marks:
            test = mark(test)
        return test

    @property
    def marks(self) -> tuple[pytest.MarkDecorator, ...]:
        """For `pytest.param(..., marks=fault.marks)`."""
        return pytest.mark.faults, pytest.mark.fault(self)


def fault_of(item: pytest.Item) -> Fault | None:
    """The fault that a collected test is about; the closest mark counts."""
    mark = item.get_closest_marker("fault")
    found: Any = mark.args[0] if mark is not None else None
    return found if isinstance(found, Fault) else None
