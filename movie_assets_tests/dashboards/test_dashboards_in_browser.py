"""`movie-assets dashboards` beside a running platform: what Superset shows, to whom, and what a second run changes."""

from __future__ import annotations

import math
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from movie_assets.commands.dashboards import accounts, prepared
from movie_assets.dashboards.places import ASSETS, Places
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.database import Database
from movie_assets_tests.commands.processes import BRANDS_CSV, CommandLine, Platform, eventually, place_for_all
from movie_assets_tests.dashboards.superset import (
    ENVIRONMENT,
    TIMEOUT,
    WHOLE_PAGE,
    Api,
    Dashboards,
    Shown,
    browsing,
    charts_in,
    stored_by,
)
from movie_assets_tests.ui.browser import CHROMIUM, first_refresh_done

# The first of them may have to install Superset.
pytestmark = [pytest.mark.system, pytest.mark.timeout(1800)]

# In this order, because the tests before and after find the first and the last one open.
SLUGS = ["data-health", "trends", "compare-two-brands", "brands-at-a-glance"]
RANKING = "Rank and mean user rating with 95% intervals"
CONCENTRATION = "Share of the #1 release in the total gross"
CHECKS = "What the checks of the tables found"
WIDTHS = "table => [table.scrollWidth, table.closest('.dashboard-component-chart-holder').clientWidth]"
RAW = ("raw_brands", "raw_brands_rejected", "raw_tmdb_movies", "tmdb_ingestions")


@dataclass(frozen=True)
class Place:
    """A platform that runs, its dashboards, and the file of brands that it follows."""

    dashboards: Dashboards
    warehouse: Database
    brands_csv: Path
    settings: Settings


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """Both servers on a home of their own, after the first refresh."""
    if not CHROMIUM.is_file():
        pytest.fail(f"{CHROMIUM} is missing. Install it: apt-get install chromium")
    with place_for_all() as directory:
        brands_csv = Path(shutil.copy(BRANDS_CSV, directory / "brands.csv"))
        command = CommandLine(directory / "home", directory, MOVIE_ASSETS_BRANDS_CSV=brands_csv)
        settings = Settings(home=command.home, superset_environment=ENVIRONMENT, brands_csv=brands_csv)
        with Platform(command, directory / "up.log") as platform:
            first_refresh_done(platform.ready())
            with Dashboards(command, directory / "dashboards.log") as dashboards:
                warehouse = Warehouse(settings)
                try:
                    yield Place(dashboards.ready(), warehouse.database, brands_csv, settings)
                finally:
                    warehouse.close()


@pytest.fixture
def stored(place: Place) -> Callable[[], dict[str, list[dict[str, Any]]]]:
    """What Superset has stored in its own tables."""
    return lambda: stored_by(place.warehouse.beside("superset"))


def apply(place: Place, assets: Path) -> list[str]:
    """Bring the Superset that is running in line with other files; what was said."""
    places, said = Places.of(place.settings), list[str]()
    prepared(place.settings, places, place.warehouse).apply(accounts(place.settings, places), said.append, assets)
    return said


def own_chart(api: Api) -> int:
    """A person's own chart, on a dataset that was imported; its id."""
    dataset = next(one for one in api.list("dataset") if one["table_name"] == "brand_stats")
    own = {"slice_name": "My own", "datasource_id": dataset["id"], "datasource_type": "table"}
    answer = api.post("chart/", own | {"viz_type": "table", "params": "{}"})
    assert answer.ok, answer.text
    return int(answer.json()["id"])


def of_filmographies(place: Place) -> dict[str, dict[str, Any]]:
    """The rows of brand_stats that the dashboards show first, by brand."""
    rows = place.warehouse.rows("SELECT * FROM movies.brand_stats WHERE scope = 'filmography'")
    return {row["brand"]: row for row in rows}


@pytest.fixture(scope="module")
def shown(place: Place) -> Iterator[Shown]:
    """One browser with the analyst's login, for all tests: logging in takes as long as a dashboard."""
    with browsing(place.dashboards, "analyst", *WHOLE_PAGE) as shown:
        yield shown


