"""What the terminal shows of the warehouse: brands after a refresh, tables in a status."""

from __future__ import annotations

from rich import box
from rich.table import Table as RichTable

from movie_assets.commands.telling import plain
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.tables import metadata

_BRANDS = """
SELECT
    s.brand, s.total_gross_usd, s.releases, s.top_release, s.match_status, m.release_year, s.vote_average_mean,
    s.vote_count_sum, s.top_release_share
FROM movies.brand_stats AS s
LEFT JOIN movies.brand_film_matches AS m ON s.brand = m.brand
WHERE s.scope = 'top_release'
ORDER BY s.total_gross_usd DESC, s.brand
"""
_STATUS_STYLE = {"matched": "green", "review": "yellow", "unmatched": "red"}
_WIDE = 110
"""Below this width the brands' table leaves out what fits least."""


def brands_table(database: Database, width: int | None = None) -> RichTable:
    """Every brand with its #1 release, the film behind it and that film's ratings.

    For a terminal of `width`; without one, as wide as its content.
    """
    rows = database.rows(_BRANDS)
    matched = sum(row["match_status"] == "matched" for row in rows)
    table = RichTable(
        title="Brands and the film behind each #1 release",
        caption=f"{matched} of {len(rows)} brands matched. Gross: US and Canada, nominal. "
        "Rating and votes: the #1 release alone.",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        caption_justify="left",
    )
    wide = width is None or width >= _WIDE
    numbers = {"Total, US$ m": 12, "Releases": 8, "Share": 5} if wide else {}
    decision = {"Match": 9, "Year": 4, "Rating": 6, "Votes": 6}
    # What the fixed columns and the gaps leave is shared by brand and title.
    gaps = 3 * (len(numbers) + len(decision) + 2)
    left = None if width is None else max(width - sum(numbers.values()) - sum(decision.values()) - gaps, 24)
    table.add_column("Brand", no_wrap=True, max_width=left and left * 2 // 5)
    table.add_column("#1 release", no_wrap=True, max_width=left and left - left * 2 // 5)
    for heading, fixed in {**numbers, **decision}.items():
        table.add_column(heading, justify="left" if heading == "Match" else "right", no_wrap=True, min_width=fixed)
    for row in rows:
        status = str(row["match_status"])
        figures = (
            f"{row['total_gross_usd'] / 1e6:,.0f}",
            str(row["releases"]),
            _text(row["top_release_share"], ".0%"),
        )
        table.add_row(
            plain(str(row["brand"])),
            plain(str(row["top_release"])),
            *(figures if wide else ()),
            f"[{_STATUS_STYLE[status]}]{status}[/]",
            _text(row["release_year"], "d"),
            _text(row["vote_average_mean"], ".1f"),
            _text(row["vote_count_sum"], ",d"),
        )
    return table


def tables_overview(database: Database) -> RichTable:
    """Every declared table with its number of rows; a dash where it was never published."""
    table = RichTable(title="Published tables", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Table")
    table.add_column("Rows", justify="right", no_wrap=True)
    for declared in metadata.sorted_tables:
        exists = database.scalar("SELECT to_regclass(:name)", name=declared.fullname) is not None
        rows = database.scalar(f"SELECT count(*) FROM {declared.fullname}") if exists else None
        table.add_row(declared.fullname, _text(rows, ",d"))
    return table


def _text(value: object, format_: str) -> str:
    return "-" if value is None else format(value, format_)
