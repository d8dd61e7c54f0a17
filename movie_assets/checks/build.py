"""From rules to Dagster checks: one operation per table, so that a refresh stays quick."""

from collections.abc import Iterator, Sequence

import dagster as dg

from movie_assets.assets.spec import LAST, NOT_WAITED_FOR
from movie_assets.checks.row_count import NAME as ROW_COUNT
from movie_assets.checks.row_count import compare_row_counts, recent_row_counts, row_count_spec
from movie_assets.checks.rules import Rule, declared_rules
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.io_manager import declared_table


def table_checks(
    asset: str, rules: Sequence[Rule] = (), *, waited_for: bool = False, last: bool = False
) -> dg.AssetChecksDefinition:
    """All checks of one table: what its declaration promises, its row count, and `rules`.

    `waited_for` tells that tables on the way to brand_stats are not written before the checks are through, and `last`
    that the table tells of all others.
    """
    all_rules = [*declared_rules(declared_table(dg.AssetKey(asset))), *rules]

    @dg.multi_asset_check(
        name=f"{asset}_checks",
        specs=[*(rule.spec(asset) for rule in all_rules), row_count_spec(asset)],
        can_subset=True,
        op_tags=None if waited_for else LAST if last else NOT_WAITED_FOR,
    )
    def checks(
        context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.AssetCheckResult]:
        selected = {key.name for key in context.selected_asset_check_keys}
        for rule in all_rules:
            if rule.name in selected:
                yield rule.evaluate(warehouse.database, asset)
        if ROW_COUNT in selected:
            yield compare_row_counts(asset, recent_row_counts(context.instance, asset))

    return checks
