"""The whole graph, from files to brand_stats, on every PostgreSQL that is supported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest
from pydantic import SecretStr

from movie_assets.definitions import build_definitions
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.reading import read
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.debian_postgres import debian_postgres


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


@pytest.fixture
def platform(any_server: str, settings: Settings) -> Iterator[tuple[Settings, Warehouse]]:
    with temporary_database(any_server) as url:
        own = settings.model_copy(update={"database_url": SecretStr(url), "dagster_database_url": SecretStr(url)})
        warehouse = Warehouse(own)
        yield own, warehouse
        warehouse.close()


def refresh(settings: Settings, warehouse: Warehouse, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    job = build_definitions(settings=settings, warehouse=warehouse).resolve_job_def("refresh")
    return job.execute_in_process(instance=instance, raise_on_error=False)


def test_a_refresh_fills_every_table_and_a_second_one_writes_nothing(platform: tuple[Settings, Warehouse]) -> None:
    settings, warehouse = platform
    with dg.DagsterInstance.ephemeral() as instance:
        first = refresh(settings, warehouse, instance)
        assert first.success
        tables = {event.asset_key.path[-1] for event in first.get_asset_materialization_events() if event.asset_key}
        assert tables == {table.name for table in metadata.sorted_tables}

        second = refresh(settings, warehouse, instance)
        assert second.success
        written = {
            str(event.asset_key): [
                event.materialization.metadata[name].value for name in ("inserted", "updated", "deleted")
            ]
            for event in second.get_asset_materialization_events()
        }
        assert set(map(tuple, written.values())) == {(0, 0, 0)}, written


def test_all_45_brands_are_matched_and_measured(platform: tuple[Settings, Warehouse]) -> None:
    settings, warehouse = platform
    with dg.DagsterInstance.ephemeral() as instance:
        assert refresh(settings, warehouse, instance).success
    stats = read(warehouse.database, metadata.tables["movies.brand_stats"])
    assert len(stats) == 45
    assert stats["match_status"].eq("matched").all()
    assert stats["films"].eq(1).all()
    assert stats["vote_count_sum"].notna().all()


def test_every_check_passes_on_the_bundled_data(platform: tuple[Settings, Warehouse]) -> None:
    settings, warehouse = platform
    with dg.DagsterInstance.ephemeral() as instance:
        result = refresh(settings, warehouse, instance)
    failed = {
        (check.asset_key.to_user_string(), check.check_name): check.severity
        for check in result.get_asset_check_evaluations()
        if not check.passed
    }
    assert failed == {}


def test_an_edited_brand_changes_its_statistics_and_no_others(
    platform: tuple[Settings, Warehouse], tmp_path: Path
) -> None:
    settings, warehouse = platform
    edited = tmp_path / "edited.csv"
    text = settings.brands_csv.read_text(encoding="utf-8")
    assert "Pixar,6078217662,28" in text
    edited.write_text(text.replace("Pixar,6078217662,28", "Pixar,6178217662,29"), encoding="utf-8")
    stats = metadata.tables["movies.brand_stats"]
    with dg.DagsterInstance.ephemeral() as instance:
        assert refresh(settings, warehouse, instance).success
        before = read(warehouse.database, stats, ordered=True)
        assert refresh(settings.model_copy(update={"brands_csv": edited}), warehouse, instance).success
        after = read(warehouse.database, stats, ordered=True)
    differing = [old["brand"] for old, new in zip(rows(before), rows(after), strict=True) if old != new]
    assert differing == ["Pixar"]
    pixar = after.set_index("brand").loc["Pixar"]
    assert pixar["total_gross_usd"] == 6_178_217_662
    assert pixar["gross_per_release_usd"] == pytest.approx(6_178_217_662 / 29)


def test_a_persons_word_wins_and_unusable_overrides_leave_the_tables(
    platform: tuple[Settings, Warehouse], tmp_path: Path
) -> None:
    settings, warehouse = platform
    overrides = tmp_path / "overrides.csv"
    settings = settings.model_copy(update={"match_overrides": overrides})
    header = "brand,top_release,tmdb_id,who,why\n"
    overrides.write_text(
        f"{header}Pixar,Incredibles 2,155,Ann,a test\nLaika,Coraline,none,Ann,a test\n", encoding="utf-8"
    )
    with dg.DagsterInstance.ephemeral() as instance:
        result = refresh(settings, warehouse, instance)
        assert result.success
        failed = {check.check_name for check in result.get_asset_check_evaluations() if not check.passed}
        assert failed == {"overrides_agree_with_the_evidence"}
        stats = read(warehouse.database, metadata.tables["movies.brand_stats"]).set_index("brand")
        assert stats.loc[["Pixar", "Laika"], "match_status"].tolist() == ["matched", "unmatched"]
        films = read(warehouse.database, metadata.tables["movies.brand_films"]).set_index("brand")
        assert films.at["Pixar", "tmdb_id"] == 155
        assert "Laika" not in films.index

        before = everything(warehouse.database)
        overrides.write_text(f"{header}Pixar,Incredibles 2,,Ann,a test\n", encoding="utf-8")
        result = refresh(settings, warehouse, instance)
        assert not result.success
        (message,) = [str(event.step_failure_data.error) for event in result.all_events if event.is_step_failure]
        assert f"{overrides}, line 2, column tmdb_id: expected one film" in message
        after = everything(warehouse.database)
    for name, rows in before.items():
        pd.testing.assert_frame_equal(rows, after[name])


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
    platform: tuple[Settings, Warehouse], tmp_path: Path, content: str, expected: str
) -> None:
    settings, warehouse = platform
    bad = tmp_path / "bad.csv"
    bad.write_text(content)
    with dg.DagsterInstance.ephemeral() as instance:
        assert refresh(settings, warehouse, instance).success
        before = everything(warehouse.database)
        result = refresh(settings.model_copy(update={"brands_csv": bad}), warehouse, instance)
        assert not result.success
        messages = [str(event.step_failure_data.error) for event in result.all_events if event.is_step_failure]
        assert len(messages) == 1
        assert str(bad) in messages[0]
        assert expected in messages[0]
        after = everything(warehouse.database)
    for name, rows in before.items():
        pd.testing.assert_frame_equal(rows, after[name])


def test_differently_formatted_and_damaged_brand_files_give_identical_brands(
    platform: tuple[Settings, Warehouse], tmp_path: Path
) -> None:
    settings, warehouse = platform
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
    with dg.DagsterInstance.ephemeral() as instance:
        for lines in (plain, dollars, headers):
            path = tmp_path / "brands.csv"
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            assert refresh(settings.model_copy(update={"brands_csv": path}), warehouse, instance).success
            tables.append(
                read(warehouse.database, metadata.tables["movies.raw_brands"], ordered=True).drop(
                    columns="source_sha256"
                )
            )
    assert list(tables[0]["top_release"]) == ["Avengers: Endgame", complete, complete, listed]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    pd.testing.assert_frame_equal(tables[0], tables[2])


def rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def everything(database: Database) -> dict[str, pd.DataFrame]:
    return {table.name: read(database, table, ordered=True) for table in metadata.sorted_tables}
