"""What Dagster's database tells: runs, materializations, check results, ticks, heartbeats.

Read from its tables. Dagster's own interface would ask a hundred times what these statements ask once, would retry for
seconds while PostgreSQL is down, and would start the embedded server. A test compares the answers with those of
Dagster's interface, so that a version with other tables is noticed.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, text

from movie_assets.monitoring import metrics as m
from movie_assets.monitoring.catalogue import OTHER, Catalogue
from movie_assets.monitoring.metrics import Distribution, Sample, Told

BOUNDS: Final = (1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""Bounds of the histogram of runs, in seconds: a refresh takes seconds, one of the whole catalogue hours."""

STATUSES: Final = (
    *("QUEUED", "NOT_STARTED", "MANAGED", "STARTING", "STARTED", "SUSPENDED"),
    *("SUCCESS", "FAILURE", "CANCELING", "CANCELED"),
)
IN_PROGRESS: Final = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING")
FINISHED: Final = ("SUCCESS", "FAILURE", "CANCELED")
TICK_STATUSES: Final = ("STARTED", "SKIPPED", "SUCCESS", "FAILURE")

_RUNS = """
SELECT coalesce(j.name, :other) AS job, r.status, count(*)::int AS runs,
    min(coalesce(r.start_time, extract(epoch FROM r.create_timestamp)::float8)) AS oldest_start
FROM runs AS r LEFT JOIN unnest(CAST(:jobs AS text[])) AS j (name) ON r.pipeline_name = j.name
GROUP BY 1, 2
"""
_DURATIONS = """
SELECT coalesce(j.name, :other) AS job, r.status, sum(r.end_time - r.start_time)::float8 AS seconds,
    array_agg(r.end_time - r.start_time) AS durations
FROM runs AS r LEFT JOIN unnest(CAST(:jobs AS text[])) AS j (name) ON r.pipeline_name = j.name
WHERE r.status = ANY(:finished) AND r.end_time >= r.start_time
GROUP BY 1, 2
"""
_LAST_RUNS = """
SELECT DISTINCT ON (1, 2) coalesce(j.name, :other) AS job, r.status, r.end_time, r.start_time
FROM runs AS r LEFT JOIN unnest(CAST(:jobs AS text[])) AS j (name) ON r.pipeline_name = j.name
WHERE r.status = ANY(:finished) AND r.end_time IS NOT NULL
ORDER BY 1, 2, r.end_time DESC
"""
# The column last_materialization_timestamp moves with runs that only planned to materialize the asset.
_MATERIALIZATIONS = """
SELECT asset_key::json ->> 0 AS asset,
    (last_materialization::json #>> '{event_log_entry,timestamp}')::float8 AS at
FROM asset_keys WHERE last_materialization IS NOT NULL AND json_array_length(asset_key::json) = 1
"""
# One look for each check, from the newest result back: the table keeps those of every run.
_CHECKS = """
SELECT d.asset, d.check_name, e.execution_status = 'SUCCEEDED' AS passed,
    split_part(e.evaluation_event::json #>> '{dagster_event,event_specific_data,severity,__enum__}', '.', 2) AS severity
FROM unnest(CAST(:assets AS text[]), CAST(:checks AS text[])) AS d (asset, check_name)
CROSS JOIN LATERAL (
    SELECT c.execution_status, c.evaluation_event FROM asset_check_executions AS c
    WHERE c.asset_key = json_build_array(d.asset)::text AND c.check_name = d.check_name
        AND c.execution_status IN ('SUCCEEDED', 'FAILED')
    ORDER BY c.id DESC LIMIT 1
) AS e
"""
_TICKS = """
SELECT i.instigator_body::json #>> '{origin,job_name}' AS name, t.status, count(*)::int AS ticks,
    extract(epoch FROM max(t.timestamp))::float8 AS newest
FROM instigators AS i INNER JOIN job_ticks AS t ON t.selector_id = i.selector_id
GROUP BY 1, 2
"""
_HEARTBEATS = "SELECT daemon_type, extract(epoch FROM timestamp)::float8 AS at FROM daemon_heartbeats"


