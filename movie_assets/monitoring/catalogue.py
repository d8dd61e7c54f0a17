"""What the platform consists of, from its definitions: which assets, checks, jobs, sensors and schedules there are.

Only these become labels. What was removed from the definitions, or comes from somewhere else, is not told by name.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

BY_HAND: Final = "__ASSET_JOB"
"""The job under which Dagster runs assets that somebody, or a condition, asked for one by one."""

OTHER: Final = "other"
"""Stands for every job that is not declared."""


@dataclass(frozen=True)
class Freshness:
    """How old an asset may become: seconds until a warning, if there is one, and until it is overdue."""

    warn: float | None
    fail: float


@dataclass(frozen=True)
class Catalogue:
    """Names of everything that metrics tell of. `checks` says of each (asset, check) whether it blocks."""

    jobs: tuple[str, ...]
    assets: dict[str, Freshness | None]
    checks: dict[tuple[str, str], bool]
    ticking: dict[str, str]
    """Sensors and schedules, each with its type: `sensor` or `schedule`."""

    def job(self, name: str) -> str:
        """The label of a run's job."""
        return name if name in self.jobs else OTHER


def declared() -> Catalogue:
    """The platform's catalogue. Loads its definitions, and Dagster with them."""
    from movie_assets.monitoring.declarations import catalogue  # noqa: PLC0415

    return catalogue()


def declared_elsewhere() -> Catalogue:
    """The same from a process that ends: what loading it takes does not stay in the exporter's memory."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(declared).result()