def test_data_health_shows_every_check_those_that_failed_first(place: Place, shown: Shown) -> None:
    checks = place.warehouse.rows(
        "SELECT table_name, check_name, CASE WHEN passed THEN 'passed' WHEN passed IS NULL THEN 'not evaluated'"
        " ELSE 'failed' END AS outcome FROM movies.check_results"
    )
    shown.see("data-health")
    (rows,) = (rows for title, rows in shown.answers.items() if title.startswith(CHECKS))
    assert {tuple(row[key] for key in checks[0]) for row in rows} == {tuple(row.values()) for row in checks}
    order = [row["outcome"] for row in rows]
    assert order == sorted(order, key=["failed", "not evaluated", "passed"].index)
    assert shown.table(CHECKS)[0][0] == order[0]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_chart_of_a_dashboard_shows_data(shown: Shown, slug: str, tmp_path: Path) -> None:
    shown.see(slug)
    assert shown.complaints == []
    assert len(shown.titles) == len(list((ASSETS / "charts").iterdir()))
    drawn = {title: rows for title, rows in shown.answers.items() if title in shown.titles.values()}
    assert len(drawn) == charts_in(slug)
    assert [title for title, rows in drawn.items() if not rows] == []
    page = shown.page.locator("body").inner_text()
    assert "This product uses the TMDB API but is not endorsed or certified by TMDB." in page
    assert "No results" not in page
    for table in shown.page.locator(".dashboard-component-chart-holder table").all():
        inner, outer = table.evaluate(WIDTHS)
        assert inner <= outer, "a table is wider than its place"
    shown.page.screenshot(path=tmp_path / f"{slug}.png", full_page=True)
    assert (tmp_path / f"{slug}.png").stat().st_size > 50_000


def test_the_figures_are_those_of_brand_stats(place: Place, shown: Shown) -> None:
    expected = of_filmographies(place)
    shown.see("brands-at-a-glance")
    cells = shown.table(RANKING)
    (ranking,) = (rows for title, rows in shown.answers.items() if title.startswith(RANKING))
    (shares,) = (rows for title, rows in shown.answers.items() if title.startswith(CONCENTRATION))
    assert len(cells) == len(ranking) == len(expected)
    for row in ranking:
        assert {name: expected[row["brand"]][name] for name in row} == row
    for _, brand, mean, low, high, _, _, films in cells:
        row = expected[brand]
        assert mean == f"{row['vote_average_mean']:.2f}"
        assert films == str(row["rated_films"])
        if row["vote_average_low"] is not None:
            assert (low, high) == (f"{row['vote_average_low']:.2f}", f"{row['vote_average_high']:.2f}")
    assert len(shares) == len(expected)
    for row in shares:
        (share,) = (value for name, value in row.items() if name != "brand")
        assert math.isclose(share, expected[row["brand"]]["top_release_share"])


def test_filters_choose_brand_and_scope(place: Place, shown: Shown) -> None:
    shown.see("brands-at-a-glance")
    shown.choose("Brand", "Pixar")
    eventually(lambda: len(shown.table(RANKING)) == 1, "one brand is shown")
    shown.choose("Scope", "top_release")
    expected = place.warehouse.rows(
        "SELECT vote_average_mean FROM movies.brand_stats WHERE brand = 'Pixar' AND scope = 'top_release'"
    )
    mean = f"{expected[0]['vote_average_mean']:.2f}"
    eventually(lambda: [row[1:3] for row in shown.table(RANKING)] == [["Pixar", mean]], "the other scope is shown")


def test_two_other_brands_are_compared(place: Place, shown: Shown) -> None:
    shown.see("compare-two-brands")
    shown.choose("Brand", "Lucasfilm")
    (expected,) = place.warehouse.rows(
        "SELECT rating_difference, rating_verdict FROM movies.brand_comparison"
        " WHERE brand = 'Lucasfilm' AND other_brand = 'Studio Ghibli'"
    )
    (rating,) = eventually(
        lambda: [
            row
            for row in shown.table("Differences: brand minus other brand")
            if row[0].startswith("mean rating") and row[4] == expected["rating_verdict"]
        ],
        "the verdict",
    )
    difference = float(rating[1].replace("\N{MINUS SIGN}", "-"))
    assert math.isclose(difference, expected["rating_difference"], abs_tol=0.005)


