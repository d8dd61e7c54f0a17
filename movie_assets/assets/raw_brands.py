"""raw_brands and raw_brands_rejected: every line of the brand file, accepted or rejected with its reasons."""

from collections.abc import Iterator

import dagster as dg

from movie_assets.assets.brands_csv import brands_csv
from movie_assets.assets.spec import DATA_ENGINEERING, table_asset
from movie_assets.brands.settled import read_settled_brand_file
from movie_assets.settings import Settings


def _out(name: str) -> dg.AssetOut:
    return dg.AssetOut(
        **table_asset(
            name, group="brands", layer="raw", owner=DATA_ENGINEERING, code_version="1", kinds=frozenset({"csv"})
        )
    )


@dg.multi_asset(
    name="raw_brands",
    outs={"raw_brands": _out("raw_brands"), "raw_brands_rejected": _out("raw_brands_rejected")},
    deps=[brands_csv],
)
def raw_brands(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> Iterator[dg.Output[object]]:
    """Read the brand file once; what cannot be read at all fails here and leaves both tables as they were."""
    file = read_settled_brand_file(settings.brands_csv)
    for repair in file.repairs:
        context.log.warning(
            "line %d, %s: %r read as %r (%s)",
            repair.source_line,
            repair.column,
            repair.before,
            repair.after,
            repair.rule,
        )
    yield dg.Output(
        file.brands_frame(),
        output_name="raw_brands",
        metadata={
            "source": dg.MetadataValue.path(file.source),
            "sha256": file.sha256,
            "encoding": file.encoding,
            "delimiter": repr(file.delimiter),
            "ignored_columns": list(file.ignored_columns),
            "rejected_lines": len(file.rejected),
            "repairs": [f"line {r.source_line}, {r.column}: {r.before} -> {r.after} ({r.rule})" for r in file.repairs],
        },
    )
    yield dg.Output(file.rejected_frame(), output_name="raw_brands_rejected", metadata={"sha256": file.sha256})
