"""What the ledger knows of lists: which were read when, and the ids on their pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812  # a class in lower case
from psycopg2.extras import execute_values

from movie_assets.tmdb.ledger_tables import SCHEMA
from movie_assets.tmdb.listings import Listing, PageRead, Role, State

IDS_TO_A_PAGE = 50_000
"""How many ids of a list that comes in one piece are stored together."""


@dataclass(frozen=True)
class StoredList:
    """A list as the ledger has it."""

    state: State
    started_at: datetime
    completed_at: datetime | None
    planned_by: int


@dataclass(frozen=True)
class ListCounts:
    """Entries of lists that were read in full; `shortfalls` names those that stayed incomplete."""

    expected: int
    received: int
    repeated: int
    missing: int
    shortfalls: list[str]


class ListStore:
    """Lists and pages. Nothing is committed here."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self) -> dict[str, StoredList]:
        """All lists, by their keys."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT listing, state, started_at, completed_at, planned_by FROM {SCHEMA}.listings")
            return {key: StoredList(State(state), *facts) for key, state, *facts in cursor}

    def plan(self, keys: Sequence[str], ingestion: int) -> None:
        """Make lists that need not be read again part of the ingestion."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {SCHEMA}.listings SET planned_by = %s WHERE listing = ANY(%s)", (ingestion, list(keys))
            )

    def restart(self, listing: Listing, ingestion: int, now: datetime) -> None:
        """Begin to read a list anew; its old pages are forgotten."""
        self._start(listing.key, listing.role, ingestion, now)

    def pages(self, listing: Listing) -> list[PageRead]:
        """The pages of a list that have come, in the order in which they came."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SELECT pass, page, ids, total_results, total_pages, more FROM {SCHEMA}.pages WHERE listing = %s"
                " ORDER BY fetched_at, pass, page",
                (listing.key,),
            )
            return [PageRead(listing, (pass_, page), *facts) for pass_, page, *facts in cursor]

    def save(self, pages: Iterable[PageRead], now: datetime) -> None:
        """Store pages; one that is there already is replaced."""
        rows = [
            (p.listing.key, *p.number, p.ids, p.total_results, p.total_pages, p.more, now)
            for p in {(page.listing.key, page.number): page for page in pages}.values()
        ]
        self._insert(rows)

    def close(self, key: str, state: State, total_results: int | None, now: datetime) -> None:
        """Note that a list has been read; `total_results` is None where not all of it was to be read."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {SCHEMA}.listings SET state = %s, total_results = %s, completed_at = %s WHERE listing = %s",
                (state.value, total_results, now, key),
            )

    def put(self, key: str, role: Role, ids: Sequence[int], ingestion: int, now: datetime) -> None:
        """Store a list that came in one piece, in the place of what it was."""
        self._start(key, role, ingestion, now)
        self._insert(
            [
                (key, 1, number, list(ids[start : start + IDS_TO_A_PAGE]), len(ids), 1, False, now)
                for number, start in enumerate(range(0, len(ids), IDS_TO_A_PAGE), 1)
            ]
        )
        self.close(key, State.COMPLETE, len(ids), now)

    def counts(self, ingestion: int) -> ListCounts:
        """What the scope's lists counted and delivered, added up over the lists that were read in full."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT l.listing, l.total_results, count(DISTINCT u.id), count(u.id) FILTER (WHERE p.pass = 1)"
                f" - count(DISTINCT u.id) FILTER (WHERE p.pass = 1) FROM {SCHEMA}.listings AS l"
                f" LEFT JOIN {SCHEMA}.pages AS p ON p.listing = l.listing LEFT JOIN LATERAL unnest(p.ids) AS u (id)"
                " ON TRUE WHERE l.planned_by = %s AND l.role = 'scope' AND l.state = 'complete'"
                " AND l.total_results IS NOT NULL GROUP BY l.listing, l.total_results ORDER BY l.listing",
                (ingestion,),
            )
            rows = cursor.fetchall()
        shortfalls = [
            f"{listing}: TMDB counts {total:,} films and delivered {received:,}"
            for listing, total, received, _ in rows
            if received < total
        ]
        return ListCounts(
            expected=sum(total for _, total, _, _ in rows),
            received=sum(received for _, _, received, _ in rows),
            repeated=sum(repeated for _, _, _, repeated in rows),
            missing=sum(max(0, total - received) for _, total, received, _ in rows),
            shortfalls=shortfalls,
        )

    def forget(self, ingestion: int, *, older_than: datetime) -> None:
        """Remove lists of changes, which are used up, and lists that are too old to be used again."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {SCHEMA}.listings WHERE role = 'changes' OR (planned_by <> %s AND started_at < %s)",
                (ingestion, older_than),
            )
            cursor.execute(
                f"DELETE FROM {SCHEMA}.pages AS p WHERE NOT EXISTS"
                f" (SELECT FROM {SCHEMA}.listings AS l WHERE l.listing = p.listing)"
            )

    def _start(self, key: str, role: Role, ingestion: int, now: datetime) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {SCHEMA}.pages WHERE listing = %s", (key,))
            cursor.execute(
                f"INSERT INTO {SCHEMA}.listings (listing, role, state, started_at, planned_by)"
                " VALUES (%s, %s, 'open', %s, %s) ON CONFLICT (listing) DO UPDATE SET role = excluded.role,"
                " state = 'open', started_at = excluded.started_at, planned_by = excluded.planned_by,"
                " completed_at = NULL, total_results = NULL",
                (key, role.value, now, ingestion),
            )

    def _insert(self, rows: list[tuple[Any, ...]]) -> None:
        with self._connection.cursor() as cursor:
            execute_values(
                cursor,
                f"INSERT INTO {SCHEMA}.pages (listing, pass, page, ids, total_results, total_pages, more, fetched_at)"
                " VALUES %s ON CONFLICT (listing, pass, page) DO UPDATE SET ids = excluded.ids,"
                " total_results = excluded.total_results, total_pages = excluded.total_pages, more = excluded.more,"
                " fetched_at = excluded.fetched_at",
                rows,
                template="(%s, %s, %s, %s::bigint[], %s, %s, %s, %s)",
            )
