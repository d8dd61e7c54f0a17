"""The alerts and the messages, by Prometheus' and Alertmanager's own tools."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from movie_assets_tests.monitoring.debian import RULES, SHIPPED, program, rules

pytestmark = pytest.mark.system

RULE_TESTS = sorted((SHIPPED / "prometheus" / "rule_tests").glob("*.yml"))


def ran(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environment},
    )


def test_every_alert_fires_when_it_should_and_does_not_when_it_should_not() -> None:
    told = ran(program("promtool"), "test", "rules", *RULE_TESTS)
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_alert_is_tested_both_ways() -> None:
    fires: set[str] = set()
    rests: set[str] = set()
    names = {rule["alert"] for rule in rules()}
    for path in RULE_TESTS:
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            read = " ".join(series["series"] for series in test["input_series"])
            for case in test["promql_expr_test"]:
                firing = {re.findall(r'alertname="(\w+)"', one["labels"])[0] for one in case["exp_samples"]}
                fires |= firing
                rests |= {
                    rule["alert"] for rule in rules() if reads_any(rule["expr"], read) and rule["alert"] not in firing
                }
    assert fires == names
    assert rests == names


def reads_any(expr: str, series: str) -> bool:
    return any(name in series for name in re.findall(r"(?:movie_assets|pg)_\w+|\bup\b", expr))


def test_an_alert_that_is_changed_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rule_tests").mkdir()
    broken = RULES.read_text(encoding="utf-8").replace(
        "movie_assets_home_size_bytes < 0.1", "movie_assets_home_size_bytes < 0.2"
    )
    (tmp_path / "rules" / RULES.name).write_text(broken, encoding="utf-8")
    minutes = tmp_path / "rule_tests" / "minutes.yml"
    minutes.write_text((SHIPPED / "prometheus/rule_tests/minutes.yml").read_text(encoding="utf-8"), encoding="utf-8")
    told = ran(program("promtool"), "test", "rules", minutes)
    assert told.returncode == 1
    assert "DiskNearlyFull" in told.stdout + told.stderr


def test_prometheus_accepts_its_configuration() -> None:
    told = ran(program("promtool"), "check", "config", SHIPPED / "prometheus" / "prometheus.yml")
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"{len(rules())} rules found" in told.stdout


@pytest.mark.parametrize(
    ("secret", "receiver"),
    [("https://chat.example.org/hooks/a?b=c&d=e$f\n", "webhook"), ("", "nobody"), (None, "nobody")],
)
def test_alertmanager_accepts_what_its_entry_point_makes_of_the_secret(
    tmp_path: Path, secret: str | None, receiver: str
) -> None:
    if secret is not None:
        (tmp_path / "notify_webhook").write_text(secret, encoding="utf-8")
    told = configured(tmp_path)
    assert told.returncode == 0, told.stderr
    made = tmp_path / "alertmanager.yml"
    checked = ran(program("amtool"), "check-config", made)
    assert checked.returncode == 0, checked.stderr
    content = yaml.safe_load(made.read_text(encoding="utf-8"))
    assert content["route"]["receiver"] == receiver
    assert made.stat().st_mode & 0o077 == 0
    if receiver == "webhook":
        (one,) = content["receivers"][0]["webhook_configs"]
        assert one["url"] == str(secret).strip()
        assert str(secret).strip() not in told.stdout + told.stderr


@pytest.mark.parametrize("secret", ["chat.example.org", 'http://a"b', "http://a b", "http://a\\b"])
def test_what_is_no_address_is_refused_and_not_repeated(tmp_path: Path, secret: str) -> None:
    (tmp_path / "notify_webhook").write_text(secret, encoding="utf-8")
    told = configured(tmp_path)
    assert told.returncode == 1
    assert str(tmp_path / "notify_webhook") in told.stderr
    assert secret not in told.stderr


def configured(directory: Path) -> subprocess.CompletedProcess[str]:
    """The entry point with arguments that end Alertmanager at once."""
    program("prometheus-alertmanager")
    return ran(
        SHIPPED / "alertmanager" / "entrypoint",
        "--version",
        WEBHOOK_FILE=str(directory / "notify_webhook"),
        TEMPLATES_DIR=str(SHIPPED / "alertmanager"),
        CONFIGURATION_DIR=str(directory),
    )


def test_the_postgres_exporter_is_healthy_while_it_answers_and_not_before() -> None:
    healthcheck = SHIPPED / "postgres-exporter" / "healthcheck"
    assert ran(healthcheck, "1").returncode == 1
