"""What the ledger knows of films: as they were fetched, which are to be asked for, and which are gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from psycopg2.extensions import connection as Connection  # noqa: N812  # a class in lower case
from psycopg2.extras import execute_values

from movie_assets.tmdb import ledger_tables
from movie_assets.tmdb.films import FILM_DTYPES, FilmValues
from movie_assets.tmdb.ledger_tables import SCHEMA
from movie_assets.tmdb.scopes import LAYOUT
from movie_assets.warehouse.ddl import column_list, quoted, sql_type

_COLUMNS: Final = (*FILM_DTYPES, "etag", "layout", "changed")
_TEMPLATE: Final = f"({', '.join(f'%s::{sql_type(ledger_tables.films.columns[name])}' for name in _COLUMNS)})"
_UPSERT: Final = (
    f"INSERT INTO {SCHEMA}.films ({column_list(_COLUMNS)}) VALUES %s ON CONFLICT (tmdb_id) DO UPDATE SET "
    + ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in _COLUMNS if name != "tmdb_id")
)
_IN_SCOPE: Final = (
    f"SELECT u.tmdb_id, max(p.fetched_at) AS listed_at FROM {SCHEMA}.listings AS l"
    f" INNER JOIN {SCHEMA}.pages AS p ON p.listing = l.listing CROSS JOIN LATERAL unnest(p.ids) AS u (tmdb_id)"
    " WHERE l.role = 'scope' AND l.planned_by = %(ingestion)s GROUP BY u.tmdb_id"
)


class Outcome(StrEnum):
    """What asking for a film came to."""

    FETCHED = "fetched"
    UNCHANGED = "unchanged"
    MISSED = "missed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class FilmRead:
    """One film's answer, at the instant `at`. `values` are those of a fetched film, in the order of FILM_DTYPES."""

    tmdb_id: int
    outcome: Outcome
    at: datetime
    values: FilmValues | None = None
    etag: str | None = None
    problem: str | None = None


