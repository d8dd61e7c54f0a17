"""What the warehouse tells: rows of the published tables, what became of the brands, what fetching took.

Counting needs the right to read one column of a table (`rights`), so that the account may count lines that it may not
read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Table, text

from movie_assets.monitoring import metrics as m
from movie_assets.monitoring.metrics import Sample, Told
from movie_assets.tmdb.ledger_tables import ingestions
from movie_assets.warehouse.ddl import qualified
from movie_assets.warehouse.tables import brand_film_matches, metadata, raw_brands, raw_brands_rejected

MATCH_STATUSES: Final = ("matched", "review", "unmatched")
PHASES: Final = ("listing", "details", "confirming", "finished", "abandoned")

_STORED = "SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE to_regclass(name) IS NOT NULL"
_INGESTIONS = f"""
SELECT phase, count(*)::int AS ingestions, sum(requests)::float8 AS requests,
    coalesce(sum(retries), 0)::float8 AS retries, coalesce(sum(rate_limited), 0)::float8 AS rate_limited
FROM {qualified(ingestions)} GROUP BY 1
"""
_LAST_INGESTION = f"""
SELECT extract(epoch FROM finished_at)::float8 AS at, coalesce(cardinality(problems), 0) AS problems
FROM {qualified(ingestions)} WHERE phase = 'finished' ORDER BY ingestion DESC LIMIT 1
"""


def tables(connection: Connection) -> Iterator[Told]:
    """The rows of every table that is published."""
    for table in _stored(connection, *metadata.sorted_tables):
        rows = connection.execute(text(f"SELECT count(*) FROM {qualified(table)}")).scalar_one()
        yield Sample(m.TABLE_ROWS, (table.name,), rows)
        if table is raw_brands:
            yield Sample(m.BRAND_FILE_LINES, ("accepted",), rows)
        if table is raw_brands_rejected:
            yield Sample(m.BRAND_FILE_LINES, ("rejected",), rows)


def matches(connection: Connection) -> Iterator[Told]:
    """How many brands are matched, to be reviewed, and unmatched."""
    for table in _stored(connection, brand_film_matches):
        counted = dict.fromkeys(MATCH_STATUSES, 0)
        sql = f"SELECT status, count(*)::int FROM {qualified(table)} GROUP BY 1"
        counted |= {str(status): int(brands) for status, brands in connection.execute(text(sql))}
        yield from (Sample(m.BRAND_MATCHES, (status,), brands) for status, brands in counted.items())


def fetching(connection: Connection) -> Iterator[Told]:
    """What ingestions from TMDB have asked for; zero where films come from a file."""
    counted = dict.fromkeys(PHASES, 0)
    totals = {m.TMDB_REQUESTS: 0.0, m.TMDB_RETRIES: 0.0, m.TMDB_LIMITED: 0.0}
    if _stored(connection, ingestions):
        for row in connection.execute(text(_INGESTIONS)).mappings():
            counted[row["phase"]] = row["ingestions"]
            totals[m.TMDB_REQUESTS] += row["requests"]
            totals[m.TMDB_RETRIES] += row["retries"]
            totals[m.TMDB_LIMITED] += row["rate_limited"]
        for row in connection.execute(text(_LAST_INGESTION)).mappings():
            yield Sample(m.TMDB_LAST_INGESTION, (), row["at"])
            yield Sample(m.TMDB_LAST_PROBLEMS, (), row["problems"])
    yield from (Sample(metric, (), total) for metric, total in totals.items())
    yield from (Sample(m.TMDB_INGESTIONS, (phase,), number) for phase, number in counted.items())


def _stored(connection: Connection, *tables: Table) -> list[Table]:
    """Those of the tables that exist, whether they may be read or not."""
    names = {table.fullname: table for table in tables}
    found = connection.execute(text(_STORED), {"names": list(names)}).scalars()
    return [names[name] for name in found]
