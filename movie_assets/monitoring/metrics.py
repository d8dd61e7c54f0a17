"""Every metric, declared once: from here come the answers to Prometheus, and the table in docs/monitoring.md.

Names follow https://prometheus.io/docs/practices/naming: seconds and bytes, `_total` for what only grows,
`_timestamp_seconds` for instants, whose age is `time() - x`. The values of every label come from the definitions or
from a fixed list, so that there are never more series than the platform has parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from prometheus_client.core import CounterMetricFamily, GaugeHistogramMetricFamily, GaugeMetricFamily, Metric

PREFIX = "movie_assets_"


@dataclass(frozen=True)
class Declared:
    """A metric: its full name, its type, what it says, and its labels."""

    name: str
    kind: Literal["gauge", "counter", "gaugehistogram"]
    help: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """One value of a metric; `labels` are in the order of its declaration."""

    metric: Declared
    labels: tuple[str, ...]
    value: float


@dataclass(frozen=True)
class Distribution:
    """Observations of a histogram: how many are at most as large as each bound, and their sum."""

    metric: Declared
    labels: tuple[str, ...]
    buckets: tuple[tuple[str, float], ...]
    total: float


Told = Sample | Distribution

_ALL: list[Declared] = []


def _declare(
    name: str, help_: str, *labels: str, kind: Literal["gauge", "counter", "gaugehistogram"] = "gauge"
) -> Declared:
    metric = Declared(PREFIX + name, kind, help_, labels)
    _ALL.append(metric)
    return metric


BUILD_INFO = _declare("build_info", "The versions that answer; always 1.", "version", "dagster", "python")
HOME_SIZE = _declare("home_size_bytes", "Size of the file system that holds MOVIE_ASSETS_HOME.")
HOME_FREE = _declare("home_free_bytes", "Bytes free for the platform on the file system that holds MOVIE_ASSETS_HOME.")

LAST_BACKUP = _declare(
    "backup_last_timestamp_seconds", "When the newest whole backup of MOVIE_ASSETS_BACKUP_DIRECTORY was begun."
)

DATABASE_UP = _declare("database_up", "Whether the database answered: 1, or 0.", "database")
DATABASE_INFO = _declare(
    "database_info", "The server of the database, embedded or external; always 1.", "database", "server", "version"
)
DATABASE_SIZE = _declare("database_size_bytes", "Size of the database on disk.", "database")
COLLECTOR_SUCCESS = _declare(
    "collector_success", "Whether this part of the metrics could be read: 1, or 0.", "collector"
)
COLLECTOR_SECONDS = _declare("collector_duration_seconds", "How long reading this part took.", "collector")

RUNS = _declare("runs", "Runs that Dagster remembers, by their present status.", "job_name", "status")
RUN_SECONDS = _declare(
    "run_duration_seconds",
    "How long the finished runs took that Dagster remembers, from their start to their end.",
    "job_name",
    "status",
    kind="gaugehistogram",
)
LAST_RUN = _declare(
    "job_last_run_timestamp_seconds", "When the newest run with this outcome ended.", "job_name", "status"
)
LAST_RUN_SECONDS = _declare("job_last_run_duration_seconds", "How long that run took.", "job_name", "status")
RUNS_IN_PROGRESS = _declare(
    "runs_in_progress", "Runs that are queued, starting, started or being canceled.", "job_name"
)
OLDEST_IN_PROGRESS = _declare(
    "runs_in_progress_oldest_start_timestamp_seconds", "When the oldest run in progress started.", "job_name"
)

LAST_MATERIALIZATION = _declare(
    "asset_last_materialization_timestamp_seconds", "When the asset was last materialized.", "asset"
)
FRESHNESS_LIMIT = _declare(
    "asset_freshness_limit_seconds",
    "How old the asset may become by its freshness policy before it is late (warn) or overdue (fail).",
    "asset",
    "level",
)
FRESHNESS_LAG = _declare(
    "asset_freshness_lag_seconds",
    "For how long the asset has been older than its policy's warning; 0 if it is not.",
    "asset",
)

CHECK_PASSED = _declare(
    "check_passed",
    "Whether the newest result of the check is a pass: 1, or 0.",
    "asset",
    "check",
    "severity",
    "blocking",
)

TABLE_ROWS = _declare("table_rows", "Rows of the published table.", "table")
BRAND_MATCHES = _declare("brand_matches", "Brands by what became of their #1 release.", "status")
BRAND_FILE_LINES = _declare("brand_file_lines", "Lines of the brand file as it was last read.", "result")

TMDB_REQUESTS = _declare(
    "tmdb_requests_total", "Requests that ingestions made to TMDB, repeated ones included.", kind="counter"
)
TMDB_RETRIES = _declare("tmdb_retries_total", "Requests to TMDB that repeated one that had failed.", kind="counter")
TMDB_LIMITED = _declare(
    "tmdb_rate_limited_total", "Requests that TMDB refused for coming too fast (HTTP 429).", kind="counter"
)
TMDB_INGESTIONS = _declare("tmdb_ingestions", "Ingestions from TMDB by how far they came.", "phase")
TMDB_LAST_INGESTION = _declare(
    "tmdb_last_ingestion_timestamp_seconds", "When the newest ingestion from TMDB that came to its end did so."
)
TMDB_LAST_PROBLEMS = _declare("tmdb_last_ingestion_problems", "What a person should look at in that ingestion.")

TICKS = _declare("ticks", "Ticks of sensors and schedules that Dagster remembers.", "name", "type", "status")
LAST_TICK = _declare(
    "last_tick_timestamp_seconds", "When the newest tick with this outcome began.", "name", "type", "status"
)
HEARTBEAT = _declare(
    "daemon_heartbeat_timestamp_seconds", "When this part of Dagster's daemon last gave a sign of life.", "daemon"
)

METRICS: tuple[Declared, ...] = tuple(_ALL)
"""Every metric, in the order in which they are answered."""


def families(told: Iterable[Told]) -> Iterator[Metric]:
    """What is told, metric by metric; a metric of which nothing is told is left out."""
    found: dict[str, list[Told]] = {}
    for one in told:
        found.setdefault(one.metric.name, []).append(one)
    for metric in METRICS:
        if metric.name in found:
            yield _family(metric, found[metric.name])


def _family(metric: Declared, told: Iterable[Told]) -> Metric:
    if metric.kind == "gaugehistogram":
        histogram = GaugeHistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
        for one in told:
            if isinstance(one, Distribution):
                histogram.add_metric(one.labels, list(one.buckets), one.total)
        return histogram
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = kind(metric.name, metric.help, labels=metric.labels)
    for one in told:
        if isinstance(one, Sample):
            family.add_metric(one.labels, one.value)
    return family
