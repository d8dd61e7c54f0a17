"""The report's charts with a row for each brand: rankings, concentration, coverage, and the verdicts on all pairs.

They have no data, so that each is drawn once in a process, one row high; `tall` makes room for the brands of a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import altair as alt

from movie_assets.report.drawing import BRANDS, PAIRS, Specification, layered, specification
from movie_assets.report.theme import BLANK, INK, LOWER, PAPER, QUIET, SERIES

_ROW = 19
_CELL = 15
"""Heights of a row in pixels. The heights of charts are numbers, because Vega-Lite warns of steps in charts that are as
wide as their place."""

_FILMS, _RANK = 44, 122
"""Right ends of the columns beside a ranking, in pixels from its plot."""


@dataclass(frozen=True, eq=False)
class Measure:
    """A measure that brands are ranked by; `name` begins the names of its columns."""

    name: str
    label: str
    axis: str
    films: str
    format: str
    scale: alt.Scale
    ticks: tuple[int, ...] | None = None


MEASURES = (
    Measure(
        "rating",
        "Rating",
        "Mean TMDB user rating of the brand's films (0 to 10)",
        "rated_films",
        ".2f",
        alt.Scale(zero=False, nice=True),
    ),
    Measure(
        "votes",
        "Number of ratings",
        "Median number of TMDB user ratings per film (logarithmic)",
        "films",
        ",.0f",
        alt.Scale(type="log", nice=False),
        tuple(step * 10**power for power in range(6) for step in (1, 3)),
    ),
    Measure(
        "popularity",
        "Popularity",
        "Mean TMDB popularity percentile of the brand's films (share of all films that are less popular)",
        "popularity_films",
        ".0%",
        alt.Scale(domain=[0, 1]),
    ),
)


def tall(chart: Specification, brands: int) -> Specification:
    """The chart with a row for each of so many brands."""
    return chart | {"height": brands * chart["height"]}


@cache
def ranking(measure: Measure) -> Specification:
    """Brands by rank: the measure as a dot, its 95% interval as a line, sample size and interval of the rank beside."""
    name = measure.name
    low, high = f"{name}_low", f"{name}_high"
    # A logarithmic scale has no place for 0.
    shown = "max(datum.{}, 1)" if name == "votes" else "datum.{}"
    rank = alt.Y(
        "brand:N",
        sort=alt.EncodingSortField(field=f"{name}_rank", op="min", order="ascending"),
        title=None,
        axis=alt.Axis(grid=False),
    )
    base = (
        alt.Chart(alt.NamedData(BRANDS))
        .transform_filter(f"isValid(datum.{low})")
        .transform_calculate(
            **{f"{column}_drawn": shown.format(column) for column in (name, low, high)},
            rank_interval=f"datum.{name}_rank + '  (' + datum.{name}_rank_low + '–' + datum.{name}_rank_high + ')'",
        )
        .encode(
            y=rank,
            tooltip=[
                alt.Tooltip("brand:N", title="Brand"),
                alt.Tooltip(f"{name}:Q", title=measure.label, format=measure.format),
                alt.Tooltip(f"{low}:Q", title="95% interval from", format=measure.format),
                alt.Tooltip(f"{high}:Q", title="to", format=measure.format),
                alt.Tooltip(f"{measure.films}:Q", title="Films (n)", format=",d"),
                alt.Tooltip("rank_interval:N", title="Rank (95% interval)"),
            ],
        )
    )
    axis = alt.Axis(
        format=measure.format.replace(".2f", ".1f"),
        orient="top",
        title=measure.axis,
        values=measure.ticks or alt.Undefined,
    )
    interval = base.mark_rule(color=SERIES, strokeWidth=3, opacity=0.45, strokeCap="round").encode(
        x=alt.X(f"{low}_drawn:Q", scale=measure.scale, axis=axis), x2=f"{high}_drawn:Q"
    )
    estimate = base.mark_point(filled=True, color=SERIES, size=55, opacity=1).encode(
        x=alt.X(f"{name}_drawn:Q", scale=measure.scale)
    )
    beside = [
        base.mark_text(align="right", dx=_FILMS, color=QUIET).encode(x=alt.value("width"), text=f"{measure.films}:Q"),
        base.mark_text(align="right", dx=_RANK, color=QUIET).encode(x=alt.value("width"), text="rank_interval:N"),
        *(
            alt.Chart(alt.InlineData([{}]))
            .mark_text(align="right", dx=dx, color=QUIET, fontSize=12)
            .encode(x=alt.value("width"), y=alt.value(-12), text=alt.value(heading))
            for dx, heading in ((_FILMS, "Films"), (_RANK, "Rank (95%)"))
        ),
    ]
    return specification(layered(interval, estimate, *beside), height=_ROW)


@cache
def concentration() -> Specification:
    """The share of the #1 release in each brand's total, beside the share that each of equal releases would have."""
    base = (
        alt.Chart(alt.NamedData(BRANDS))
        .transform_filter("isValid(datum.top_release_share)")
        .transform_calculate(
            equal_share="datum.releases > 0 ? 1 / datum.releases : null",
            beside="datum.top_release + ', 1 of ' + datum.releases",
        )
        .encode(
            y=alt.Y(
                "brand:N",
                sort=alt.EncodingSortField(field="top_release_share", op="min", order="descending"),
                title=None,
                axis=alt.Axis(grid=False),
            ),
            tooltip=[
                alt.Tooltip("brand:N", title="Brand"),
                alt.Tooltip("top_release:N", title="#1 release"),
                alt.Tooltip("top_release_share:Q", title="Its share in the total", format=".1%"),
                alt.Tooltip("equal_share:Q", title="Share if all releases were equal", format=".1%"),
                alt.Tooltip("releases:Q", title="Releases (n)", format=",d"),
                alt.Tooltip("top_release_gross_usd:Q", title="Gross of the #1 release, US$", format=",d"),
                alt.Tooltip("total_gross_usd:Q", title="Total gross, US$", format=",d"),
            ],
        )
    )
    axis = alt.Axis(format=".0%", orient="top", title="Gross of the #1 release / total gross, US and Canada")
    share = alt.X("top_release_share:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)
    bar = base.mark_bar(color=SERIES, opacity=0.75, height={"band": 0.62}).encode(share)
    equal = base.mark_tick(color=LOWER, thickness=2, size=15, opacity=1).encode(alt.X("equal_share:Q"))
    title = base.mark_text(align="left", dx=6, limit=330, color=QUIET, fontSize=11).encode(share, text="beside:N")
    return specification(layered(bar, equal, title), height=_ROW)


@cache
def coverage() -> Specification:
    """How many of a brand's releases the filmography stands for, with the line at one film for each release."""
    base = (
        alt.Chart(alt.NamedData(BRANDS))
        .transform_filter("isValid(datum.coverage)")
        .transform_calculate(counts="datum.films + ' of ' + datum.releases")
        .encode(
            y=alt.Y(
                "brand:N",
                sort=alt.EncodingSortField(field="coverage", op="min", order="descending"),
                title=None,
                axis=alt.Axis(grid=False),
            ),
            tooltip=[
                alt.Tooltip("brand:N", title="Brand"),
                alt.Tooltip("films:Q", title="Films that count", format=",d"),
                alt.Tooltip("releases:Q", title="Releases in the brand file", format=",d"),
                alt.Tooltip("coverage:Q", title="Coverage", format=".0%"),
            ],
        )
    )
    axis = alt.Axis(format=".0%", orient="top", title="Films that count for the brand / releases in the brand file")
    bar = base.mark_bar(opacity=0.75, height={"band": 0.62}).encode(
        alt.X("coverage:Q", scale=alt.Scale(domainMin=0), axis=axis),
        color=alt.condition("datum.coverage_exceeded", alt.value(LOWER), alt.value(SERIES)),
    )
    counts = base.mark_text(align="left", dx=6, color=QUIET, fontSize=11).encode(alt.X("coverage:Q"), text="counts:N")
    one = alt.Chart(alt.InlineData([{}])).mark_rule(color=INK, strokeDash=[3, 3]).encode(x=alt.datum(1))
    return specification(layered(bar, counts, one), height=_ROW)


@cache
def verdicts() -> Specification:
    """Which brand's films are rated above which other's, for all pairs with an interval, in order of rank."""
    order = alt.EncodingSortField(field="order", op="min", order="ascending")
    other_order = alt.EncodingSortField(field="other_order", op="min", order="ascending")
    axis = alt.Axis(labelFontSize=10, title=None, grid=False, domain=False, ticks=False)
    cell = (
        alt.Chart(alt.NamedData(PAIRS))
        .transform_filter("isValid(datum.rating_verdict)")
        .mark_rect(stroke=PAPER, strokeWidth=1)
        .encode(
            x=alt.X("other_brand:N", sort=other_order, axis=axis.copy(deep=False), scale=alt.Scale(padding=0)),
            y=alt.Y("brand:N", sort=order, axis=axis, scale=alt.Scale(padding=0)),
            color=alt.Color(
                "rating_verdict:N",
                scale=alt.Scale(domain=["higher", "undecided", "lower"], range=[SERIES, BLANK, LOWER]),
                legend=alt.Legend(title="The row's films are rated", orient="top", symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("brand:N", title="Brand"),
                alt.Tooltip("other_brand:N", title="Other brand"),
                alt.Tooltip("rating_difference:Q", title="Difference of mean ratings", format="+.2f"),
                alt.Tooltip("rating_low:Q", title="95% interval from", format="+.2f"),
                alt.Tooltip("rating_high:Q", title="to", format="+.2f"),
                alt.Tooltip("rated_films:Q", title="Rated films", format=",d"),
                alt.Tooltip("other_rated_films:Q", title="Rated films of the other", format=",d"),
                alt.Tooltip("shared_films:Q", title="Shared films, left out", format=",d"),
            ],
        )
    )
    return specification(cell, height=_CELL)