def test_a_change_of_the_brand_file_shows_after_a_reload(place: Place, shown: Shown) -> None:
    (share,) = (row["top_release_share"] for row in of_filmographies(place).values() if row["brand"] == "Pixar")
    lines = place.brands_csv.read_text(encoding="utf-8").splitlines()
    (number,) = (number for number, line in enumerate(lines) if line.startswith("Pixar"))

    def pixars_share() -> float:
        shown.open("brands-at-a-glance")
        (rows,) = (rows for title, rows in shown.answers.items() if title.startswith(CONCENTRATION))
        ((value,),) = ([v for k, v in row.items() if k != "brand"] for row in rows if row["brand"] == "Pixar")
        return float(value)

    assert math.isclose(pixars_share(), share)
    fields = lines[number].split("\t" if "\t" in lines[number] else ",")
    lines[number] = lines[number].replace(fields[1], "$12,000,000,000" if "\t" in lines[number] else "12000000000")
    place.brands_csv.write_text("\n".join(lines) + "\n", encoding="utf-8")
    eventually(lambda: of_filmographies(place)["Pixar"]["total_gross_usd"] == 12_000_000_000, "the refresh")
    new = pixars_share()
    assert math.isclose(new, of_filmographies(place)["Pixar"]["top_release_share"])
    assert not math.isclose(new, share)


def test_sql_lab_reads_what_analysts_may_and_no_raw_table(place: Place) -> None:
    for account in ("analyst", "admin"):
        api = Api(place.dashboards, account)
        answer = api.sql("SELECT brand, total_gross_usd FROM movies.brand_stats WHERE scope = 'top_release'")
        assert answer.ok, answer.text
        assert len(answer.json()["data"]) == len(place.warehouse.rows("SELECT brand FROM movies.raw_brands"))
        for table in RAW:
            answer = api.sql(f"SELECT * FROM movies.{table}")
            assert not answer.ok
            assert f"permission denied for table {table}" in answer.text
        assert not api.sql("DELETE FROM movies.brand_stats").ok
        assert not api.sql("SELECT pg_read_file('/etc/passwd')").ok
    assert Api(place.dashboards, "analyst").post("database/", {"database_name": "x"}).status_code in {401, 403}


def test_a_pages_report_of_itself_neither_begins_nor_renews_a_session(place: Place, shown: Shown) -> None:
    with requests.Session() as nobody:
        nobody.get(f"{place.dashboards.url}/login/", timeout=TIMEOUT)
        before = dict(nobody.cookies)
        answer = nobody.post(f"{place.dashboards.url}/superset/log/?explode=events", {"events": "[]"}, timeout=TIMEOUT)
        assert (answer.status_code, answer.history, answer.content) == (requests.codes.no_content, [], b"")
        assert "Set-Cookie" not in answer.headers
        assert dict(nobody.cookies) == before
    kept = shown.page.context.cookies()
    noted = shown.page.context.request.post("/superset/log/?explode=events", form={"events": "[]"})
    assert noted.ok
    assert shown.page.context.cookies() == kept


def test_raw_tables_are_not_read_through_a_dataset_either(place: Place) -> None:
    admin, analyst = (Api(place.dashboards, account) for account in ("admin", "analyst"))
    (database,) = admin.list("database")
    raw = {"database": database["id"], "schema": "movies", "table_name": "raw_brands"}
    query = raw | {"table_name": "mine", "sql": "SELECT brand FROM movies.brand_stats"}
    assert analyst.post("dataset/", raw).status_code in {401, 403}
    # What an administrator makes a dataset of is read as the analyst's login at the server all the same.
    made = [admin.post("dataset/", dataset).json()["id"] for dataset in (raw, query)]
    urls = [f"{admin.url}/api/v1/dataset/{number}" for number in made]
    try:
        assert admin.rows_of(made[1], "brand").ok
        assert admin.session.put(urls[1], json={"sql": "SELECT brand FROM movies.raw_brands"}, timeout=60).ok
        for api in (admin, analyst):
            for number in made:
                answer = api.rows_of(number, "brand")
                assert not answer.ok
                assert "permission denied for table raw_brands" in answer.text
    finally:
        assert [admin.session.delete(url, timeout=60).status_code for url in urls] == [200, 200]


