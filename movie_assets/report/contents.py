"""What the report shows, read from the published tables in one snapshot, so that all of it is of one refresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from movie_assets.errors import MovieAssetsError
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.tables import SCHEMA

Row = dict[str, Any]

TABLES = (
    "brand_stats",
    "brand_intervals",
    "brand_film_matches",
    "brand_film_candidates",
    "brand_films",
    "brand_overlaps",
    "brand_comparison",
)
"""The published tables that the report reads."""

MOST_CHARTED = 60
"""Brands that a chart holds: more rows than that nobody can read."""


@dataclass(frozen=True)
class OpenRelease:
    """A #1 release without a film: in review or unmatched, why, and the films that come nearest, best first."""

    brand: str
    top_release: str
    top_release_gross_usd: int
    status: str
    reason: str
    candidates: Sequence[Row]


@dataclass(frozen=True)
class Contents:
    """The rows of the statements in this package.

    `brands` (brands.sql) are all brands, largest total first; `pairs` (pairs.sql) only those between `charted` ones;
    `facts` is the row of facts.sql.
    """

    brands: Sequence[Row]
    pairs: Sequence[Row]
    overlaps: Sequence[Row]
    open_releases: Sequence[OpenRelease]
    facts: Mapping[str, Any]

    @property
    def charted(self) -> Sequence[Row]:
        """The brands that charts show: those with the largest totals."""
        return self.brands[:MOST_CHARTED]

    @property
    def filmographies(self) -> Sequence[Row]:
        """The brands of which more than the #1 release is known."""
        return [row for row in self.brands if row["films"] is not None]

    @property
    def ranked(self) -> Sequence[Row]:
        """The brands with enough rated films for an interval of the rating, best first."""
        return sorted(
            (row for row in self.brands if row["rating_low"] is not None),
            key=lambda row: (row["rating_rank"], row["brand"]),
        )

    @property
    def unranked(self) -> Sequence[Row]:
        """The brands with a filmography that is too small for an interval."""
        return [row for row in self.filmographies if row["rating_low"] is None]


def read_contents(database: Database) -> Contents:
    """Everything the report shows.

    Raises MovieAssetsError when a table was never published or was published by an earlier version.
    """
    # A refresh may publish between two statements: the snapshot is that of the first one.
    engine = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        _require_published(connection)
        try:
            brands = _rows(connection, "brands.sql")
            charted = [row["brand"] for row in brands[:MOST_CHARTED]]
            return Contents(
                brands=brands,
                pairs=_rows(connection, "pairs.sql", brands=charted),
                overlaps=_rows(connection, "overlaps.sql"),
                open_releases=_open_releases(_rows(connection, "open_releases.sql")),
                facts=_rows(connection, "facts.sql")[0],
            )
        except ProgrammingError as error:
            raise MovieAssetsError(
                f"The tables are not as this version publishes them ({str(error.orig).splitlines()[0]}). "
                "Refresh first: `movie-assets run`."
            ) from error


def _require_published(connection: Connection) -> None:
    names = [f"{SCHEMA}.{name}" for name in TABLES]
    lookup = text("SELECT name FROM unnest(cast(:names AS text[])) AS name WHERE to_regclass(name) IS NULL")
    if missing := list(connection.execute(lookup, {"names": names}).scalars()):
        verb = "was" if len(missing) == 1 else "were"
        raise MovieAssetsError(f"{', '.join(missing)} {verb} not published yet. Refresh first: `movie-assets run`.")


def _rows(connection: Connection, name: str, **parameters: object) -> list[Row]:
    query = Query.from_file("movie_assets.report", name)
    return [dict(row) for row in connection.execute(text(query.sql), parameters).mappings()]


def _open_releases(rows: Sequence[Row]) -> list[OpenRelease]:
    shared = ("brand", "top_release", "top_release_gross_usd", "status", "reason")
    return [
        OpenRelease(**dict(zip(shared, values, strict=True)), candidates=[row for row in group if row["tmdb_id"]])
        for values, group in groupby(rows, key=lambda row: tuple(row[name] for name in shared))
    ]
