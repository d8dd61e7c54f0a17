"""The dashboard Pipeline: whether the platform runs, what it ran, and what it asks of TMDB."""

from __future__ import annotations

from typing import Any

from panels import Lines, Rows, Stat, dashboard_of

FAILED = (
    'count((movie_assets_job_last_run_timestamp_seconds{status="FAILURE"}'
    ' > ignoring(status) movie_assets_job_last_run_timestamp_seconds{status="SUCCESS"})'
    ' or (movie_assets_job_last_run_timestamp_seconds{status="FAILURE"}'
    ' unless ignoring(status) movie_assets_job_last_run_timestamp_seconds{status="SUCCESS"})) or vector(0)'
)


def pipeline() -> Any:
    """The dashboard."""
    return dashboard_of(
        "movie-assets-pipeline",
        "Movie Assets: Pipeline",
        "Whether the platform runs, what it ran, and what it asks of TMDB.",
        {
            "Now": [
                (
                    Stat(
                        "Daemon's last sign of life",
                        "It gives one every half minute; sensors and schedules stop with it.",
                        "time() - max(movie_assets_daemon_heartbeat_timestamp_seconds)",
                        unit="s",
                        warn=60,
                        bad=120,
                        decimals=0,
                    ),
                    4,
                    4,
                ),
                (
                    Stat(
                        "Since the last refresh",
                        "Age of the newest successful run of any refresh.",
                        "time() - max(movie_assets_job_last_run_timestamp_seconds"
                        '{job_name=~"refresh.*", status="SUCCESS"})',
                        unit="s",
                        warn=26 * 3600,
                        bad=50 * 3600,
                    ),
                    4,
                    4,
                ),
                (
                    Stat(
                        "Jobs whose newest run failed",
                        "No run of them has succeeded since.",
                        FAILED,
                        bad=1,
                        decimals=0,
                    ),
                    4,
                    4,
                ),
                (
                    Stat(
                        "Runs in progress",
                        "Queued, starting, started or being canceled.",
                        "sum(movie_assets_runs_in_progress)",
                        decimals=0,
                    ),
                    4,
                    4,
                ),
                (
                    Stat(
                        "Disk free",
                        "Of the file system that holds MOVIE_ASSETS_HOME.",
                        "movie_assets_home_free_bytes / movie_assets_home_size_bytes",
                        unit="percentunit",
                        warn=0.2,
                        bad=0.1,
                        low=True,
                    ),
                    4,
                    4,
                ),
                (
                    Stat("Version", "Of the platform.", "movie_assets_build_info", text="{{version}}"),
                    4,
                    4,
                ),
            ],
            "Runs": [
                (
                    Lines(
                        "Runs that are remembered",
                        "By their present status; housekeeping forgets old ones, so that lines may fall.",
                        {"{{status}}": "sum by (status) (movie_assets_runs) > 0"},
                        stacked=True,
                    ),
                    8,
                    8,
                ),
                (
                    Lines(
                        "Duration of the newest run",
                        "By job and outcome.",
                        {"{{job_name}} {{status}}": "movie_assets_job_last_run_duration_seconds"},
                        unit="s",
                    ),
                    8,
                    8,
                ),
                (
                    Lines(
                        "Duration that 95% of runs stay under",
                        "Of the successful runs that are remembered.",
                        {
                            "{{job_name}}": "histogram_quantile(0.95, sum by (le, job_name)"
                            ' (movie_assets_run_duration_seconds_bucket{status="SUCCESS"}))'
                        },
                        unit="s",
                    ),
                    8,
                    8,
                ),
                (
                    Rows(
                        "Newest run of each job",
                        "How long ago it ended, by outcome.",
                        "time() - movie_assets_job_last_run_timestamp_seconds",
                        {"job_name": "Job", "status": "Outcome"},
                        "Ended before",
                        unit="s",
                    ),
                    12,
                    8,
                ),
                (
                    Lines(
                        "Age of the oldest run in progress",
                        "A refresh takes seconds to minutes, one of TMDB's whole catalogue hours.",
                        {"{{job_name}}": "time() - movie_assets_runs_in_progress_oldest_start_timestamp_seconds"},
                        unit="s",
                    ),
                    12,
                    8,
                ),
            ],
            "Automation": [
                (
                    Rows(
                        "Newest tick of each sensor and schedule",
                        "How long ago it began, by outcome.",
                        "time() - movie_assets_last_tick_timestamp_seconds",
                        {"name": "Name", "type": "Type", "status": "Outcome"},
                        "Began before",
                        unit="s",
                    ),
                    12,
                    9,
                ),
                (
                    Lines(
                        "Ticks that are remembered",
                        "By outcome; skipped ones are forgotten after a day.",
                        {"{{name}} {{status}}": "sum by (name, status) (movie_assets_ticks) > 0"},
                    ),
                    6,
                    9,
                ),
                (
                    Lines(
                        "Signs of life",
                        "Of each part of Dagster's daemon.",
                        {"{{daemon}}": "time() - movie_assets_daemon_heartbeat_timestamp_seconds"},
                        unit="s",
                    ),
                    6,
                    9,
                ),
            ],
            "TMDB": [
                (
                    Lines(
                        "Requests",
                        "Made by ingestions within the last hour; repeated ones and those refused with 429.",
                        {
                            "requests": "increase(movie_assets_tmdb_requests_total[1h])",
                            "retries": "increase(movie_assets_tmdb_retries_total[1h])",
                            "429": "increase(movie_assets_tmdb_rate_limited_total[1h])",
                        },
                    ),
                    12,
                    7,
                ),
                (
                    Stat(
                        "Since the last ingestion",
                        "Empty where films come from a file.",
                        "time() - movie_assets_tmdb_last_ingestion_timestamp_seconds",
                        unit="s",
                    ),
                    4,
                    7,
                ),
                (
                    Stat(
                        "Its problems",
                        "What a person should look at; movies.tmdb_ingestions has them in words.",
                        "movie_assets_tmdb_last_ingestion_problems",
                        warn=1,
                        bad=10,
                    ),
                    4,
                    7,
                ),
                (
                    Rows(
                        "Ingestions",
                        "By how far they came.",
                        "movie_assets_tmdb_ingestions",
                        {"phase": "Phase"},
                        "Ingestions",
                    ),
                    4,
                    7,
                ),
            ],
            "Metrics": [
                (
                    Lines(
                        "How long reading the metrics takes",
                        "By part; the counts of tables are read once a minute.",
                        {"{{collector}}": "movie_assets_collector_duration_seconds"},
                        unit="s",
                    ),
                    12,
                    7,
                ),
                (
                    Rows(
                        "What can be read",
                        "1: yes, 0: no; the log of `movie-assets metrics` says why not.",
                        "movie_assets_collector_success",
                        {"collector": "Part"},
                        "Can be read",
                    ),
                    6,
                    7,
                ),
                (
                    Rows("What can be scraped", "1: yes, 0: no.", "up", {"job": "Job", "instance": "Target"}, "Up"),
                    6,
                    7,
                ),
            ],
        },
    )
