"""The graph as it stands: a change of an asset, a check or an automation is seen in review."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import dagster as dg
from dagster._core.definitions.sensor_definition import SensorType

from movie_assets.definitions import build_definitions
from movie_assets.settings import PROJECT_ROOT, Settings
from movie_assets.warehouse.tables import SCHEMA, metadata

SNAPSHOT = Path(__file__).parent / "graph.json"


def graph(definitions: dg.Definitions) -> dict[str, object]:
    """What a reviewer should see of the graph, in a stable order."""
    assets = definitions.resolve_asset_graph()
    specs = {spec.key: spec for spec in definitions.resolve_all_asset_specs()}
    return {
        "assets": {
            key.to_user_string(): {
                "group": spec.group_name,
                "owners": sorted(spec.owners),
                "kinds": sorted(spec.kinds),
                "tags": dict(sorted((k, v) for k, v in spec.tags.items() if not k.startswith("dagster/kind/"))),
                "code_version": spec.code_version,
                "deps": sorted(dep.asset_key.to_user_string() for dep in spec.deps),
            }
            for key, spec in sorted(specs.items())
        },
        "checks": {
            key.to_user_string(): sorted(
                f"{check.name}{' (blocking)' if assets.get(check).blocking else ''}"
                for check in assets.asset_check_keys
                if check.asset_key == key
            )
            for key in sorted(specs)
        },
        "jobs": sorted(job.name for job in definitions.jobs or ()),
        "schedules": {
            schedule.name: [schedule.job_name, schedule.cron_schedule, schedule.default_status.value]
            for schedule in definitions.schedules or ()
            if isinstance(schedule, dg.ScheduleDefinition)
        },
        "sensors": {
            sensor.name: [*sorted(_jobs(sensor)), sensor.default_status.value] for sensor in definitions.sensors or ()
        },
    }


def _jobs(sensor: dg.SensorDefinition) -> list[str]:
    """The jobs that the sensor starts runs of; others look at runs or at all assets."""
    return [job.name for job in sensor.jobs] if sensor.sensor_type == SensorType.STANDARD else []


def test_the_graph_is_the_one_that_was_reviewed() -> None:
    found = graph(build_definitions(settings=Settings()))
    assert found == json.loads(SNAPSHOT.read_text()), (
        f"The graph changed. If that is meant, run: {sys.executable} -m movie_assets_tests.test_definitions"
    )


def test_every_table_is_an_asset_that_describes_itself_and_its_columns() -> None:
    specs = {
        spec.key.to_user_string(): spec for spec in build_definitions(settings=Settings()).resolve_all_asset_specs()
    }
    assert set(specs) - {"brands_csv", "brand_report"} == {table.name for table in metadata.sorted_tables}
    for table in metadata.sorted_tables:
        spec = specs[table.name]
        assert spec.description == table.comment
        assert spec.metadata["dagster/table_name"] == f"{SCHEMA}.{table.name}"
        schema = spec.metadata["dagster/column_schema"]
        described = {column.name: column.description for column in schema.columns}
        assert described == {column.name: column.comment for column in table.columns}
        assert all(described.values())


def test_every_asset_has_checks() -> None:
    graph_ = build_definitions(settings=Settings()).resolve_asset_graph()
    for table in metadata.sorted_tables:
        names = {key.name for key in graph_.asset_check_keys if key.asset_key == dg.AssetKey(table.name)}
        assert {"key_is_unique", "required_values_are_present", "row_count_is_stable"} <= names


def test_building_the_definitions_starts_nothing(tmp_path: Path) -> None:
    build_definitions(settings=Settings(home=tmp_path / "untouched"))
    assert not (tmp_path / "untouched").exists()


def test_domain_packages_know_no_dagster_and_only_settings_reads_the_environment() -> None:
    package = PROJECT_ROOT / "movie_assets"
    for path in sorted(package.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        where = path.relative_to(package)
        domain = {"brands", "tmdb", "matching", "stats", "report", "exporting", "dashboards", "backups", "warehouse"}
        if where.parts[0] in domain and where.name != "io_manager.py":
            assert "import dagster" not in text, where
            assert "from dagster" not in text, where
        # Passing the environment on to a child is fine; taking a setting out of it is not.
        if where.name != "settings.py":
            assert not re.search(r"""(getenv\(|environ\[|environ\.get\()f?["'](MOVIE_ASSETS|TMDB|DAGSTER)""", text), (
                where
            )


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(graph(build_definitions()), indent=2) + "\n")
