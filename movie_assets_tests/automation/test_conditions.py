"""What is renewed by itself after somebody wrote a single table: real tables, real runs, Dagster's own evaluation."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from movie_assets.definitions import build_definitions
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.checks import refreshed
from movie_assets_tests.databases import temporary_database

RAW = {
    "raw_brands",
    "raw_brands_rejected",
    "raw_tmdb_movies",
    "raw_tmdb_movies_deleted",
    "tmdb_people_films",
    "tmdb_ingestions",
}
FROM_EVENTS = {"check_results"}
DERIVED = {table.name for table in metadata.sorted_tables} - RAW - FROM_EVENTS | {"brand_report"}
FROM_BRANDS = DERIVED - {"normalized_titles", "normalized_movies", "brand_rules"}


class Platform:
    """Definitions and an instance that remembers, with everything refreshed once."""

    def __init__(self, settings: Settings, warehouse: Warehouse, instance: dg.DagsterInstance) -> None:
        self.definitions = build_definitions(settings=settings, warehouse=warehouse)
        self.instance = instance
        self.run("refresh")
        self.evaluated = dg.evaluate_automation_conditions(self.definitions, instance, dg.AssetSelection.all())

    def run(self, job: str, *assets: str) -> None:
        """A run of the job, or of some of its assets as a person would choose them in the UI."""
        chosen = [dg.AssetKey(asset) for asset in assets] or None
        job_ = self.definitions.resolve_job_def(job)
        assert job_.execute_in_process(instance=self.instance, asset_selection=chosen).success

    def requested(self) -> set[str]:
        """What is to be renewed now; a second look finds nothing more."""
        self.evaluated = dg.evaluate_automation_conditions(
            self.definitions, self.instance, dg.AssetSelection.all(), cursor=self.evaluated.cursor
        )
        return {
            result.key.to_user_string()
            for result in self.evaluated.results
            if isinstance(result.key, dg.AssetKey) and result.true_subset.size
        }


@pytest.fixture(scope="module")
def platform(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The platform of these tests, of which all but the last leave nothing to renew."""
    with temporary_database(server) as url, dg.DagsterInstance.ephemeral() as instance:
        settings = refreshed.platform(url, tmp_path_factory.mktemp("conditions"))
        warehouse = Warehouse(settings)
        yield Platform(settings, warehouse, instance)
        warehouse.close()


@pytest.mark.long
def test_what_follows_from_a_table_written_by_hand_is_renewed_and_nothing_else(platform: Platform) -> None:
    assert platform.requested() == set()
    platform.run("refresh", "raw_brands", "raw_brands_rejected")
    assert platform.requested() == FROM_BRANDS
    platform.run("refresh_brands")
    assert platform.requested() == set(), "a refresh leaves nothing to renew"


@pytest.mark.long
def test_a_refresh_leaves_nothing_to_renew(platform: Platform) -> None:
    for job in ("refresh", "refresh_films"):
        platform.run(job)
        assert platform.requested() == set(), job


@pytest.mark.long
def test_nothing_follows_from_a_table_whose_blocking_check_failed(platform: Platform) -> None:
    platform.run("refresh", "raw_brands", "raw_brands_rejected")
    platform.instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(asset_key=dg.AssetKey("raw_brands"), check_name="key_is_unique", passed=False)
    )
    assert "brand_film_matches" not in platform.requested()


def test_every_table_has_a_freshness_policy_and_what_is_computed_a_condition() -> None:
    graph = build_definitions(settings=Settings()).resolve_asset_graph()
    nodes = {key.to_user_string(): graph.get(key) for key in graph.materializable_asset_keys}
    assert {name for name, node in nodes.items() if node.automation_condition is None} == RAW | FROM_EVENTS
    assert all(node.freshness_policy for node in nodes.values())
