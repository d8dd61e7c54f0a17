"""Panels in the few forms that the dashboards use, so that a dashboard is a list of questions and expressions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DataTransformerConfig,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="movie-assets-prometheus")
"""The data source of provisioning/datasources/prometheus.yml."""

WIDTH = 24
GREEN, YELLOW, RED = "green", "yellow", "red"


@dataclass(frozen=True)
class Stat:
    """One number now; from `warn` on it is yellow, from `bad` on red. With `low`, less is worse."""

    title: str
    description: str
    expr: str
    unit: str = "short"
    warn: float | None = None
    bad: float | None = None
    low: bool = False
    decimals: int | None = None
    text: str | None = None
    """Label that is shown in the number's place."""

    def build(self, width: int, height: int) -> Any:
        """The panel."""
        panel = (
            stat.Panel()
            .title(self.title)
            .description(self.description)
            .datasource(SOURCE)
            .span(width)
            .height(height)
            .unit(self.unit)
            .color_mode(BigValueColorMode.BACKGROUND if self.bad is not None else BigValueColorMode.NONE)
            .graph_mode(BigValueGraphMode.NONE)
            .thresholds(self._thresholds())
            .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
            .with_target(_query(self.expr, self.text or "", instant=True))
        )
        if self.decimals is not None:
            panel = panel.decimals(self.decimals)
        if self.text is not None:
            panel = panel.text_mode(BigValueTextMode.NAME)
        return panel

    def _thresholds(self) -> dashboard.ThresholdsConfig:
        first, last = (RED, GREEN) if self.low else (GREEN, RED)
        between = [(self.bad, YELLOW), (self.warn, last)] if self.low else [(self.warn, YELLOW), (self.bad, last)]
        steps = [Threshold(value=None, color=first)]
        steps += [Threshold(value=value, color=color) for value, color in between if value is not None]
        return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


@dataclass(frozen=True)
class Lines:
    """Lines over time; each query has its legend."""

    title: str
    description: str
    queries: dict[str, str]
    """Expressions by legend."""

    unit: str = "short"
    stacked: bool = False
    least: float | None = 0

    def build(self, width: int, height: int) -> Any:
        """The panel."""
        panel = (
            timeseries.Panel()
            .title(self.title)
            .description(self.description)
            .datasource(SOURCE)
            .span(width)
            .height(height)
            .unit(self.unit)
            .line_width(1)
            .fill_opacity(30 if self.stacked else 5)
            .legend(
                common.VizLegendOptions()
                .show_legend(True)
                .display_mode(LegendDisplayMode.LIST)
                .placement(LegendPlacement.BOTTOM)
            )
            .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        )
        if self.stacked:
            panel = panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL))
        if self.least is not None:
            panel = panel.min(self.least)
        for number, (legend, expr) in enumerate(self.queries.items()):
            panel = panel.with_target(_query(expr, legend, ref="ABCDEFGH"[number]))
        return panel


@dataclass(frozen=True)
class Rows:
    """A table now: one row for each series, with the labels `columns` (old name to heading) and the value."""

    title: str
    description: str
    expr: str
    columns: dict[str, str]
    value: str
    unit: str = "short"
    empty: str = "none"
    more: dict[str, Any] = field(default_factory=dict)

    def build(self, width: int, height: int) -> Any:
        """The panel."""
        hidden = ["Time", "__name__", "instance", "job", *self.more]
        order = {name: number for number, name in enumerate([*self.columns, "Value"])}
        return (
            table.Panel()
            .title(self.title)
            .description(self.description)
            .datasource(SOURCE)
            .span(width)
            .height(height)
            .unit(self.unit)
            .no_value(self.empty)
            .with_target(_query(self.expr, "", instant=True, table_=True))
            .with_transformation(
                DataTransformerConfig(
                    id_val="organize",
                    options={
                        "excludeByName": dict.fromkeys(hidden, True),
                        "indexByName": order,
                        "renameByName": {**self.columns, "Value": self.value},
                    },
                )
            )
        )


Question = Stat | Lines | Rows


def dashboard_of(uid: str, title: str, description: str, rows: dict[str, list[tuple[Question, int, int]]]) -> Any:
    """A dashboard of rows of panels, each with its width (of 24) and height."""
    builder = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["movie-assets"])
        .editable()
        .refresh("30s")
        .time("now-6h", "now")
        .timezone("utc")
    )
    number = 0
    for heading, panels in rows.items():
        number += 1
        builder = builder.with_row(dashboard.Row(heading).id(number))
        for question, width, height in panels:
            number += 1
            builder = builder.with_panel(question.build(width, height).id(number))
    return builder.build()


def _query(
    expr: str, legend: str, *, ref: str = "A", instant: bool = False, table_: bool = False
) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expr).legend_format(legend).ref_id(ref).datasource(SOURCE)
    if table_:
        query = query.format(PromQueryFormat.TABLE)
    return query.instant() if instant else query.range()
