"""Popularity against rating: which brands are drawn, which of them are named, and the chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Literal

import altair as alt

from movie_assets.report.contents import Row
from movie_assets.report.drawing import BRANDS, Specification, layered, specification
from movie_assets.report.theme import INK, OTHER, QUIET, SERIES

Scope = Literal["filmography", "top_release"]

_COLUMNS: dict[Scope, tuple[str, str]] = {
    "filmography": ("popularity", "rating"),
    "top_release": ("top_release_popularity", "top_release_rating"),
}

_WIDTH, _HEIGHT = 900, 600
"""The plot in pixels; on narrow pages it is less wide, and names may touch."""
_LETTER, _LINE = 6.3, 14
"""About the width of a letter and the height of a name, in pixels."""


def scope_of(rows: Sequence[Row]) -> Scope | None:
    """The scope to draw: the films of brands where rating and popularity are known of any, else the #1 releases."""
    return next((scope for scope in _COLUMNS if placed(rows, scope)), None)


def placed(rows: Iterable[Row], scope: Scope) -> list[Row]:
    """The brands with a place in the chart: those of which both figures are known."""
    return [row for row in rows if all(row[name] is not None for name in _COLUMNS[scope])]


def named(rows: Sequence[Row], scope: Scope) -> set[str]:
    """The brands whose names can stand beside their dots without covering each other; earlier rows go first."""
    x, y = _COLUMNS[scope]
    drawn = placed(rows, scope)
    ratings = [row[y] for row in drawn]
    span = max(ratings, default=0) - min(ratings, default=0) or 1
    taken: list[tuple[float, float, float]] = []
    names = set()
    for row in drawn:
        left, middle = row[x] * _WIDTH, row[y] / span * _HEIGHT
        right = left + len(row["brand"]) * _LETTER
        if all(abs(middle - m) > _LINE or right < le or left > ri for le, ri, m in taken):
            taken.append((left, right, middle))
            names.add(row["brand"])
    return names


@cache
def popularity_against_rating(scope: Scope) -> Specification:
    """Each brand by the popularity (x) and the rating (y) of its films, or of its #1 release alone.

    Of films of brands also the 95% intervals and, as the dot's area, the number of rated films; brands that are too
    small for an interval are grey.
    """
    whole = scope == "filmography"
    x, y = _COLUMNS[scope]
    of_what = "of the brand's films" if whole else "of the #1 release"
    popularity, rating = (
        f"Mean {text}" if whole else f"{text[0].upper()}{text[1:]}"
        for text in (f"popularity percentile {of_what} (TMDB)", f"user rating {of_what} (TMDB, 0 to 10)")
    )
    base = alt.Chart(alt.NamedData(BRANDS)).transform_filter(f"isValid(datum.{x}) && isValid(datum.{y})")
    x_scale, y_scale = alt.Scale(domain=[0, 1]), alt.Scale(zero=False, nice=True)
    across = alt.X(f"{x}:Q", scale=x_scale, axis=alt.Axis(format=".0%", tickCount=6, title=popularity))
    upward = alt.Y(f"{y}:Q", scale=y_scale, axis=alt.Axis(format=".1f", tickCount=10, title=rating))
    tooltip = [
        alt.Tooltip("brand:N", title="Brand"),
        alt.Tooltip(f"{y}:Q", title="Rating", format=".2f"),
        alt.Tooltip(f"{x}:Q", title="Popularity percentile", format=".0%"),
    ]
    dots = base.mark_point(filled=True, opacity=0.85, color=SERIES, size=70)
    names = (
        base.transform_filter("datum.named")
        .mark_text(align="left", dx=8, dy=-7, fontSize=11, color=INK)
        .encode(across, upward, text="brand:N")
    )
    if not whole:
        tooltip.append(alt.Tooltip("top_release:N", title="#1 release"))
        return specification(layered(dots.encode(across, upward, tooltip=tooltip), names), height=_HEIGHT)
    tooltip += [
        alt.Tooltip("rated_films:Q", title="Rated films (n)", format=",d"),
        alt.Tooltip("popularity_films:Q", title="Films of known popularity (n)", format=",d"),
    ]
    dots = dots.encode(
        across,
        upward,
        tooltip=tooltip,
        size=alt.Size(
            "rated_films:Q",
            scale=alt.Scale(type="sqrt", range=[25, 420]),
            legend=alt.Legend(
                title="Rated films", orient="top", symbolFillColor=QUIET, symbolStrokeWidth=0, tickCount=3, format=",d"
            ),
        ),
        color=alt.condition("isValid(datum.rating_low)", alt.value(SERIES), alt.value(OTHER)),
    )
    lines = base.transform_filter("isValid(datum.rating_low) && isValid(datum.popularity_low)").mark_rule(
        color=SERIES, opacity=0.35
    )
    intervals = (
        lines.encode(alt.X("popularity_low:Q", scale=x_scale), upward, x2="popularity_high:Q"),
        lines.encode(across, alt.Y("rating_low:Q", scale=y_scale), y2="rating_high:Q"),
    )
    return specification(layered(*intervals, dots, names), height=_HEIGHT)
