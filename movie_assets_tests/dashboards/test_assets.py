"""What the files of deploy/superset say: whole, consistent, and as the tables are declared."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
import yaml

from movie_assets.dashboards.datasets import tables_of, with_declared_columns, written
from movie_assets.dashboards.places import ASSETS, DEPLOYMENT, LOCK
from movie_assets.dashboards.views import VIEWS_SCHEMA
from movie_assets.warehouse.tables import is_for_analysts, metadata

NOTICE = "This product uses the TMDB API but is not endorsed or certified by TMDB."


def files(kind: str) -> dict[str, dict[str, Any]]:
    """The objects of a kind by the name of their file."""
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((ASSETS / kind).iterdir())}


DATABASES, DATASETS, CHARTS, DASHBOARDS = (files(kind) for kind in ("databases", "datasets", "charts", "dashboards"))
DATASET_OF = {dataset["uuid"]: dataset for dataset in DATASETS.values()}
CHART_OF = {chart["uuid"]: chart for chart in CHARTS.values()}


def columns_of(dataset: dict[str, Any]) -> set[str]:
    return {column["column_name"] for column in dataset["columns"]}


def charts_on(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """What the dashboard says of its charts."""
    return [
        part["meta"] for part in dashboard["position"].values() if isinstance(part, dict) and part["type"] == "CHART"
    ]


def test_the_four_dashboards_are_there() -> None:
    titles = {dashboard["dashboard_title"] for dashboard in DASHBOARDS.values()}
    assert titles == {"Brands at a glance", "Compare two brands", "Trends", "Data health"}


def test_uuids_are_unique_and_every_reference_leads_somewhere() -> None:
    everything = [*DATABASES.values(), *DATASETS.values(), *CHARTS.values(), *DASHBOARDS.values()]
    uuids = [str(UUID(one["uuid"])) for one in everything]
    assert len(set(uuids)) == len(uuids) > 30
    (database,) = DATABASES.values()
    assert {dataset["database_uuid"] for dataset in DATASETS.values()} == {database["uuid"]}
    assert {chart["dataset_uuid"] for chart in CHARTS.values()} == set(DATASET_OF)
    placed = [chart["uuid"] for dashboard in DASHBOARDS.values() for chart in charts_on(dashboard)]
    assert sorted(placed) == sorted(CHART_OF)


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_says_what_the_declarations_say(name: str) -> None:
    file = ASSETS / "datasets" / f"{name}.yaml"
    expected = written(with_declared_columns(DATASETS[name]))
    assert file.read_text(encoding="utf-8") == expected, "Stale. Run: python -m movie_assets.dashboards.datasets"
    assert all(column["description"] for column in DATASETS[name]["columns"])
    assert all(metric["description"] for metric in DATASETS[name]["metrics"])


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_reads_what_analysts_may_read(name: str) -> None:
    dataset = DATASETS[name]
    if "sql" in dataset:
        tables = tables_of(dataset["sql"])
    elif dataset["schema"] == VIEWS_SCHEMA:
        return
    else:
        tables = [metadata.tables[f"{dataset['schema']}.{dataset['table_name']}"]]
    assert tables
    assert all(is_for_analysts(table) for table in tables)


def test_a_new_comment_of_a_column_makes_the_file_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    column = metadata.tables["movies.brand_stats"].columns["films"]
    monkeypatch.setattr(column, "comment", "Something else.")
    assert with_declared_columns(DATASETS["brand_stats"]) != DATASETS["brand_stats"]


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_asks_for_columns_and_metrics_that_its_dataset_has(name: str) -> None:
    chart = CHARTS[name]
    params, dataset = chart["params"], DATASET_OF[chart["dataset_uuid"]]
    groups = params.get("groupby") or []
    asked = {*params.get("all_columns", []), *([groups] if isinstance(groups, str) else groups)}
    asked |= {params[key] for key in ("x_axis", "entity", "series") if key in params}
    assert asked <= columns_of(dataset)
    singles = {"metric", "x", "y", "size", "timeseries_limit_metric"} & params.keys()
    metrics = {*params.get("metrics", []), *(params[key] for key in singles)}
    assert metrics <= {metric["metric_name"] for metric in dataset["metrics"]}
    assert asked or metrics


@pytest.mark.parametrize("name", CHARTS)
def test_a_charts_title_states_scope_and_n(name: str) -> None:
    title, stated = re.fullmatch(r"(.+) \(([^()]+)\)", CHARTS[name]["slice_name"]).groups()  # type: ignore[union-attr]
    assert title
    assert re.match(r"scope |both scopes|whole file", stated)
    assert re.search(r"\bn\b", stated)
    assert CHARTS[name]["description"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_shows_its_charts_under_their_titles_and_the_notice(name: str) -> None:
    dashboard = DASHBOARDS[name]
    for placed in charts_on(dashboard):
        assert placed["sliceName"] == CHART_OF[placed["uuid"]]["slice_name"]
    markdown = [part["meta"]["code"] for key, part in dashboard["position"].items() if key.startswith("MARKDOWN")]
    assert any(NOTICE in text for text in markdown)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_filter_reaches_only_charts_that_have_its_column(name: str) -> None:
    dashboard = DASHBOARDS[name]
    filters = dashboard["metadata"]["native_filter_configuration"]
    assert filters
    for one in filters:
        (target,) = one["targets"]
        if one["filterType"] != "filter_time":
            assert target["column"]["name"] in columns_of(DATASET_OF[target["datasetUuid"]])
            wanted = target["column"]["name"]
        else:
            wanted = "snapshot_date"
        reached = [chart for chart in charts_on(dashboard) if chart["chartId"] not in one["scope"]["excluded"]]
        assert reached
        for chart in reached:
            assert wanted in columns_of(DATASET_OF[CHART_OF[chart["uuid"]]["dataset_uuid"]])


def test_the_connection_has_no_secret_and_no_upload() -> None:
    (database,) = DATABASES.values()
    assert database["sqlalchemy_uri"] == "postgresql+psycopg2://superset@movie-assets/movie_assets"
    assert not any(database[key] for key in ("allow_dml", "allow_ctas", "allow_cvas", "allow_file_upload"))


def test_the_lock_of_supersets_environment_has_hashes_and_no_address() -> None:
    text = LOCK.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    pinned = re.findall(r"^[a-zA-Z0-9._-]+==\S+.*?(?=^\S)", f"{text}\nend", re.MULTILINE | re.DOTALL)
    assert len(pinned) > 100
    assert all("--hash=sha256:" in entry for entry in pinned)
    wanted = (DEPLOYMENT / "requirements.in").read_text(encoding="utf-8")
    for requirement in re.findall(r"^[a-z].*$", wanted, re.MULTILINE):
        assert re.search(rf"^{re.escape(requirement)}(==| |$)", text, re.MULTILINE), requirement


def test_the_image_installs_that_lock() -> None:
    dockerfile = (DEPLOYMENT / "Dockerfile").read_text(encoding="utf-8")
    assert "ARG PYTHON_IMAGE=python:3.11-slim-bookworm\n" in dockerfile
    assert "--no-deps --require-hashes --compile -r requirements.lock" in dockerfile
