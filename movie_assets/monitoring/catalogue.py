"""What the platform consists of, from its definitions: which assets, checks, jobs, sensors and schedules there are.

Only these become labels. What was removed from the definitions, or comes from somewhere else, is not told by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dagster import AssetsDefinition, FreshnessPolicy
from dagster._core.definitions.freshness import TimeWindowFreshnessPolicy

from movie_assets.assets import ASSETS
from movie_assets.automation.jobs import JOBS
from movie_assets.automation.schedules import SCHEDULES
from movie_assets.automation.sensors import SENSORS
from movie_assets.checks import CHECKS

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
    """The platform's catalogue."""
    specs = [spec for asset in ASSETS if isinstance(asset, AssetsDefinition) for spec in asset.specs]
    return Catalogue(
        jobs=(*(str(job.name) for job in JOBS), BY_HAND),
        assets={spec.key.to_user_string(): _freshness(spec.freshness_policy) for spec in specs},
        checks={
            (spec.asset_key.to_user_string(), spec.name): spec.blocking
            for checks in CHECKS
            for spec in checks.check_specs
        },
        ticking={
            **{sensor.name: "sensor" for sensor in SENSORS},
            **{schedule.name: "schedule" for schedule in SCHEDULES},
        },
    )


def _freshness(policy: FreshnessPolicy | None) -> Freshness | None:
    if not isinstance(policy, TimeWindowFreshnessPolicy):
        return None
    warn = policy.warn_window.to_timedelta().total_seconds() if policy.warn_window else None
    return Freshness(warn, policy.fail_window.to_timedelta().total_seconds())
