"""Dashboards and alerts ask for metrics that there are, in PromQL; the committed JSON is what the code makes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from movie_assets.monitoring.metrics import METRICS, Declared
from movie_assets_tests.monitoring.debian import SHIPPED, rules
from movie_assets_tests.monitoring.expressions import DASHBOARDS, of_alerts, of_dashboards, selectors

GRAFANA = SHIPPED / "grafana"
PAGE = SHIPPED.parent.parent / "docs" / "monitoring.md"
# Those of the exporter 0.11 and of Prometheus itself that are in use; the live test sees each of them.
FOREIGN = re.compile(
    r"up|pg_(up|static|settings_max_connections|database_size_bytes|locks_count|replication_slots_\w+)"
    r"|pg_stat_(activity|archiver|database)_\w+"
)


@pytest.mark.parametrize(("where", "expr"), [*of_dashboards(), *of_alerts()])
def test_an_expression_reads_metrics_that_there_are_by_labels_that_they_have(where: str, expr: str) -> None:
    declared = {metric.name: set(metric.labels) for metric in METRICS}
    read = selectors(expr)
    assert read, where
    for selector in read:
        name = selector.name
        if name.startswith("movie_assets_"):
            labels = {matcher.name for matcher in selector.matchers.matchers}
            assert labels <= declared[name.removesuffix("_bucket")], (where, name)
        else:
            assert FOREIGN.fullmatch(name), (where, name)


def test_what_is_no_promql_is_noticed() -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        selectors("sum by (status (movie_assets_runs)")


def test_every_metric_of_the_platform_is_on_a_dashboard_or_in_an_alert_or_tells_of_the_server() -> None:
    used = {
        selector.name.removesuffix("_bucket")
        for _, expr in [*of_dashboards(), *of_alerts()]
        for selector in selectors(expr)
    }
    unused = {metric.name for metric in METRICS} - used
    assert unused == {"movie_assets_database_info", "movie_assets_database_size_bytes"}


def test_the_committed_dashboards_are_what_the_code_makes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(GRAFANA / "generate.py"), str(tmp_path)], check=True, timeout=120)
    made = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.json")}
    committed = {path.name: path.read_text(encoding="utf-8") for path in DASHBOARDS.glob("*.json")}
    assert made == committed, "The dashboards changed. If that is meant, run: make grafana"


def test_dashboards_and_their_provisioning_name_one_another_by_fixed_uids() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/movie-assets.yml").read_text())["providers"]
    assert provider["options"]["path"] == "/etc/grafana/dashboards"
    found = {}
    for path in DASHBOARDS.glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        found[content["title"].removeprefix("Movie Assets: ")] = content["uid"]
        ids = [panel["id"] for panel in content["panels"]]
        assert len(set(ids)) == len(ids)
        for panel in content["panels"]:
            if panel["type"] != "row":
                assert panel["datasource"]["uid"] == source["uid"]
                assert panel["description"]
            for target in panel.get("targets", []):
                assert target["datasource"]["uid"] == source["uid"]
    assert found == {
        "Pipeline": "movie-assets-pipeline",
        "PostgreSQL": "movie-assets-postgresql",
        "Data freshness and quality": "movie-assets-quality",
    }


def test_every_alert_has_severity_words_and_an_entry_in_the_runbook() -> None:
    page = PAGE.read_text(encoding="utf-8")
    headings = [heading.lower() for heading in re.findall(r"^### (\w+)$", page, re.MULTILINE)]
    names = [rule["alert"] for rule in rules()]
    assert headings == [name.lower() for name in names]
    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
        assert rule["annotations"]["runbook_url"] == f"docs/monitoring.md#{rule['alert'].lower()}"
        assert rule["for"]
    for entry in page.split("\n### ")[1:]:
        words = entry.split("\n## ")[0]
        assert all(part in words for part in ("**Means**", "**Look**", "**Do**")), entry.splitlines()[0]


def test_the_page_lists_every_metric_as_it_is_declared() -> None:
    listed = re.findall(
        r"^\| `(movie_assets_\w+)` \| (\w+) \| (.*?) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert listed == [
        (metric.name, metric.kind, ", ".join(f"`{label}`" for label in metric.labels), metric.help)
        for metric in METRICS
    ]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_names_follow_the_conventions(metric: Declared) -> None:
    name, kind, labels = metric.name, metric.kind, metric.labels
    assert re.fullmatch(r"movie_assets_[a-z]+(_[a-z]+)*", name)
    assert name.endswith("_total") == (kind == "counter")
    assert not re.search(r"_(ms|milliseconds|minutes|hours|kb|mb|percent)(_|$)", name)
    # Prometheus gives these to what it scrapes; ours would be renamed.
    assert not {"job", "instance", "le", "quantile"} & set(labels)
