"""What must not grow for ever: finished runs with their events and logs, and copies of films beyond TMDB's terms."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from sqlalchemy import text

from movie_assets.settings import Settings
from movie_assets.tmdb.ledger import purge_old_copies
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.database import Database

AT_ONCE = 200


def forgettable(instance: dg.DagsterInstance, *, before: datetime, keep: int) -> Iterator[str]:
    """Ids of finished runs that began before `before` or are not among the `keep` newest.

    The newest run to have written an asset stays: the UI and the checks of row counts refer to it.
    """
    needed = _newest_runs(instance)
    cursor: str | None = None
    seen = 0
    while True:
        records = instance.get_run_records(
            dg.RunsFilter(statuses=list(FINISHED_STATUSES)), limit=AT_ONCE, cursor=cursor, ascending=False
        )
        if not records:
            return
        for record in records:
            seen += 1
            created = record.create_timestamp.replace(tzinfo=UTC)
            if (seen > keep or created < before) and record.dagster_run.run_id not in needed:
                yield record.dagster_run.run_id
        cursor = records[-1].dagster_run.run_id


def forget(instance: dg.DagsterInstance, database: Database, run_ids: Iterable[str]) -> int:
    """Remove the runs with their events, check results and captured output; returns how many."""
    forgotten = 0
    for run_id in run_ids:
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        # Dagster leaves the results of checks behind, which are most of what a run stores.
        with database.engine.begin() as connection:
            connection.execute(text("DELETE FROM asset_check_executions WHERE run_id = :run"), {"run": run_id})
        instance.delete_run(run_id)
        forgotten += 1
    return forgotten


def _newest_runs(instance: dg.DagsterInstance) -> set[str]:
    entries = [record.asset_entry for record in instance.get_asset_records(instance.all_asset_keys())]
    writers = {entry.last_materialization.run_id for entry in entries if entry.last_materialization}
    return writers | {entry.last_run_id for entry in entries if entry.last_run_id}


@dg.op
def forget_old_runs(
    context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings], warehouse: dg.ResourceParam[Warehouse]
) -> None:
    """Runs older than MOVIE_ASSETS_KEEP_RUNS_DAYS, and those beyond MOVIE_ASSETS_KEEP_RUNS."""
    before = datetime.now(UTC) - timedelta(days=settings.keep_runs_days)
    # Listed first: a list that is read while it becomes shorter misses some.
    ids = list(forgettable(context.instance, before=before, keep=settings.keep_runs))
    context.log.info("%d runs were forgotten", forget(context.instance, warehouse.dagster_database, ids))


@dg.op
def purge_films(context: dg.OpExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> None:
    """Copies older than TMDB's terms allow; films in scope are fetched again by the next refresh."""
    context.log.info("%d copies of films were purged", purge_old_copies(warehouse.database, datetime.now(UTC)))


@dg.job(description="Forget old runs with their events and logs, and purge old copies of TMDB's films.")
def housekeeping() -> None:
    """Both, one after the other; neither needs the other to succeed."""
    forget_old_runs()
    purge_films()
