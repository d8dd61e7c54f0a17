"""The ledger: what was fetched from TMDB when, in PostgreSQL, committed as it comes.

One process at a time works with it. `ledger_lists`, `ledger_films` and `ledger_companies` hold what is known of each;
this module holds the connection, the lock and the ingestions. Nothing here talks to TMDB.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812  # a class in lower case

from movie_assets.tmdb.errors import IngestionError
from movie_assets.tmdb.ledger_companies import CompanyStore
from movie_assets.tmdb.ledger_films import FilmStore
from movie_assets.tmdb.ledger_lists import ListStore
from movie_assets.tmdb.ledger_tables import SCHEMA, ensure_tables
from movie_assets.tmdb.report import Report
from movie_assets.tmdb.scopes import KEPT_AT_MOST, RELISTED_AFTER, Plan
from movie_assets.warehouse import tables as published
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import column_list
from movie_assets.warehouse.query import Query

RESUMED_WITHIN: Final = timedelta(days=3)
"""An ingestion that was interrupted longer ago is given up: its lists would be too old. Its films are kept."""

_LOCK_PATIENCE_SECONDS: Final = 10.0
_REPORTED: Final = [column.name for column in published.tmdb_ingestions.columns]


@dataclass(frozen=True)
class Ingestion:
    """An open ingestion. `resumed`: an earlier run began it."""

    number: int
    started_at: datetime
    phase: str
    resumed: bool


class Ledger:
    """The open ledger. Every method works in the transaction that `commit` ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.lists = ListStore(connection)
        self.films = FilmStore(connection)
        self.companies = CompanyStore(connection)

    def begin(self, plan: Plan, now: datetime) -> Ingestion:
        """The open ingestion with this plan, or a new one in the place of whatever is open."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SELECT ingestion, started_at, phase FROM {SCHEMA}.ingestions WHERE phase NOT IN"
                " ('finished', 'abandoned') AND plan = %s AND started_at > %s",
                (plan.digest, now - RESUMED_WITHIN),
            )
            if found := cursor.fetchone():
                number, started_at, phase = found
                return Ingestion(number, started_at, phase, resumed=True)
            cursor.execute(f"UPDATE {SCHEMA}.ingestions SET phase = 'abandoned' WHERE phase <> 'finished'")
            cursor.execute(f"TRUNCATE {SCHEMA}.todo")
            cursor.execute(
                f"INSERT INTO {SCHEMA}.ingestions (ingestion, plan, phase, started_at, scope, min_votes, requests,"
                " new_films, fetched_films, unchanged_films, deleted_films)"
                " SELECT coalesce(max(ingestion), 0) + 1, %s, 'listing', greatest(%s, max(started_at) + interval"
                f" '1 microsecond'), %s, %s, 0, 0, 0, 0, 0 FROM {SCHEMA}.ingestions RETURNING ingestion, started_at",
                (plan.digest, now, plan.scope.value, plan.min_votes),
            )
            number, started_at = _row(cursor)
        self._connection.commit()
        return Ingestion(number, started_at, "listing", resumed=False)

    def commit(self, ingestion: Ingestion, *, phase: str | None = None, **counts: int) -> None:
        """Make what was written permanent and add `counts` (columns of ingestions) to what was counted before."""
        # An ingestion that an older version began has no count yet of what that version did not count.
        additions = "".join(f", {name} = coalesce({name}, 0) + %s" for name in counts)
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {SCHEMA}.ingestions SET phase = coalesce(%s, phase){additions} WHERE ingestion = %s",
                (phase, *counts.values(), ingestion.number),
            )
        self._connection.commit()

    def rollback(self) -> None:
        """Forget what was written since the last `commit`."""
        self._connection.rollback()

    def watermark(self, ingestion: Ingestion) -> datetime | None:
        """Up to when TMDB's changes are known: the start of the last ingestion before this one that was finished.

        Before any was finished it is the start of the first one, whose films may be stored. None if this is the first.
        """
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(max(started_at) FILTER (WHERE phase = 'finished'), min(started_at))"
                f" FROM {SCHEMA}.ingestions WHERE ingestion <> %s",
                (ingestion.number,),
            )
            found: datetime | None = _row(cursor)[0]
        return found

    def continues_last_scope(self, ingestion: Ingestion) -> bool:
        """Whether the ingestion before this one was to hold the same scope."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT (p.scope, p.min_votes) IS NOT DISTINCT FROM (i.scope, i.min_votes)"
                f" FROM {SCHEMA}.ingestions AS i, {SCHEMA}.ingestions AS p"
                " WHERE i.ingestion = %s AND p.phase = 'finished' ORDER BY p.ingestion DESC LIMIT 1",
                (ingestion.number,),
            )
            found = cursor.fetchone()
        return bool(found and found[0])

    def finish(self, ingestion: Ingestion, problems: list[str], now: datetime) -> Report:
        """Close the ingestion: count what it holds, forget what may not be kept, and tell."""
        lists = self.lists.counts(ingestion.number)
        live, unreadable = self.films.counts(ingestion.number)
        self.lists.forget(ingestion.number, older_than=now - RELISTED_AFTER)
        self.films.forget(ingestion.number, older_than=now - KEPT_AT_MOST)
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {SCHEMA}.ingestions SET phase = 'finished', finished_at = %s, expected = %s, received = %s,"
                " repeated = %s, missing = %s, films = %s, problems = %s::text[] WHERE ingestion = %s"
                f" RETURNING {column_list(_REPORTED)}",
                (
                    now,
                    lists.expected,
                    lists.received,
                    lists.repeated,
                    lists.missing + len(unreadable),
                    live,
                    [*problems, *lists.shortfalls, *unreadable],
                    ingestion.number,
                ),
            )
            report = Report(**dict(zip(_REPORTED, _row(cursor), strict=True)))
        self._connection.commit()
        return report


