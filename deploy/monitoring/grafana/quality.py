"""The dashboard Data freshness and quality: how old the tables are, what checks say, and how much there is."""

from __future__ import annotations

from typing import Any

from panels import Lines, Rows, Stat, dashboard_of

AGE = "time() - movie_assets_asset_last_materialization_timestamp_seconds"


def quality() -> Any:
    """The dashboard."""
    return dashboard_of(
        "movie-assets-quality",
        "Movie Assets: Data freshness and quality",
        "How old the published tables are against their policies, what their checks say, and how much is in them.",
        {
            "Now": [
                (
                    Stat(
                        "Tables overdue",
                        "Older than their policy's failure.",
                        f"count({AGE} > on(asset) group_left() "
                        'movie_assets_asset_freshness_limit_seconds{level="fail"}) or vector(0)',
                        bad=1,
                    ),
                    4,
                    4,
                ),
                (
                    Stat(
                        "Tables late",
                        "Older than their policy's warning.",
                        "count(movie_assets_asset_freshness_lag_seconds > 0) or vector(0)",
                        warn=1,
                        bad=5,
                    ),
                    4,
                    4,
                ),
                (
                    Stat(
                        "Failing checks",
                        "A number is wrong.",
                        'count(movie_assets_check_passed{severity="ERROR"} == 0) or vector(0)',
                        bad=1,
                    ),
                    4,
                    4,
                ),
                (
                    Stat(
                        "Warning checks",
                        "The data can be used, and a person should look.",
                        'count(movie_assets_check_passed{severity="WARN"} == 0) or vector(0)',
                        warn=1,
                        bad=5,
                    ),
                    4,
                    4,
                ),
                (
                    Stat(
                        "Brands matched",
                        "Brands whose #1 release was found, of all.",
                        'sum(movie_assets_brand_matches{status="matched"}) / sum(movie_assets_brand_matches)',
                        unit="percentunit",
                        warn=0.9,
                        bad=0.8,
                        low=True,
                    ),
                    4,
                    4,
                ),
                (
                    Stat(
                        "Lines rejected",
                        "Of the brand file, at its last reading.",
                        'sum(movie_assets_brand_file_lines{result="rejected"})',
                        warn=1,
                        bad=10,
                    ),
                    4,
                    4,
                ),
            ],
            "Freshness": [
                (
                    Rows(
                        "Age of each table",
                        "As a share of the age at which it is overdue.",
                        f"sort_desc(({AGE}) / on(asset) group_left() "
                        'movie_assets_asset_freshness_limit_seconds{level="fail"})',
                        {"asset": "Table"},
                        "Of its limit",
                        unit="percentunit",
                    ),
                    12,
                    10,
                ),
                (
                    Lines("Age", "Since the last materialization.", {"{{asset}}": AGE}, unit="s"),
                    12,
                    10,
                ),
            ],
            "Checks": [
                (
                    Rows(
                        "Checks that do not pass",
                        "The newest result of each; the UI has the rows that violate it.",
                        "movie_assets_check_passed == 0",
                        {"asset": "Table", "check": "Check", "severity": "Severity", "blocking": "Blocks"},
                        "Passed",
                    ),
                    12,
                    9,
                ),
                (
                    Lines(
                        "Checks",
                        "By severity: passed and not.",
                        {
                            "{{severity}} passed": "sum by (severity) (movie_assets_check_passed)",
                            "{{severity}} not passed": "count by (severity) (movie_assets_check_passed)"
                            " - sum by (severity) (movie_assets_check_passed)",
                        },
                    ),
                    12,
                    9,
                ),
            ],
            "Contents": [
                (
                    Lines("Rows", "Of each published table.", {"{{table}}": "movie_assets_table_rows"}),
                    12,
                    9,
                ),
                (
                    Lines(
                        "Brands",
                        "By what became of their #1 release.",
                        {"{{status}}": "movie_assets_brand_matches"},
                        stacked=True,
                    ),
                    6,
                    9,
                ),
                (
                    Lines(
                        "Brand file", "Lines by what became of them.", {"{{result}}": "movie_assets_brand_file_lines"}
                    ),
                    6,
                    9,
                ),
            ],
        },
    )
