"""What has to be in PostgreSQL before any server of this version starts; a second time changes nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

import dagster as dg

from movie_assets.commands.instance import dagster_environment
from movie_assets.commands.roles import prepare
from movie_assets.commands.services import wait_for_database
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.leftovers import remove_leftover_stages


def migrate(settings: Settings, say: Callable[[str], None]) -> None:
    """Wait for PostgreSQL; make roles, Dagster's database and its tables, or bring them to this version.

    The published tables need none of this: each is brought to its declaration by the refresh that publishes it first.
    Raises DatabaseUnavailableError when no server answers or a database cannot be made.
    """
    wait_for_database(settings, say)
    with contextlib.closing(Warehouse(settings)) as warehouse:
        prepare(warehouse.database, say)
        remove_leftover_stages(warehouse.database)
        os.environ.update(dagster_environment(settings))
        with dg.DagsterInstance.get() as instance:
            instance.upgrade()
    say("PostgreSQL is ready for this version.")
