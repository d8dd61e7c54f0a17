"""check_results: what the checks of all other tables found, taken from Dagster's event log for those who read SQL."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import dagster as dg
import pandas as pd
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

from movie_assets.assets.spec import DATA_ENGINEERING, LAST, SEVERITY, table_asset

NAME = "check_results"

_JUDGED = {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}


def check_results_of(checks: Iterable[dg.AssetChecksDefinition]) -> dg.AssetsDefinition:
    """The asset with the results of `checks`, less those of its own table, which come after it.

    It depends on no table, so that it is written also when one failed: then it is wanted most.
    """
    specs = [spec for one in checks for spec in one.check_specs if spec.asset_key != dg.AssetKey(NAME)]

    # Its sources are events, of which no condition tells.
    asset = table_asset(NAME, group="statistics", layer="published", owner=DATA_ENGINEERING, code_version="1")
    asset["automation_condition"] = None

    @dg.asset(**asset, op_tags=LAST)
    def check_results(context: dg.AssetExecutionContext) -> pd.DataFrame:
        keys = [spec.key for spec in specs]
        return results(specs, context.instance.event_log_storage.get_latest_asset_check_execution_by_key(keys))

    return check_results


def results(
    specs: Iterable[dg.AssetCheckSpec], records: Mapping[dg.AssetCheckKey, AssetCheckExecutionRecord]
) -> pd.DataFrame:
    """One row per check, with the columns of check_results; what has no record, or one without an end, is unknown."""
    return pd.DataFrame([_row(spec, records.get(spec.key)) for spec in specs]).astype(
        {"passed": "boolean", "violations": "Int64", "evaluated_at": "datetime64[us, UTC]"}
    )


def _row(spec: dg.AssetCheckSpec, record: AssetCheckExecutionRecord | None) -> dict[str, object]:
    judged = record.event if record is not None and record.status in _JUDGED else None
    evaluation = record.evaluation if record is not None and judged is not None else None
    counted = evaluation.metadata.get("violations") if evaluation is not None else None
    return {
        "table_name": spec.asset_key.path[-1],
        "check_name": spec.name,
        "severity": spec.metadata[SEVERITY],
        "blocking": spec.blocking,
        "description": spec.description,
        "passed": evaluation.passed if evaluation is not None else None,
        "found": evaluation.description if evaluation is not None else None,
        "violations": counted.value if counted is not None else None,
        "evaluated_at": datetime.fromtimestamp(judged.timestamp, tz=UTC) if judged is not None else None,
        "run_id": record.run_id if record is not None else None,
    }
