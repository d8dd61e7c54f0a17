"""The catalogue, taken from the definitions: the one module of monitoring that loads Dagster."""

from __future__ import annotations

from dagster import AssetsDefinition, FreshnessPolicy
from dagster._core.definitions.freshness import TimeWindowFreshnessPolicy

from movie_assets.assets import ASSETS
from movie_assets.automation.jobs import JOBS
from movie_assets.automation.schedules import SCHEDULES
from movie_assets.automation.sensors import SENSORS
from movie_assets.checks import CHECKS
from movie_assets.monitoring.catalogue import BY_HAND, Catalogue, Freshness


def catalogue() -> Catalogue:
    """The catalogue of what is declared now."""
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
