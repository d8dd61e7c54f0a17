"""The advisory lock under which a table is published, and who holds what a publication waits for."""

from __future__ import annotations

from adbc_driver_postgresql import dbapi
from sqlalchemy import Table

from movie_assets.warehouse.database import Database

_PUBLISHERS = """
SELECT a.pid, a.application_name, a.state, a.xact_start, 'has been publishing it' AS deed
FROM pg_locks AS l
INNER JOIN pg_stat_activity AS a ON a.pid = l.pid
INNER JOIN pg_database AS d ON d.oid = l.database AND d.datname = current_database()
WHERE l.locktype = 'advisory' AND l.granted
AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(:name, 0)
"""
# A session that locked rows or the table holds some lock on the table that is stronger than a reader's.
_WRITERS = """
SELECT a.pid, a.application_name, a.state, a.xact_start, 'has held a ' || l.mode || ' on it' AS deed
FROM pg_locks AS l
INNER JOIN pg_stat_activity AS a ON a.pid = l.pid
INNER JOIN pg_database AS d ON d.oid = l.database AND d.datname = current_database()
WHERE l.locktype = 'relation' AND l.granted AND l.relation = to_regclass(:name) AND l.mode <> 'AccessShareLock'
ORDER BY a.xact_start
"""


def lock(cursor: dbapi.Cursor, name: str) -> None:
    """Wait, as long as the session's lock_timeout allows, until no other session holds the lock of that name."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", (name,))
    cursor.fetchall()


def holder_of(database: Database, table: Table) -> str:
    """A sentence that names the session which keeps others from publishing the table."""
    holders = [row for sql in (_PUBLISHERS, _WRITERS) for row in database.rows(sql, {"name": table.fullname})]
    if not holders:
        return "another session held a lock on the table for too long"
    holder = holders[0]
    return (
        f"the session with pid {holder['pid']} ({holder['application_name'] or 'unnamed'}, {holder['state']}) "
        f"{holder['deed']} since {holder['xact_start']}"
    )
