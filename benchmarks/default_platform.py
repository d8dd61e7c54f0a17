"""The same assets as Dagster runs them without our doing: its queue, a process for each step, a sensor that polls.

    dagster dev -m benchmarks.default_platform

The sensor looks as often as Dagster lets one look: every five seconds, where its default is thirty.
"""

import hashlib

import dagster as dg

from movie_assets.assets import ASSETS
from movie_assets.assets.spec import IO_MANAGER
from movie_assets.automation.jobs import refresh_brands
from movie_assets.checks import CHECKS
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.io_manager import PostgresIOManager


@dg.sensor(job=refresh_brands, minimum_interval_seconds=5, default_status=dg.DefaultSensorStatus.RUNNING)
def polled_brand_file(
    context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.RunRequest | dg.SkipReason:
    """A run when the file's content is another than last time."""
    sha256 = hashlib.sha256(settings.brands_csv.read_bytes()).hexdigest()
    if sha256 == context.cursor:
        return dg.SkipReason("unchanged")
    context.update_cursor(sha256)
    return dg.RunRequest()


_settings = Settings()
_warehouse = Warehouse(_settings)

defs = dg.Definitions(
    assets=ASSETS,
    asset_checks=CHECKS,
    jobs=[refresh_brands],
    sensors=[polled_brand_file],
    executor=dg.multiprocess_executor,
    resources={"settings": _settings, "warehouse": _warehouse, IO_MANAGER: PostgresIOManager(_warehouse)},
)
