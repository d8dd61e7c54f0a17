"""What the terminal shows of the warehouse: brands after a refresh, tables in a status."""

from __future__ import annotations

from rich.table import Table as RichTable

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.tables import metadata

_BRANDS = """
SELECT
    s.brand, s.total_gross_usd, s.releases, s.top_release, s.match_status, m.title, m.release_year,
    s.vote_average_mean, s.vote_count_sum, s.top_release_share
FROM movies.brand_stats AS s
LEFT JOIN movies.brand_film_matches AS m ON s.brand = m.brand
WHERE s.scope = 'top_release'
ORDER BY s.total_gross_usd DESC, s.brand
"""
_STATUS_STYLE = {"matched": "green", "review": "yellow", "unmatched": "red"}


def brands_table(database: Database) -> RichTable:
    """Every brand with its #1 release, the film behind it and that film's ratings."""
    table = RichTable(title="Brands and the film behind each #1 release", caption_justify="left", header_style="bold")
    for heading, justify in (
        ("Brand", "left"),
        ("Total US$ m", "right"),
        ("Releases", "right"),
        ("#1 release", "left"),
        ("Match", "left"),
        ("Year", "right"),
        ("Rating", "right"),
        ("Votes", "right"),
        ("Share", "right"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    rows = database.rows(_BRANDS)
    for row in rows:
        status = str(row["match_status"])
        table.add_row(
            str(row["brand"]),
            f"{int(str(row['total_gross_usd'])) / 1e6:,.0f}",
            str(row["releases"]),
            str(row["top_release"]),
            f"[{_STATUS_STYLE[status]}]{status}[/]",
            _text(row["release_year"], "d"),
            _text(row["vote_average_mean"], ".1f"),
            _text(row["vote_count_sum"], ",d"),
            _text(row["top_release_share"], ".0%"),
        )
    matched = sum(row["match_status"] == "matched" for row in rows)
    table.caption = f"{matched} of {len(rows)} brands matched. Gross: US and Canada, nominal. Rating and votes: the #1 release alone."
    return table


def tables_overview(database: Database) -> RichTable:
    """Every declared table with its number of rows; a dash where it was never published."""
    table = RichTable(title="Published tables", header_style="bold")
    table.add_column("Table")
    table.add_column("Rows", justify="right")
    for declared in metadata.sorted_tables:
        exists = database.scalar("SELECT to_regclass(:name)", name=declared.fullname) is not None
        rows = database.scalar(f"SELECT count(*) FROM {declared.fullname}") if exists else None  # noqa: S608 - declared names
        table.add_row(declared.fullname, _text(rows, ",d"))
    return table


def _text(value: object, format_: str) -> str:
    return "-" if value is None else format(value, format_)
