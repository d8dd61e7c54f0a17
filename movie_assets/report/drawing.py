"""What all charts of the report share: their data's names, their size and how they become Vega-Lite specifications.

A specification has no data: the page gives `brands` and `pairs` to all of them. Names of brands are in the data alone,
never in a specification, where they would be text of expressions.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from movie_assets.report.theme import CONFIG

BRANDS = "brands"
PAIRS = "pairs"

Specification = dict[str, Any]


def layered(*charts: alt.Chart) -> alt.LayerChart:
    """The charts on top of each other, the first one lowest."""
    return alt.LayerChart(layer=list(charts))


def specification(chart: alt.Chart | alt.LayerChart, *, height: int) -> Specification:
    """The chart as JSON: as wide as its place on the page, `height` pixels high without axes and legend.

    The height is a number and no step per row, of which Vega-Lite warns in charts that are as wide as their place.
    """
    drawn: Specification = chart.properties(
        width="container", height=height, autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    ).to_dict()
    # The version is that of the script on the page, and the address would be the only one to load from.
    del drawn["$schema"]
    return drawn | {"config": CONFIG}
