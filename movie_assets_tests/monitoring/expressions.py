"""Every expression of the committed dashboards and alerts, and the series that they ask for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import promql_parser

from movie_assets_tests.monitoring.debian import SHIPPED, rules

DASHBOARDS = SHIPPED / "grafana" / "dashboards"


def of_dashboards() -> list[tuple[str, str]]:
    """(dashboard and panel, expression)."""
    found = []
    for path in sorted(DASHBOARDS.glob("*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            found += [(f"{path.stem}: {panel['title']}", target["expr"]) for target in panel.get("targets", [])]
    return found


def of_alerts() -> list[tuple[str, str]]:
    """(alert, expression)."""
    return [(rule["alert"], rule["expr"]) for rule in rules()]


def selectors(expr: str) -> list[promql_parser.VectorSelector]:
    """What an expression reads; raises ValueError for what is no PromQL."""
    return list(_selectors(promql_parser.parse(expr)))


def _selectors(node: Any) -> Iterator[promql_parser.VectorSelector]:
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("lhs", "rhs", "expr", "vector_selector"):
        if hasattr(node, name):
            yield from _selectors(getattr(node, name))
    for argument in getattr(node, "args", ()):
        yield from _selectors(argument)
