"""The leading brands as Markdown: what Dagster's UI shows beside a materialization."""

from __future__ import annotations

import re

from movie_assets.report.contents import Contents, Row, read_contents
from movie_assets.warehouse.database import Database

LEADING = 8

_TIED = "\N{NO-BREAK SPACE}"
"""Between the parts of an interval: the UI has little room for a table and would break them apart."""

_SPECIAL = re.compile(r"([!-/:-@\[-`{-~])")


def preview_markdown(database: Database) -> str:
    """A table of the brands whose films are rated best, with interval, rank and coverage.

    Without ranked brands it is one of the #1 releases' ratings. Raises MovieAssetsError as `read_contents` does.
    """
    return preview(read_contents(database))


def preview(contents: Contents) -> str:
    """The same from contents that were read before."""
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    if contents.ranked:
        head = ("Rank (95%)", "Brand", "Mean rating", "95% interval", "Rated films", "Coverage")
        rows = [_ranked(row) for row in contents.ranked[:LEADING]]
        scope = f"{len(contents.ranked)} of {len(contents.brands)} brands are ranked, by all their films."
    else:
        head = ("Brand", "#1 release", "Its rating")
        rated = [row for row in contents.brands if row["top_release_rating"] is not None]
        leading = sorted(rated, key=lambda row: (-row["top_release_rating"], row["brand"]))[:LEADING]
        rows = [(_plain(r["brand"]), _plain(r["top_release"]), f"{r['top_release_rating']:.1f}") for r in leading]
        scope = f"No brand is ranked; #1 releases of {len(contents.brands)} brands, n = 1 film each."
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + f"\n\n{scope}\n"


def _ranked(row: Row) -> tuple[str, ...]:
    coverage = "unknown" if row["coverage"] is None else f"{row['coverage']:.0%}"
    return (
        f"{row['rating_rank']}{_TIED}({row['rating_rank_low']}{_TIED}to{_TIED}{row['rating_rank_high']})",
        _plain(row["brand"]),
        f"{row['rating']:.2f}",
        f"{row['rating_low']:.2f}{_TIED}to{_TIED}{row['rating_high']:.2f}",
        str(row["rated_films"]),
        coverage,
    )


def _plain(text: str) -> str:
    """Markdown that shows the text as it is: no link, no markup, one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
