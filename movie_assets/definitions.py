"""The composition root: assets, checks, automation and resources, put together. Nothing else lives here."""

from __future__ import annotations

import dagster as dg

from movie_assets.assets import ASSETS
from movie_assets.assets.check_results import check_results_of
from movie_assets.assets.spec import IO_MANAGER
from movie_assets.automation.jobs import JOBS
from movie_assets.automation.schedules import SCHEDULES
from movie_assets.automation.sensors import SENSORS
from movie_assets.checks import CHECKS
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.io_manager import PostgresIOManager


def build_definitions(
    *,
    settings: Settings | None = None,
    warehouse: Warehouse | None = None,
    loggers: dict[str, dg.LoggerDefinition] | None = None,
) -> dg.Definitions:
    """The platform's definitions; an argument replaces the part that would be made from the environment.

    Building them opens no connection and starts no server.
    """
    settings = settings or Settings()
    warehouse = warehouse or Warehouse(settings)
    return dg.Definitions(
        assets=[*ASSETS, check_results_of(CHECKS)],
        asset_checks=CHECKS,
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=SENSORS,
        # A refresh is a dozen short steps: a process for each would cost far more than it saves.
        executor=dg.in_process_executor,
        loggers=loggers,
        resources={
            "settings": settings,
            "warehouse": warehouse,
            IO_MANAGER: PostgresIOManager(warehouse),
        },
    )


defs = build_definitions()
