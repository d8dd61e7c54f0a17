"""From settings to an ingestion: the client, the export and the plan that they ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from movie_assets.settings import Settings
from movie_assets.tmdb.client import TmdbClient
from movie_assets.tmdb.export import DailyExport
from movie_assets.tmdb.ingestion import ingest
from movie_assets.tmdb.ledger import open_ledger
from movie_assets.tmdb.progress import Snapshot
from movie_assets.tmdb.report import Report
from movie_assets.tmdb.rules import read_brand_rules
from movie_assets.tmdb.scopes import Scope, plan_for
from movie_assets.warehouse.connection import Warehouse


@dataclass(frozen=True)
class TmdbSource:
    """TMDB as the settings describe it; `scope` and `min_votes` may replace theirs for one run."""

    settings: Settings
    scope: str | None = None
    min_votes: int | None = None

    @contextmanager
    def ingested(
        self, warehouse: Warehouse, releases: Iterable[tuple[str, str]], tell: Callable[[Snapshot], None]
    ) -> Iterator[Report]:
        """The report of an ingestion of the (brand, #1 release) pairs' films; the ledger is ours until the block ends.

        The access is tried with one request before anything is written. Raises any TmdbError and WarehouseError.
        """
        settings = self.settings
        plan = plan_for(
            Scope(self.scope or settings.tmdb_scope),
            releases,
            read_brand_rules(settings.brand_rules),
            min_votes=self.min_votes or settings.tmdb_min_votes,
            refreshed_after=timedelta(days=settings.tmdb_refresh_days) if settings.tmdb_refresh_days else None,
        )
        client = TmdbClient(
            settings.tmdb_api_url,
            token=settings.tmdb_api_token,
            key=settings.tmdb_api_key,
            requests_per_second=settings.tmdb_requests_per_second,
        )
        with client:
            client.check_access()
            with open_ledger(warehouse.database) as ledger:
                yield ingest(
                    client,
                    ledger,
                    plan,
                    export=DailyExport(settings.tmdb_export_url),
                    clock=lambda: datetime.now(UTC),
                    tell=tell,
                )
