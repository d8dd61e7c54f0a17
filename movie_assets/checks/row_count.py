"""How many rows a table has against its previous materialization."""

from __future__ import annotations

import dagster as dg

from movie_assets.assets.spec import SEVERITY

NAME = "row_count_is_stable"
LARGEST_DROP = 0.5
"""A table that loses more than half of its rows between two materializations deserves a look."""


def row_count_spec(asset: str) -> dg.AssetCheckSpec:
    """The check as Dagster shows it."""
    return dg.AssetCheckSpec(
        name=NAME,
        asset=asset,
        description=(
            f"The table kept at least {1 - LARGEST_DROP:.0%} of the rows of its previous materialization. "
            "Severity WARN: a source may really have shrunk, and nothing that is stored is wrong."
        ),
        metadata={SEVERITY: dg.AssetCheckSeverity.WARN.value},
    )


def compare_row_counts(asset: str, counts: list[int]) -> dg.AssetCheckResult:
    """Judge the newest count against the one before; `counts` is newest first and holds at most two."""
    current = counts[0] if counts else 0
    previous = counts[1] if len(counts) > 1 else None
    shrunk = previous is not None and current < previous * (1 - LARGEST_DROP)
    return dg.AssetCheckResult(
        passed=not shrunk,
        asset_key=asset,
        check_name=NAME,
        severity=dg.AssetCheckSeverity.WARN,
        description="first materialization" if previous is None else f"{previous:,} rows before, {current:,} now",
        metadata={"rows": current, **({"rows_before": previous} if previous is not None else {})},
    )


def recent_row_counts(instance: dg.DagsterInstance, asset: str) -> list[int]:
    """Row counts of the newest two materializations, newest first."""
    records = instance.fetch_materializations(dg.AssetKey(asset), limit=2).records
    found = []
    for record in records:
        materialization = record.asset_materialization
        value = materialization.metadata.get("dagster/row_count") if materialization else None
        if value is not None:
            found.append(int(str(value.value)))
    return found