@contextmanager
def open_ledger(database: Database) -> Iterator[Ledger]:
    """The ledger of this database, created if it is missing, for this process alone until the end of the block.

    Raises IngestionError while another process has it, and any WarehouseError.
    """
    ensure_tables(database)
    # Kept outside SQLAlchemy's transactions: every batch is committed on its own.
    connection: Any = database.engine.raw_connection()
    try:
        driver: Connection = connection.driver_connection
        with driver.cursor() as cursor:
            _lock(cursor)
            # Days are TMDB's, which are UTC.
            cursor.execute("SET timezone = 'UTC'")
            # A crash of the server may lose the last half second, which is then fetched again.
            cursor.execute("SET synchronous_commit = off")
        driver.commit()
        yield Ledger(driver)
    finally:
        connection.close()


def purge_old_copies(database: Database, now: datetime) -> int:
    """Remove every film that was fetched longer ago than TMDB's terms allow; returns how many.

    The next ingestion fetches those of its scope again. Raises IngestionError while an ingestion is under way, which
    forgets what is too old itself, and any WarehouseError.
    """
    if not database.scalar(f"SELECT to_regclass('{SCHEMA}.films') IS NOT NULL"):
        return 0
    with open_ledger(database) as ledger:
        return ledger.films.purge(older_than=now - KEPT_AT_MOST)


def published_films() -> Query:
    """The films in the scope of the ingestion that was finished last, as rows of raw_tmdb_movies."""
    columns = column_list((column.name for column in published.raw_tmdb_movies.columns), "f")
    return Query(
        f"SELECT {columns} FROM {SCHEMA}.films AS f WHERE f.tmdb_id IN (SELECT unnest(p.ids)"
        f" FROM {SCHEMA}.pages AS p INNER JOIN {SCHEMA}.listings AS l ON l.listing = p.listing"
        " WHERE l.role = 'scope' AND l.planned_by ="
        f" (SELECT max(i.ingestion) FROM {SCHEMA}.ingestions AS i WHERE i.phase = 'finished'))",
        name="the ledger's films in scope",
    )


def people_films() -> Query:
    """The films on the people's lists of the ingestion that was finished last, as rows of tmdb_people_films."""
    return Query(
        "SELECT DISTINCT CASE WHEN l.listing ~ '[?]with_crew=' THEN 'crew:' ELSE '' END"
        " || replace(substring(l.listing FROM '[?]with_(?:crew|people)=([^&]*)'), '%2C', ',') AS people, u.tmdb_id"
        f" FROM {SCHEMA}.listings AS l INNER JOIN {SCHEMA}.pages AS p ON p.listing = l.listing"
        " CROSS JOIN LATERAL unnest(p.ids) AS u (tmdb_id)"
        " WHERE l.listing ~ '[?]with_(crew|people)=' AND l.role = 'scope' AND l.planned_by ="
        f" (SELECT max(i.ingestion) FROM {SCHEMA}.ingestions AS i WHERE i.phase = 'finished')",
        name="the ledger's films of people",
    )


def deleted_films() -> Query:
    """Every film that TMDB was found to have deleted, as rows of raw_tmdb_movies_deleted."""
    columns = column_list((column.name for column in published.raw_tmdb_movies_deleted.columns), "a")
    return Query(
        f"SELECT {columns} FROM {SCHEMA}.absent_films AS a WHERE a.state = 'deleted'", name="the ledger's deleted films"
    )


def finished_ingestions() -> Query:
    """Every ingestion that came to its end, as rows of tmdb_ingestions."""
    columns = column_list(_REPORTED, "i")
    return Query(
        f"SELECT {columns} FROM {SCHEMA}.ingestions AS i WHERE i.phase = 'finished'", name="the ledger's ingestions"
    )


def _lock(cursor: Any) -> None:
    # The session of a process that was just killed may live for another moment.
    deadline = time.monotonic() + _LOCK_PATIENCE_SECONDS
    while True:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (SCHEMA,))
        if _row(cursor)[0]:
            return
        if time.monotonic() > deadline:
            raise IngestionError(
                "another run is fetching films from TMDB into this database. Wait for it to end, then run again."
            )
        time.sleep(0.1)


def _row(cursor: Any) -> tuple[Any, ...]:
    found: tuple[Any, ...] | None = cursor.fetchone()
    if found is None:
        raise psycopg2.InterfaceError("the statement returned no row")
    return found