class FilmStore:
    """Films, and the list of those to be asked for. Nothing is committed here."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def stored(self) -> int:
        """How many films are stored."""
        return int(self._scalar(f"SELECT count(*) FROM {SCHEMA}.films"))

    def mark_changed(self, ingestion: int, *, before: datetime) -> None:
        """Mark the films on the ingestion's lists of changes, unless they were fetched after `before`.

        A list of changes that was skipped as too long marks all films.
        """
        self._execute(
            f"UPDATE {SCHEMA}.films AS f SET changed = TRUE WHERE NOT f.changed AND f.fetched_at < %(before)s AND ("
            f" EXISTS (SELECT FROM {SCHEMA}.listings AS l WHERE l.planned_by = %(ingestion)s"
            " AND l.role = 'changes' AND l.state = 'skipped')"
            f" OR f.tmdb_id IN (SELECT unnest(p.ids) FROM {SCHEMA}.pages AS p INNER JOIN {SCHEMA}.listings AS l"
            " ON l.listing = p.listing WHERE l.planned_by = %(ingestion)s AND l.role = 'changes'))",
            {"ingestion": ingestion, "before": before},
        )

    def renamed(self, ids: Sequence[int], original_titles: Sequence[str]) -> list[int]:
        """Which of these films are stored under another original title."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SELECT f.tmdb_id FROM {SCHEMA}.films AS f INNER JOIN unnest(%s::bigint[], %s::text[])"
                " AS e (tmdb_id, title) ON e.tmdb_id = f.tmdb_id WHERE f.original_title IS DISTINCT FROM e.title",
                (list(ids), list(original_titles)),
            )
            return [tmdb_id for (tmdb_id,) in cursor]

    def ids(self) -> Iterator[int]:
        """Ids of all films stored, without holding them all in memory."""
        with self._connection.cursor(name="film_ids") as cursor:
            cursor.itersize = 20_000
            cursor.execute(f"SELECT tmdb_id FROM {SCHEMA}.films ORDER BY tmdb_id")
            for (tmdb_id,) in cursor:
                yield tmdb_id

    def list_work(self, ingestion: int, *, stale_before: datetime) -> int:
        """Note the films in scope that have to be asked for, and how many of them are new."""
        self._execute(
            f"INSERT INTO {SCHEMA}.todo (tmdb_id, reason) SELECT s.tmdb_id, CASE WHEN f.tmdb_id IS NULL OR f.layout <>"
            f" %(layout)s THEN 'new' WHEN f.changed THEN 'changed' ELSE 'stale' END FROM ({_IN_SCOPE}) AS s"
            f" LEFT JOIN {SCHEMA}.films AS f ON f.tmdb_id = s.tmdb_id"
            f" LEFT JOIN {SCHEMA}.absent_films AS a ON a.tmdb_id = s.tmdb_id"
            # A deleted film is asked for again only when a list that is newer than its deletion names it.
            " WHERE (a.state IS DISTINCT FROM 'deleted' OR s.listed_at > a.confirmed_at) AND (f.tmdb_id IS NULL"
            " OR f.layout <> %(layout)s OR f.changed OR f.fetched_at < %(stale)s) ON CONFLICT DO NOTHING",
            {"ingestion": ingestion, "layout": LAYOUT, "stale": stale_before},
        )
        return int(self._scalar(f"SELECT count(*) FROM {SCHEMA}.todo WHERE reason = 'new'"))

    def list_unlisted(self, ingestion: int) -> None:
        """Note the films that are published and on no list any more: they may have been deleted."""
        if self._scalar("SELECT to_regclass('movies.raw_tmdb_movies')") is None:
            return
        self._execute(
            f"INSERT INTO {SCHEMA}.todo (tmdb_id, reason) SELECT f.tmdb_id, 'unlisted' FROM {SCHEMA}.films AS f"
            " INNER JOIN movies.raw_tmdb_movies AS r ON r.tmdb_id = f.tmdb_id AND r.origin = 'tmdb'"
            f" WHERE NOT EXISTS (SELECT FROM ({_IN_SCOPE}) AS s WHERE s.tmdb_id = f.tmdb_id) ON CONFLICT DO NOTHING",
            {"ingestion": ingestion},
        )

    def list_unreadable(self) -> None:
        """Note the films whose answers could not be read, so that they are asked for again."""
        self._execute(
            f"INSERT INTO {SCHEMA}.todo (tmdb_id, reason) SELECT tmdb_id, 'stale' FROM {SCHEMA}.absent_films"
            " WHERE state = 'unreadable' ON CONFLICT DO NOTHING",
            {},
        )

    def left(self) -> int:
        """How many films have yet to be asked for."""
        return int(self._scalar(f"SELECT count(*) FROM {SCHEMA}.todo"))

    def work(self, *, after: int, limit: int) -> list[tuple[int, str | None]]:
        """The next films to ask for, by id, with the ETag of the copy that is stored."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SELECT t.tmdb_id, f.etag FROM {SCHEMA}.todo AS t LEFT JOIN {SCHEMA}.films AS f"
                " ON f.tmdb_id = t.tmdb_id AND f.layout = %s WHERE t.tmdb_id > %s ORDER BY t.tmdb_id LIMIT %s",
                (LAYOUT, after, limit),
            )
            return cursor.fetchall()

    def missed(self) -> list[int]:
        """Films that TMDB said once it does not have, and whose deletion is not confirmed."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT tmdb_id FROM {SCHEMA}.absent_films WHERE state = 'missed' ORDER BY tmdb_id")
            return [tmdb_id for (tmdb_id,) in cursor]

    def stored_and_missed_since(self, instant: datetime) -> int:
        """How many stored films TMDB has said since then it does not have."""
        return int(
            self._scalar(
                f"SELECT count(*) FROM {SCHEMA}.absent_films AS a INNER JOIN {SCHEMA}.films AS f"
                " ON f.tmdb_id = a.tmdb_id WHERE a.state = 'missed' AND a.missed_at > %(instant)s",
                {"instant": instant},
            )
        )

    def save(self, reads: Iterable[FilmRead]) -> dict[Outcome, int]:
        """Store answers and take their films off the list of work. Returns how many there were of each kind."""
        kinds: dict[Outcome, list[FilmRead]] = {outcome: [] for outcome in Outcome}
        for read in {read.tmdb_id: read for read in reads}.values():
            kinds[read.outcome].append(read)
        if kinds[Outcome.FETCHED]:
            rows = [(*(read.values or ()), read.etag, LAYOUT, False) for read in kinds[Outcome.FETCHED]]
            with self._connection.cursor() as cursor:
                execute_values(cursor, _UPSERT, rows, template=_TEMPLATE)
        if same := kinds[Outcome.UNCHANGED]:
            self._execute(
                f"UPDATE {SCHEMA}.films AS f SET fetched_at = u.at, changed = FALSE"
                " FROM unnest(%(ids)s::bigint[], %(at)s::timestamptz[]) AS u (tmdb_id, at) WHERE f.tmdb_id = u.tmdb_id",
                {"ids": [read.tmdb_id for read in same], "at": [read.at for read in same]},
            )
        for outcome in (Outcome.MISSED, Outcome.UNREADABLE):
            for read in kinds[outcome]:
                self._save_absent(read)
        there = [read.tmdb_id for outcome in (Outcome.FETCHED, Outcome.UNCHANGED) for read in kinds[outcome]]
        self._execute(f"DELETE FROM {SCHEMA}.absent_films WHERE tmdb_id = ANY(%(ids)s)", {"ids": there})
        asked = [read.tmdb_id for reads in kinds.values() for read in reads]
        self._execute(f"DELETE FROM {SCHEMA}.todo WHERE tmdb_id = ANY(%(ids)s)", {"ids": asked})
        return {outcome: len(reads) for outcome, reads in kinds.items()}

    def confirm_deleted(self, reads: Iterable[FilmRead]) -> int:
        """Turn films that were missed again into deleted ones. Returns how many."""
        gone = {read.tmdb_id: read.at for read in reads}
        for tmdb_id, at in gone.items():
            self._execute(
                f"UPDATE {SCHEMA}.absent_films SET state = 'deleted', confirmed_at = greatest(%(at)s, missed_at)"
                " WHERE tmdb_id = %(id)s",
                {"at": at, "id": tmdb_id},
            )
        self._execute(f"DELETE FROM {SCHEMA}.films WHERE tmdb_id = ANY(%(ids)s)", {"ids": list(gone)})
        return len(gone)

    def counts(self, ingestion: int) -> tuple[int, list[str]]:
        """How many films in scope TMDB has, and what is wrong with each that could not be read."""
        live = self._scalar(
            f"SELECT count(*) FROM ({_IN_SCOPE}) AS s INNER JOIN {SCHEMA}.films AS f ON f.tmdb_id = s.tmdb_id",
            {"ingestion": ingestion},
        )
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SELECT a.problem FROM ({_IN_SCOPE}) AS s INNER JOIN {SCHEMA}.absent_films AS a"
                " ON a.tmdb_id = s.tmdb_id WHERE a.state = 'unreadable' ORDER BY a.tmdb_id",
                {"ingestion": ingestion},
            )
            return int(live), [problem for (problem,) in cursor]

    def forget(self, ingestion: int, *, older_than: datetime) -> None:
        """Remove films out of scope and traces of deleted ones that are older than may be kept."""
        parameters = {"ingestion": ingestion, "older": older_than}
        self._execute(
            f"DELETE FROM {SCHEMA}.films AS f WHERE f.fetched_at < %(older)s"
            f" AND NOT EXISTS (SELECT FROM ({_IN_SCOPE}) AS s WHERE s.tmdb_id = f.tmdb_id)",
            parameters,
        )
        self._execute(f"DELETE FROM {SCHEMA}.absent_films WHERE confirmed_at < %(older)s", parameters)

    def purge(self, *, older_than: datetime) -> int:
        """Remove films fetched before that instant, in scope or not, for good; returns how many."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {SCHEMA}.films WHERE fetched_at < %s", (older_than,))
            purged = int(cursor.rowcount)
        self._connection.commit()
        return purged

    def _save_absent(self, read: FilmRead) -> None:
        # A film that is known as deleted stays so when it is missed once more.
        self._execute(
            f"INSERT INTO {SCHEMA}.absent_films AS a"
            " (tmdb_id, state, problem, title, release_date, fetched_at, missed_at)"
            " SELECT i.tmdb_id, %(state)s, %(problem)s, f.title, f.release_date, f.fetched_at, %(at)s"
            f" FROM (SELECT %(id)s::bigint AS tmdb_id) AS i LEFT JOIN {SCHEMA}.films AS f ON f.tmdb_id = i.tmdb_id"
            " ON CONFLICT (tmdb_id) DO UPDATE SET state = CASE WHEN a.state = 'deleted' AND excluded.state = 'missed'"
            " THEN a.state ELSE excluded.state END, problem = excluded.problem,"
            " confirmed_at = CASE WHEN a.state = 'deleted' AND excluded.state = 'missed' THEN excluded.missed_at END",
            {"id": read.tmdb_id, "state": read.outcome.value, "problem": read.problem, "at": read.at},
        )

    def _execute(self, sql: str, parameters: dict[str, Any]) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)

    def _scalar(self, sql: str, parameters: dict[str, Any] | None = None) -> Any:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            found = cursor.fetchone()
        return found[0] if found else None
