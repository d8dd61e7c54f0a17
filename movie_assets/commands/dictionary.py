"""The data dictionary with what each table is computed from, as Dagster's graph knows it, upstream first."""

from __future__ import annotations

from movie_assets.definitions import build_definitions
from movie_assets.settings import Settings
from movie_assets.warehouse.dictionary import data_dictionary
from movie_assets.warehouse.tables import metadata

COMMAND = "movie-assets dictionary --output docs/data-dictionary.md"


def dictionary(settings: Settings) -> str:
    """The page docs/data-dictionary.md; needs no database and starts nothing."""
    inputs = {
        spec.key.path[-1]: sorted(dep.asset_key.path[-1] for dep in spec.deps)
        for spec in build_definitions(settings=settings).resolve_all_asset_specs()
    }

    def steps(name: str) -> int:
        return 1 + max((steps(source) for source in inputs.get(name, ())), default=0)

    in_order = sorted(metadata.tables.values(), key=lambda table: (steps(table.name), table.name))
    return data_dictionary(in_order, inputs, COMMAND)
