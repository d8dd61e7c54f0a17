"""What must be true of raw_brands and raw_brands_rejected."""

from __future__ import annotations

from movie_assets.checks.build import table_checks
from movie_assets.checks.rules import error, warning

raw_brands_checks = table_checks(
    "raw_brands",
    [
        error(
            "file_has_brands",
            "At least one brand was read.",
            "SELECT 'raw_brands is empty' AS problem WHERE NOT EXISTS (SELECT FROM movies.raw_brands)",
            why="statistics over no brands would replace good ones.",
            blocking=True,
        ),
        warning(
            "brands_are_distinct",
            "No brand is named on two lines.",
            "SELECT brand, count(*) AS lines, min(source_line) AS first_line FROM movies.raw_brands"
            " GROUP BY brand HAVING count(*) > 1 ORDER BY brand",
            why="the first line is used and the others are kept here; a person decides which one is right.",
        ),
        warning(
            "total_covers_top_release",
            "The total is at least the gross of the #1 release.",
            "SELECT source_line, brand, total_gross_usd, top_release_gross_usd FROM movies.raw_brands"
            " WHERE total_gross_usd < top_release_gross_usd ORDER BY source_line",
            why="the file contradicts itself; the share of the top release is left unknown for the brand.",
        ),
        warning(
            "brands_have_releases",
            "Every brand has at least one release.",
            "SELECT source_line, brand FROM movies.raw_brands WHERE releases = 0 ORDER BY source_line",
            why="a brand with a gross but no release is doubtful; gross per release is left unknown for it.",
        ),
    ],
    waited_for=True,
)

raw_brands_rejected_checks = table_checks(
    "raw_brands_rejected",
    [
        warning(
            "every_line_was_read",
            "No line of the brand file was rejected.",
            "SELECT source_line, array_to_string(reasons, '; ') AS reasons FROM movies.raw_brands_rejected"
            " ORDER BY source_line",
            why="the accepted brands are right, but the rejected ones are missing from every table.",
        ),
        error(
            "no_line_is_both",
            "A line is either accepted or rejected.",
            "SELECT r.source_line FROM movies.raw_brands_rejected AS r"
            " INNER JOIN movies.raw_brands AS b ON b.source_line = r.source_line"
            " AND b.source_sha256 = r.source_sha256",
            why="the reader would contradict itself.",
        ),
    ],
)
