"""The statements for an account that only watches, for an administrator who makes it when tables are there already."""

from __future__ import annotations

from movie_assets.tmdb import ledger_tables
from movie_assets.warehouse.tables import SCHEMA, metadata
from movie_assets.warehouse.watcher import dagster_grant, enter, grant


def warehouse_statements() -> list[str]:
    """To be run in the warehouse."""
    return [
        enter(SCHEMA),
        *(grant(table) for table in metadata.sorted_tables),
        enter(ledger_tables.SCHEMA),
        grant(ledger_tables.ingestions, ledger_tables.WATCHED),
    ]


def dagster_statements() -> list[str]:
    """To be run in Dagster's database."""
    return [dagster_grant()]