def runs(connection: Connection, catalogue: Catalogue) -> Iterator[Told]:
    """How many runs of each job there are in each status, and since when the oldest in progress is."""
    progress = dict.fromkeys(catalogue.jobs, 0)
    counted = {(job, status): 0 for job in catalogue.jobs for status in STATUSES}
    oldest: dict[str, float] = {}
    for row in _rows(connection, _RUNS, catalogue):
        job, status = row["job"], row["status"]
        counted[job, status] = row["runs"]
        if status in IN_PROGRESS:
            progress[job] = progress.get(job, 0) + row["runs"]
            oldest[job] = min(row["oldest_start"], oldest.get(job, row["oldest_start"]))
    yield from (Sample(m.RUNS, key, number) for key, number in counted.items())
    yield from (Sample(m.RUNS_IN_PROGRESS, (job,), number) for job, number in progress.items())
    yield from (Sample(m.OLDEST_IN_PROGRESS, (job,), start) for job, start in oldest.items())
    for row in _rows(connection, _DURATIONS, catalogue):
        yield _distribution((row["job"], row["status"]), row["durations"], row["seconds"])
    for row in _rows(connection, _LAST_RUNS, catalogue):
        yield Sample(m.LAST_RUN, (row["job"], row["status"]), row["end_time"])
        if row["start_time"] is not None:
            yield Sample(m.LAST_RUN_SECONDS, (row["job"], row["status"]), row["end_time"] - row["start_time"])


def assets(connection: Connection, catalogue: Catalogue) -> Iterator[Told]:
    """When each asset was last materialized, and how much longer ago than its policy allows."""
    now = time.time()
    for row in connection.execute(text(_MATERIALIZATIONS)).mappings():
        if row["asset"] not in catalogue.assets:
            continue
        yield Sample(m.LAST_MATERIALIZATION, (row["asset"],), row["at"])
        freshness = catalogue.assets[row["asset"]]
        if freshness is not None:
            limit = freshness.fail if freshness.warn is None else freshness.warn
            yield Sample(m.FRESHNESS_LAG, (row["asset"],), max(0.0, now - row["at"] - limit))


def checks(connection: Connection, catalogue: Catalogue) -> Iterator[Told]:
    """The newest result of every check that has one."""
    asked = {"assets": [asset for asset, _ in catalogue.checks], "checks": [name for _, name in catalogue.checks]}
    for row in connection.execute(text(_CHECKS), asked).mappings():
        blocking = catalogue.checks[row["asset"], row["check_name"]]
        labels = (row["asset"], row["check_name"], row["severity"] or "ERROR", str(blocking).lower())
        yield Sample(m.CHECK_PASSED, labels, float(row["passed"]))


def automation(connection: Connection, catalogue: Catalogue) -> Iterator[Told]:
    """Ticks of sensors and schedules, and the daemon's heartbeats."""
    counted = {(name, status): 0 for name in catalogue.ticking for status in TICK_STATUSES}
    for row in connection.execute(text(_TICKS)).mappings():
        name, status = row["name"], row["status"]
        if name in catalogue.ticking:
            counted[name, status] = row["ticks"]
            yield Sample(m.LAST_TICK, (name, catalogue.ticking[name], status), row["newest"])
    for (name, status), number in counted.items():
        yield Sample(m.TICKS, (name, catalogue.ticking[name], status), number)
    for row in connection.execute(text(_HEARTBEATS)).mappings():
        yield Sample(m.HEARTBEAT, (row["daemon_type"],), row["at"])


def _rows(connection: Connection, sql: str, catalogue: Catalogue) -> list[Any]:
    parameters = {"jobs": list(catalogue.jobs), "other": OTHER, "finished": list(FINISHED)}
    return list(connection.execute(text(sql), parameters).mappings())


def _distribution(labels: tuple[str, ...], durations: list[float], total: float) -> Distribution:
    ordered = sorted(durations)
    cumulative = [(str(bound), float(bisect_right(ordered, bound))) for bound in BOUNDS]
    return Distribution(m.RUN_SECONDS, labels, (*cumulative, ("+Inf", float(len(ordered)))), total)
