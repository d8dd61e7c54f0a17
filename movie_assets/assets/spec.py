"""What every table asset tells Dagster about itself, taken from the table's declaration."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict

import dagster as dg

from movie_assets.warehouse.io_manager import column_schema, declared_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster._core.definitions.metadata import RawMetadataValue

IO_MANAGER = "warehouse_io"
DATA_ENGINEERING = "team:data-engineering"
ANALYTICS = "team:analytics"

NOT_WAITED_FOR = {"dagster/priority": "-1"}
"""Tags of an op that brand_stats does not wait for: it comes after those that are ready and that it does wait for."""

LAST = {"dagster/priority": "-2"}
"""Tags of an op that comes when none of another kind is left. A run has one step at a time, so what is to come after
such an op has begun, or is never to come."""

DOMAIN_TAG = "movie_assets/domain"
LAYER_TAG = "movie_assets/layer"
SEVERITY = "severity"
"""Key of a check's metadata under which it tells the severity of a violation."""


# eager() alone would go on from tables whose blocking checks failed.
FOLLOWS_ITS_SOURCES = dg.AutomationCondition.eager() & dg.AutomationCondition.all_deps_blocking_checks_passed()
"""Renewed by itself once what it is computed from was renewed by somebody else and passed its checks."""

RENEWED_DAILY = dg.FreshnessPolicy.time_window(warn_window=timedelta(hours=26), fail_window=timedelta(hours=50))
RENEWED_WEEKLY = dg.FreshnessPolicy.time_window(warn_window=timedelta(days=8), fail_window=timedelta(days=15))
"""How old a table may become: what its schedule takes and a little more, then what two misses take."""


class TableAsset(TypedDict):
    """Arguments that `dg.asset` and `dg.AssetOut` share."""

    key: str
    description: str
    metadata: Mapping[str, RawMetadataValue]
    group_name: str
    owners: list[str]
    kinds: set[str]
    tags: Mapping[str, str]
    code_version: str
    io_manager_key: str
    automation_condition: dg.AutomationCondition[Any] | None
    freshness_policy: dg.FreshnessPolicy


def table_asset(
    name: str, *, group: str, layer: str, owner: str, code_version: str, kinds: frozenset[str] = frozenset()
) -> TableAsset:
    """The arguments of the asset stored in table `name`; its description and columns come from the declaration."""
    table = declared_table(dg.AssetKey(name))
    return TableAsset(
        key=name,
        description=table.comment or "",
        metadata={"dagster/table_name": table.fullname, "dagster/column_schema": column_schema(table)},
        group_name=group,
        owners=[owner],
        kinds={"postgres", *kinds},
        tags={DOMAIN_TAG: group, LAYER_TAG: layer},
        code_version=code_version,
        io_manager_key=IO_MANAGER,
        # Sources are read when a schedule, a sensor or a person says so.
        automation_condition=None if layer == "raw" else FOLLOWS_ITS_SOURCES,
        # The brand file is read when it changes, and once a week in any case.
        freshness_policy=RENEWED_WEEKLY if group == "brands" else RENEWED_DAILY,
    )
