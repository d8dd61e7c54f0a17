"""An ingestion and its publication as a process of its own, which tests kill.

python ingesting_process.py DATABASE_URL API_URL EXPORT_URL REQUESTS_PER_SECOND < TOKEN
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from pydantic import SecretStr

from movie_assets.tmdb.client import TmdbClient
from movie_assets.tmdb.export import DailyExport
from movie_assets.tmdb.ingestion import ingest
from movie_assets.tmdb.ledger import open_ledger, published_films
from movie_assets.tmdb.scopes import Scope, plan_for
from movie_assets.warehouse import tables
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.publishing import publish

if __name__ == "__main__":
    url, api_url, export_url, rate = sys.argv[1:]
    database = Database(url)
    token = SecretStr(sys.stdin.read().strip())
    with TmdbClient(api_url, token=token, requests_per_second=float(rate)) as client:
        client.check_access()
        with open_ledger(database) as ledger:
            ingest(
                client,
                ledger,
                plan_for(Scope.POPULAR, [("A", "Film")], [], min_votes=100),
                export=DailyExport(export_url),
                clock=lambda: datetime.now(UTC),
            )
            publish(database, tables.raw_tmdb_movies, published_films())
