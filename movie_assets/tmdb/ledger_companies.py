"""What the ledger knows of companies: the names TMDB gives to the ids that brands are mapped to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from psycopg2.extensions import connection as Connection  # noqa: N812  # a class in lower case
from psycopg2.extras import execute_values

from movie_assets.tmdb.ledger_tables import SCHEMA


class CompanyStore:
    """Companies by id. Nothing is committed here."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def names(self, *, since: datetime) -> dict[int, str | None]:
        """Names that were looked up since then; None where TMDB has no such company."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT company_id, name FROM {SCHEMA}.companies WHERE fetched_at >= %s", (since,))
            return dict(cursor.fetchall())

    def save(self, names: Mapping[int, str | None], now: datetime) -> None:
        """Store names, in the place of those that were known."""
        with self._connection.cursor() as cursor:
            execute_values(
                cursor,
                f"INSERT INTO {SCHEMA}.companies (company_id, name, fetched_at) VALUES %s"
                " ON CONFLICT (company_id) DO UPDATE SET name = excluded.name, fetched_at = excluded.fetched_at",
                [(company, name, now) for company, name in names.items()],
            )
