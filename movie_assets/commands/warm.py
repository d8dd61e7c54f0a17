"""Everything that a run needs, imported and put together once: the process that runs are forked from imports this.

A run then starts in milliseconds, where a fresh interpreter takes seconds to get as far. Nothing here connects to
anything or starts a thread, since neither would survive the fork.
"""

from __future__ import annotations

import adbc_driver_manager.dbapi
import adbc_driver_postgresql.dbapi
import pyarrow.compute
import sqlglot
from dagster._grpc import impl
from dagster_postgres import DagsterPostgresStorage

from movie_assets import dagster_storage
from movie_assets.definitions import defs

PRELOADED = (
    adbc_driver_manager,
    adbc_driver_postgresql,
    pyarrow,
    sqlglot,
    impl,
    DagsterPostgresStorage,
    dagster_storage,
)

REPOSITORY = defs.get_repository_def()
JOBS = REPOSITORY.get_all_jobs()
