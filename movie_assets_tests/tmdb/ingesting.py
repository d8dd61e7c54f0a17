"""What the tests of ingestions share: many films, a clock that a test moves, and runs against both servers."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from movie_assets.tmdb.client import TmdbClient
from movie_assets.tmdb.export import DailyExport
from movie_assets.tmdb.ingestion import ingest
from movie_assets.tmdb.ledger import deleted_films, finished_ingestions, open_ledger, published_films
from movie_assets.tmdb.pacing import TokenBucket
from movie_assets.tmdb.progress import Snapshot
from movie_assets.tmdb.report import Report
from movie_assets.tmdb.retrying import RetryPolicy
from movie_assets.tmdb.rules import BrandRules
from movie_assets.tmdb.scopes import Plan, Scope, plan_for
from movie_assets.warehouse import tables
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.query import Query
from movie_assets_tests.tmdb.films import details
from movie_assets_tests.tmdb_server import TmdbServer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHORT_WAITS = RetryPolicy(first_wait=0.001, longest_wait=0.01, jitter=0.001)


def many_films(count: int, *, first_id: int = 1000, **changes: Any) -> list[dict[str, Any]]:
    """Films with ids from `first_id`, all with votes, companies and dates spread over fifty years."""
    chance = random.Random(first_id)  # noqa: S311  # the same films in every run
    return [
        details(
            number,
            f"Film {chance.randrange(10**6):06d}",
            imdb_id=f"tt{number:07d}",
            release_date=(date(1970, 1, 1) + timedelta(days=chance.randrange(20_000))).isoformat(),
            vote_count=chance.randrange(100, 5_000),
            popularity=round(chance.random() * 50, 3),
            **changes,
        )
        for number in range(first_id, first_id + count)
    ]


@dataclass
class World:
    """TMDB, a database, and a time. `plan` is what is ingested unless a test says otherwise."""

    tmdb: TmdbServer
    database: Database
    now: datetime = NOON
    workers: int = 8
    timeout: float = 5.0
    told: list[Snapshot] = field(default_factory=list)

    def ingest(self, plan: Plan, **changes: Any) -> Report:
        """One ingestion, as the asset does it; publication is up to the test."""
        options: dict[str, Any] = {
            "token": SecretStr(self.tmdb.token),
            "bucket": TokenBucket(1e6),
            "retry": SHORT_WAITS,
            "timeout": (5.0, self.timeout),
        }
        with TmdbClient(self.tmdb.api_url, **(options | changes)) as client:
            client.check_access()
            with open_ledger(self.database) as ledger:
                return ingest(
                    client,
                    ledger,
                    plan,
                    export=DailyExport(self.tmdb.export_url, retry=SHORT_WAITS),
                    clock=self.clock,
                    tell=self.told.append,
                    workers=self.workers,
                )

    def clock(self) -> datetime:
        return self.now

    def publish(self) -> None:
        """Publish what the ledger holds."""
        for query, table in (
            (published_films(), tables.raw_tmdb_movies),
            (deleted_films(), tables.raw_tmdb_movies_deleted),
            (finished_ingestions(), tables.tmdb_ingestions),
        ):
            publish(self.database, table, query)

    def asked(self, plan: Plan, **changes: Any) -> list[str]:
        """The paths of the requests that an ingestion makes, the first one (which tries the access) left out."""
        self.tmdb.requests.clear()
        self.ingest(plan, **changes)
        first, *rest = (request.path for request in self.tmdb.requests)
        assert first == "/3/configuration"
        return rest

    def ids(self) -> list[int]:
        """Ids of the films that would be published, in order."""
        return [film["tmdb_id"] for film in self.rows(published_films())]

    def films(self) -> list[dict[str, Any]]:
        """The films that would be published, without the instants."""
        return [{k: v for k, v in film.items() if k != "fetched_at"} for film in self.rows(published_films())]

    def deleted(self) -> list[dict[str, Any]]:
        """The tombstones that would be published."""
        return self.rows(deleted_films())

    def rows(self, query: Query) -> list[dict[str, Any]]:
        """What a query of the ledger returns, in the order of its first column."""
        return self.database.rows(f"{query.sql} ORDER BY 1")


def brands(
    *releases: str, rules: Sequence[BrandRules] = (), scope: Scope = Scope.BRANDS, min_votes: int = 100, **changes: Any
) -> Plan:
    """A plan for brands named after their releases, and those of the rules."""
    pairs = [(title, title) for title in releases] + [(rule.brand, releases[0]) for rule in rules]
    return plan_for(scope, pairs, rules, min_votes=min_votes, **changes)


CATALOGUE = brands(scope=Scope.CATALOGUE)
POPULAR = brands(scope=Scope.POPULAR)

MakeWorld = Callable[..., World]
