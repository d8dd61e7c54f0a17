"""The whole graph, from files to brand_stats, on every PostgreSQL that is supported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest
from pydantic import SecretStr

from movie_assets.definitions import build_definitions
from movie_assets.settings import PROJECT_ROOT, Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.reading import read
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.debian_postgres import debian_postgres
from movie_assets_tests.published import FROM_SOURCES


@pytest.fixture(
    scope="module",
    params=["embedded-18", pytest.param("debian-15", marks=pytest.mark.system)],
)
def any_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "embedded-18":
        yield request.getfixturevalue("server")
    else:
        with debian_postgres(tmp_path_factory.mktemp("debian-15")) as url:
            yield url


@contextmanager
def platform_on(server: str, home: Path) -> Iterator[Platform]:
    """A platform with the bundled data and an empty database of its own."""
    with temporary_database(server) as url:
        settings = Settings(
            home=home,
            database_url=SecretStr(url),
            dagster_database_url=SecretStr(url),
            brands_csv=PROJECT_ROOT / "data" / "brands.csv",
            films=PROJECT_ROOT / "data" / "sample_films.jsonl.gz",
        )
        warehouse = Warehouse(settings)
        with dg.DagsterInstance.ephemeral() as instance:
            yield Platform(settings, warehouse, instance)
        warehouse.close()


@dataclass(frozen=True)
class Platform:
    """Settings, the warehouse that they lead to, and Dagster's record of what ran."""

    settings: Settings
    warehouse: Warehouse
    instance: dg.DagsterInstance

    def refresh(self, *names: str, **changed: Path) -> dg.ExecuteInProcessResult:
        """A run of everything, or of the assets with these names, with some settings changed."""
        settings = self.settings.model_copy(update=changed)
        job = build_definitions(settings=settings, warehouse=self.warehouse).resolve_job_def("refresh")
        selection = [dg.AssetKey(name) for name in names] or None
        return job.execute_in_process(instance=self.instance, asset_selection=selection, raise_on_error=False)

    def table(self, name: str) -> pd.DataFrame:
        """A published table, in order of its key."""
        return read(self.warehouse.database, metadata.tables[f"movies.{name}"], ordered=True)

    def everything(self) -> dict[str, pd.DataFrame]:
        """Every published table that follows from sources."""
        return {table.name: self.table(table.name) for table in FROM_SOURCES}


@dataclass(frozen=True)
class Refreshed:
    """A platform, two refreshes with the bundled data, and the tables after them."""

    platform: Platform
    first: dg.ExecuteInProcessResult
    second: dg.ExecuteInProcessResult
    tables: dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def refreshed(any_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refreshed]:
    """For tests that judge by these results, whatever another test did to the tables since."""
    with platform_on(any_server, tmp_path_factory.mktemp("refreshed") / "home") as platform:
        yield Refreshed(platform, platform.refresh(), platform.refresh(), platform.everything())


@pytest.fixture
def platform(any_server: str, tmp_path: Path) -> Iterator[Platform]:
    with platform_on(any_server, tmp_path / "home") as platform:
        yield platform


def test_a_refresh_fills_every_table_and_a_second_one_writes_nothing(refreshed: Refreshed) -> None:
    assert refreshed.first.success
    events = refreshed.first.get_asset_materialization_events()
    made = {event.asset_key.path[-1] for event in events if event.asset_key}
    assert made == {table.name for table in metadata.sorted_tables} | {"brand_report"}

    assert refreshed.second.success
    written = {
        str(event.asset_key): [
            event.materialization.metadata[name].value for name in ("inserted", "updated", "deleted")
        ]
        for event in refreshed.second.get_asset_materialization_events()
        if event.asset_key not in {dg.AssetKey("brand_report"), dg.AssetKey("check_results")}
    }
    assert set(map(tuple, written.values())) == {(0, 0, 0)}, written


def test_the_metrics_lead_to_their_report(refreshed: Refreshed) -> None:
    metadata_of = {
        event.asset_key.to_user_string(): event.materialization.metadata
        for event in refreshed.first.get_asset_materialization_events()
        if event.asset_key
    }
    report = refreshed.platform.settings.report
    assert report.is_file()
    assert metadata_of["brand_stats"]["report"] == dg.MetadataValue.path(report)
    assert metadata_of["brand_stats"]["report_preview"] == dg.MetadataValue.asset(dg.AssetKey("brand_report"))
    assert "preview" in metadata_of["brand_report"]


def test_all_45_brands_are_matched_and_measured(refreshed: Refreshed) -> None:
    stats = refreshed.tables["brand_stats"].set_index(["brand", "scope"])
    top_releases, filmographies = (stats.xs(scope, level="scope") for scope in ("top_release", "filmography"))
    assert len(top_releases) == 45
    assert top_releases["match_status"].eq("matched").all()
    assert top_releases["films"].eq(1).all()
    assert len(filmographies) >= 30
    assert filmographies["coverage"].notna().all()
    assert stats["vote_count_sum"].notna().all()


def test_every_check_passes_on_the_bundled_data(refreshed: Refreshed) -> None:
    checks = refreshed.first.get_asset_check_evaluations()
    assert checks
    failed = {
        (check.asset_key.to_user_string(), check.check_name): check.severity for check in checks if not check.passed
    }
    assert failed == {}