def test_secrets_are_in_private_files_alone(place: Place) -> None:
    places = Places.of(place.settings)
    names = ["secret_key", "warehouse_password", "metadata_password", "admin_password", "analyst_password"]
    assert stat.S_IMODE(places.directory.stat().st_mode) == 0o700
    shown = place.dashboards.output + places.log.read_text(encoding="utf-8", errors="replace")
    shown += "\n".join(word for process in place.dashboards.servers() for word in process.cmdline())
    stored = place.warehouse.beside("superset").rows("SELECT row_to_json(d)::text AS row FROM dbs AS d")
    shown += "".join(row["row"] for row in stored)
    for name in names:
        assert stat.S_IMODE(places.secret(name).stat().st_mode) == 0o600
        assert place.dashboards.secret(name) not in shown
    assert place.dashboards.servers()


def test_a_second_time_imports_nothing_and_changes_nothing(place: Place, stored: Callable[[], Any]) -> None:
    # What is stored holds when each object was last changed, and somebody's own chart.
    api = Api(place.dashboards, "admin")
    made = own_chart(api)
    before = stored()
    assert apply(place, ASSETS) == []
    after = stored()
    assert {table: rows for table, rows in after.items() if rows != before[table]} == {}
    assert api.session.delete(f"{api.url}/api/v1/chart/{made}", timeout=60).ok


def test_titles_change_in_place_and_what_left_the_files_leaves_superset(
    place: Place, stored: Callable[[], Any], tmp_path: Path
) -> None:
    before = stored()
    api = Api(place.dashboards, "admin")
    charts = {chart["uuid"]: chart for chart in api.list("chart")}
    assets = Path(shutil.copytree(ASSETS, tmp_path / "assets"))
    renamed = yaml.safe_load((assets / "charts" / "ranking.yaml").read_text(encoding="utf-8"))
    (assets / "charts" / "ranking.yaml").write_text(yaml.safe_dump(renamed | {"slice_name": "Another title"}))
    gone = yaml.safe_load((assets / "charts" / "left_out.yaml").read_text(encoding="utf-8"))
    (assets / "charts" / "left_out.yaml").unlink()
    (assets / "datasets" / "brand_films_left_out.yaml").unlink()
    dashboard = yaml.safe_load((assets / "dashboards" / "data_health.yaml").read_text(encoding="utf-8"))
    del dashboard["position"]["CHART-left_out"]
    for part in dashboard["position"].values():
        if isinstance(part, dict) and "CHART-left_out" in part.get("children", []):
            part["children"].remove("CHART-left_out")
    (assets / "dashboards" / "data_health.yaml").write_text(yaml.safe_dump(dashboard))
    ranked = charts[renamed["uuid"]]
    made = own_chart(api)

    said = apply(place, assets)

    after = {chart["uuid"]: chart for chart in api.list("chart")}
    assert after[renamed["uuid"]]["slice_name"] == "Another title"
    assert after[renamed["uuid"]]["id"] == ranked["id"]
    assert gone["uuid"] not in after
    assert "My own" in {chart["slice_name"] for chart in after.values()}
    assert len(after) == len(charts)
    assert [line.split()[0] for line in said] == ["charts/left_out.yaml", "datasets/brand_films_left_out.yaml"]
    assert "movies.brand_films_left_out" not in {f"{one['schema']}.{one['table_name']}" for one in api.list("dataset")}

    assert api.session.delete(f"{api.url}/api/v1/chart/{made}", timeout=60).ok
    apply(place, ASSETS)
    restored = stored()
    assert {table: len(rows) for table, rows in restored.items()} == {
        table: len(rows) for table, rows in before.items()
    }


def test_one_superset_serves_a_home_and_ctrl_c_ends_all_of_it(place: Place, tmp_path: Path) -> None:
    second = place.dashboards.command("dashboards")
    assert second.returncode == 1
    assert "Superset is up on" in second.stderr
    assert place.dashboards.servers()
    place.dashboards.stop()
    assert "Stopping." in place.dashboards.output
    assert place.dashboards.servers() == []
