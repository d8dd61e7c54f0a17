"""The ledger's tables, in a schema of their own: internal state, which no analyst reads.

They say what was fetched when, by id and by list, so that a later run asks for nothing that is there already.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    MetaData,
    Table,
    Text,
    inspect,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateSchema
from sqlalchemy.types import TypeEngine

from movie_assets.warehouse import tables as published
from movie_assets.warehouse import watcher
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import qualified, quoted, sql_type
from movie_assets.warehouse.errors import WarehouseError

SCHEMA: Final = "movies_ingest"

metadata = MetaData(schema=SCHEMA, naming_convention=published.metadata.naming_convention)


def _column(
    name: str, type_: type[TypeEngine[Any]] | TypeEngine[Any], comment: str, *, key: bool = False, null: bool = False
) -> Column[Any]:
    return Column(name, type_, primary_key=key, nullable=null, autoincrement=False, comment=comment)


def _copied(table: Table) -> list[Column[Any]]:
    """The columns of a published table, so that what is published is what is stored."""
    return [
        _column(str(c.name), c.type, c.comment or "", key=bool(c.primary_key), null=bool(c.nullable))
        for c in table.columns
    ]


_Instant: Final = DateTime(timezone=True)

films = Table(
    "films",
    metadata,
    *_copied(published.raw_tmdb_movies),
    _column("etag", Text, "With which TMDB can be asked whether the details changed.", null=True),
    _column("layout", Text, "Names the columns that were filled; see tmdb/scopes.py."),
    _column("changed", Boolean, "TMDB has reported a change since the film was fetched."),
    comment="Films as fetched. A film that TMDB deleted is in absent_films instead.",
)

absent_films = Table(
    "absent_films",
    metadata,
    _column("tmdb_id", BigInteger, "TMDB's film id.", key=True),
    _column("state", Text, "missed (once), deleted (confirmed) or unreadable (an answer of another shape)."),
    _column("problem", Text, "What is wrong with an unreadable answer.", null=True),
    _column("title", Text, "The title when it was last fetched.", null=True),
    _column("release_date", Text, "The release date when it was last fetched.", null=True),
    _column("fetched_at", _Instant, "When it was last fetched.", null=True),
    _column("missed_at", _Instant, "When it was first found to be absent."),
    _column("confirmed_at", _Instant, "When that was last repeated.", null=True),
    CheckConstraint("state IN ('missed', 'deleted', 'unreadable')", name="state_known"),
    comment="Films that are listed but not there.",
)

listings = Table(
    "listings",
    metadata,
    _column("listing", Text, "The request, without page and order.", key=True),
    _column("role", Text, "scope (its films are published) or changes (its films have changed)."),
    _column("state", Text, "open, complete, split (its halves are lists of their own) or skipped."),
    _column("total_results", BigInteger, "How many films TMDB counted; NULL where not all are read.", null=True),
    _column("started_at", _Instant, "When its reading began."),
    _column("completed_at", _Instant, "When its last page came.", null=True),
    _column("planned_by", BigInteger, "The latest ingestion that it is part of."),
    comment="Lists of films: searches, filmographies, windows of dates, the daily export, changes.",
)

pages = Table(
    "pages",
    metadata,
    _column("listing", Text, "The list.", key=True),
    _column("pass", BigInteger, "The how-manieth reading of the list, in another order each time.", key=True),
    _column("page", BigInteger, "The page.", key=True),
    _column("ids", ARRAY(BigInteger), "Ids of its films, as they came."),
    _column("total_results", BigInteger, "How many films the page said the list has."),
    _column("total_pages", BigInteger, "How many pages the page said the list has."),
    _column("more", Boolean, "Whether the next page of a search is worth reading."),
    _column("fetched_at", _Instant, "When it came."),
    comment="Pages of lists.",
)

todo = Table(
    "todo",
    metadata,
    _column("tmdb_id", BigInteger, "TMDB's film id.", key=True),
    _column("reason", Text, "new, changed, stale or unlisted (published before, on no list now)."),
    comment="Films that the open ingestion has yet to ask for.",
)

companies = Table(
    "companies",
    metadata,
    _column("company_id", BigInteger, "TMDB's company id.", key=True),
    _column("name", Text, "Its name; NULL if TMDB has no such company.", null=True),
    _column("fetched_at", _Instant, "When TMDB said so."),
    comment="Companies that brands are mapped to, by which a wrong id is noticed.",
)

_REPORTED_LATER: Final = {"finished_at", "expected", "received", "repeated", "missing", "films", "problems"}

ingestions = Table(
    "ingestions",
    metadata,
    _column("ingestion", BigInteger, "Number of the ingestion.", key=True),
    _column("plan", Text, "Digest of what it is to hold; a run with an equal plan goes on with it."),
    _column("phase", Text, "listing, details, confirming, finished or abandoned."),
    *(
        _column(str(c.name), c.type, c.comment or "", null=bool(c.nullable) or c.name in _REPORTED_LATER)
        for c in published.tmdb_ingestions.columns
    ),
    _column("retries", BigInteger, "Requests that repeated one that had failed.", null=True),
    _column("rate_limited", BigInteger, "Requests that TMDB refused for coming too fast (HTTP 429).", null=True),
    comment="Ingestions; at most one is open.",
)


WATCHED: Final = ("phase", "finished_at", "requests", "retries", "rate_limited", "problems")
"""Columns of ingestions that monitoring reads."""


def ensure_tables(database: Database) -> None:
    """Create what is missing, and bring the columns of what is stored in line with the declarations.

    The ledger is a copy of what TMDB said. A column of another type is emptied rather than converted, and one that is
    not declared any more is dropped: films stored with other columns are fetched anew. Raises WarehouseError when the
    database does not permit it.
    """
    try:
        with database.engine.begin() as connection:
            # Two sessions that create one schema at the same time would collide even with IF NOT EXISTS.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 1))"), {"name": SCHEMA})
            connection.execute(CreateSchema(SCHEMA, if_not_exists=True))
            there = set(inspect(connection).get_table_names(SCHEMA))
            metadata.create_all(connection)
            for table in metadata.sorted_tables:
                if table.name in there:
                    _bring_in_line(connection, table)
            for statement in watcher.missing_grants(connection, SCHEMA, [ingestions], WATCHED):
                connection.execute(text(statement))
    except DBAPIError as error:
        raise WarehouseError(f"the schema {SCHEMA} cannot be prepared in {database!r}: {error.orig}") from error


def _bring_in_line(connection: Connection, table: Table) -> None:
    found = connection.execute(
        text(
            "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = to_regclass(:name) AND attnum > 0 AND NOT attisdropped"
        ),
        {"name": table.fullname},
    )
    stored: dict[str, str] = dict(found.tuples().all())
    declared = {str(column.name): sql_type(column) for column in table.columns}
    wrong = [name for name, type_ in stored.items() if declared.get(name) != type_]
    missing = [name for name, type_ in declared.items() if stored.get(name) != type_]
    changes = [f"DROP COLUMN {quoted(name)}" for name in wrong]
    changes += [f"ADD COLUMN {quoted(name)} {declared[name]}" for name in missing]
    if changes:
        connection.execute(text(f"ALTER TABLE {qualified(table)} {', '.join(changes)}"))
