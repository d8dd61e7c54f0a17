"""The report as a file, as a command's result and as an asset."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from movie_assets.assets.brand_report import brand_report
from movie_assets.errors import MovieAssetsError
from movie_assets.report import TABLES, preview_markdown, write_report
from movie_assets.report.javascript import charting_script
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.database import Database
from movie_assets_tests.report.publishing import three_brands
from movie_assets_tests.report.reading import ReadPage

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the charts' JavaScript is kept."""
    directory = tmp_path_factory.mktemp("cache")
    charting_script(directory)
    return directory


def test_the_page_is_one_file_below_three_megabytes(database: Database, cache: Path, tmp_path: Path) -> None:
    three_brands().publish(database)
    path = write_report(database, tmp_path / "new" / "report.html", cache=cache)
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
    assert 0.9 * MEGABYTE < path.stat().st_size < 3 * MEGABYTE
    read = ReadPage(path.read_text(encoding="utf-8"))
    assert "vegaEmbed" in read.scripts[1]
    assert len(read.records("brands")) == 3


def test_the_charts_javascript_is_put_together_once(cache: Path) -> None:
    (kept,) = cache.iterdir()
    assert kept.read_text(encoding="utf-8") == charting_script(cache)
    kept.rename(cache / "aside")
    try:
        kept.write_text("kept", encoding="utf-8")
        assert charting_script(cache) == "kept"
    finally:
        (cache / "aside").replace(kept)


def test_a_report_that_cannot_be_written_says_so_and_leaves_nothing(
    database: Database, cache: Path, tmp_path: Path
) -> None:
    three_brands().publish(database)
    (tmp_path / "taken").mkdir()
    with pytest.raises(MovieAssetsError, match="taken cannot be written"):
        write_report(database, tmp_path / "taken", cache=cache)
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]
    (tmp_path / "file").write_text("")
    with pytest.raises(MovieAssetsError, match="file cannot be made"):
        write_report(database, tmp_path / "file" / "report.html", cache=cache)


def test_the_asset_writes_the_page_and_shows_the_leading_brands(
    database: Database, settings: Settings, warehouse: Warehouse, cache: Path
) -> None:
    three_brands().publish(database)
    settings.home.mkdir()
    settings.cache.symlink_to(cache)
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [brand_report], instance=instance, resources={"settings": settings, "warehouse": warehouse}
        )
    (event,) = result.asset_materializations_for_node("brand_report")
    assert event.metadata["path"] == dg.MetadataValue.path(str(settings.report))
    assert event.metadata["preview"] == dg.MetadataValue.md(preview_markdown(database))
    assert event.metadata["bytes"].value == settings.report.stat().st_size


def test_the_asset_follows_the_tables_that_it_reads() -> None:
    (spec,) = brand_report.specs
    assert {dep.asset_key.to_user_string() for dep in spec.deps} == set(TABLES)
