"""Everything that a run needs, imported and put together once: the process that runs are forked from imports this.

A run then starts in milliseconds, where a fresh interpreter takes seconds to get as far. Nothing here connects to
anything or starts a thread, since neither would survive the fork.
"""

from __future__ import annotations

import adbc_driver_manager.dbapi
import adbc_driver_postgresql.dbapi
import pyarrow.compute
import sqlglot
import upath.implementations.local
from dagster import _cli
from dagster._core.executor import in_process
from dagster._core.instance import factory
from dagster._core.secrets import env_file, loader
from dagster._core.storage import local_compute_log_manager, root
from dagster._grpc import impl, server
from dagster_postgres import DagsterPostgresStorage

from movie_assets import dagster_storage
from movie_assets.definitions import defs
from movie_assets.report import charts, scatter
from movie_assets.stats.queries import snapshot, statement
from movie_assets.warehouse.lineage import column_lineage

PRELOADED = (
    adbc_driver_manager,
    adbc_driver_postgresql,
    pyarrow,
    sqlglot,
    upath,
    _cli,
    in_process,
    factory,
    env_file,
    loader,
    local_compute_log_manager,
    root,
    impl,
    server,
    DagsterPostgresStorage,
    dagster_storage,
)

REPOSITORY = defs.get_repository_def()
JOBS = REPOSITORY.get_all_jobs()

for query in (*map(statement, ("brand_films", "brand_films_left_out", "brand_stats")), snapshot()):
    # Kept: it does not change, and parsing takes longer than publishing.
    column_lineage(query)

for measure in charts.MEASURES:
    charts.ranking(measure)
for draw in (charts.concentration, charts.coverage, charts.verdicts):
    draw()
scatter.popularity_against_rating("filmography")