def test_an_edited_brand_changes_its_statistics_and_no_others(refreshed: Refreshed, tmp_path: Path) -> None:
    platform = refreshed.platform
    edited = tmp_path / "edited.csv"
    text = platform.settings.brands_csv.read_text(encoding="utf-8")
    assert "Pixar,6078217662,28" in text
    edited.write_text(text.replace("Pixar,6078217662,28", "Pixar,6178217662,29"), encoding="utf-8")

    assert platform.refresh(brands_csv=edited).success

    before, after = refreshed.tables["brand_stats"], platform.table("brand_stats")
    differing = [old["brand"] for old, new in zip(rows(before), rows(after), strict=True) if old != new]
    assert differing == ["Pixar", "Pixar"]
    pixar = after.set_index(["brand", "scope"]).loc[("Pixar", "filmography")]
    assert pixar["total_gross_usd"] == 6_178_217_662
    assert pixar["gross_per_release_usd"] == pytest.approx(6_178_217_662 / 29)


def test_a_persons_word_wins_and_unusable_overrides_leave_the_tables(platform: Platform, tmp_path: Path) -> None:
    overrides = tmp_path / "overrides.csv"
    header = "brand,top_release,tmdb_id,who,why\n"
    overrides.write_text(
        f"{header}Pixar,Incredibles 2,155,Ann,a test\nLaika,Coraline,none,Ann,a test\n", encoding="utf-8"
    )
    result = platform.refresh(match_overrides=overrides)
    assert result.success
    failed = {check.check_name for check in result.get_asset_check_evaluations() if not check.passed}
    assert failed == {"overrides_agree_with_the_evidence"}
    stats = platform.table("brand_stats").set_index(["brand", "scope"]).xs("top_release", level="scope")
    assert stats.loc[["Pixar", "Laika"], "match_status"].tolist() == ["matched", "unmatched"]
    films = platform.table("brand_films")
    top_releases = films[films["reason"] == "top_release"].set_index("brand")["tmdb_id"]
    assert top_releases["Pixar"] == 155
    assert "Laika" not in top_releases.index

    before = platform.everything()
    overrides.write_text(f"{header}Pixar,Incredibles 2,,Ann,a test\n", encoding="utf-8")
    result = platform.refresh(match_overrides=overrides)
    assert not result.success
    (message,) = failures(result)
    assert f"{overrides}, line 2, column tmdb_id: expected one film" in message
    assert_equal_tables(before, platform.everything())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "empty"),
        ("Brand,Total,Releases,#1 Release\nPixar,1,1,Up\n", "top_release_gross_usd"),
        ("Brand,Total,Releases,#1 Release,Lifetime Gross\nPixar,x,1,Up,1\n", "reject"),
    ],
    ids=["empty file", "missing column", "no line readable"],
)
def test_an_unusable_brand_file_fails_the_asset_and_the_old_tables_stay(
    refreshed: Refreshed, tmp_path: Path, content: str, expected: str
) -> None:
    platform = refreshed.platform
    bad = tmp_path / "bad.csv"
    bad.write_text(content)
    before = platform.everything()
    assert len(before["brand_stats"]) == 45 + 44

    result = platform.refresh(brands_csv=bad)

    assert not result.success
    (message,) = failures(result)
    assert str(bad) in message
    assert expected in message
    assert_equal_tables(before, platform.everything())


def test_differently_formatted_and_damaged_brand_files_give_identical_brands(
    platform: Platform, tmp_path: Path
) -> None:
    complete = "Star Wars: Episode VII - The Force Awakens"
    listed = "The Chronicles of Narnia: The Lion, the Witch and the Wardrobe"
    rows = [
        ("Marvel Comics", "15806336901", "69", "Avengers: Endgame", "858373000"),
        ("Lucasfilm", "6325022918", "39", complete, "936662225"),
        ("Bad Robot", "3077078931", "15", complete, "936662225"),
        ("Walden Media", "1842852183", "38", listed, "291710957"),
    ]
    without_commas = [(b, t, n, r.replace(",", ""), g) for b, t, n, r, g in rows]
    without_ordinal = [
        (b, t, n, r.replace("Episode VII - ", "") if b == "Bad Robot" else r, g) for b, t, n, r, g in without_commas
    ]
    plain = ["Brand\tTotal\tReleases\t#1 Release\tLifetime Gross", *("\t".join(row) for row in without_ordinal)]
    dollars = [
        "Brand\tTotal\tReleases\t#1 Release\tLifetime Gross",
        *(f"{b}\t${int(t):,}\t{n}\t{r}\t${int(g):,}" for b, t, n, r, g in rows),
    ]
    headers = ["Brand;Total_gross;Releases;No_1_release;Lifetime_gross", *(";".join(row) for row in without_commas)]
    tables = []
    for lines in (plain, dollars, headers):
        path = tmp_path / "brands.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        assert platform.refresh("raw_brands", "raw_brands_rejected", brands_csv=path).success
        tables.append(platform.table("raw_brands").drop(columns="source_sha256"))
    assert list(tables[0]["top_release"]) == ["Avengers: Endgame", complete, complete, listed]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    pd.testing.assert_frame_equal(tables[0], tables[2])


def rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def failures(result: dg.ExecuteInProcessResult) -> list[str]:
    return [str(event.step_failure_data.error) for event in result.all_events if event.is_step_failure]


def assert_equal_tables(before: dict[str, pd.DataFrame], after: dict[str, pd.DataFrame]) -> None:
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, after[name])
