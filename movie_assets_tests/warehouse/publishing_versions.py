"""Two valid versions of the rows of every declared table, made from its declaration.

Run as a program, it publishes the second version of the named tables in turn, for a test that kills it:
publishing_versions.py ADDRESS TABLE...; a table given as stream:TABLE is left half sent until the program is killed.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Iterator

import pandas as pd
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, DateTime, Double, Table, Text

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.staging import Frames
from movie_assets.warehouse.tables import SCHEMA, key_of, metadata

ROWS = {1: 40, 2: 60}
"""Rows of each version; the versions share the keys of the first twenty rows and differ in every other column."""

# Columns whose CHECK constraints leave little choice, by table and column or by column.
CHOSEN: dict[str, object] = {
    "origin": "file",
    "field": "title",
    "reason": "top_release",
    "scope": "top_release",
    "tmdb_ingestions.scope": "brands",
    "brand_stats.scope": "filmography",
    "kind": "company",
    "snapshot_date": dt.date(2000, 1, 1),
    "measure": "rating",
    "other_brand": "another brand",
    "rating_verdict": "higher",
    "votes_verdict": "lower",
    "popularity_verdict": "undecided",
    "status": "review",
    "severity": "WARN",
    "brand_film_matches.tmdb_id": None,
    "tier": 1,
    "key_tier": 5,
    "brand_verdict": "none",
    "effect": "decides",
    "popularity_percentile": 0.5,
    "top_release_share": 0.5,
    "vote_average": 5.0,
}


def version(table: Table, number: int) -> pd.DataFrame:
    """A version of the table's rows."""
    start = 20 * (number - 1)
    rows = range(start, start + ROWS[number])
    return pd.DataFrame(
        {
            column.name: pd.Series([_value(table, column, row, number) for row in rows], dtype=object)
            for column in table.columns
        }
    )


def _value(table: Table, column: Column[object], row: int, number: int) -> object:
    for name in (f"{table.name}.{column.name}", column.name):
        if name in CHOSEN:
            return CHOSEN[name]
    # Keys are equal in both versions, everything else differs.
    seed = row + 1 if column.name in key_of(table) else (row + 1) * 10 + number
    values: dict[type, object] = {
        BigInteger: seed,
        Double: seed + 0.5,
        Boolean: seed % 2 == 0,
        Text: f"text {seed}",
        Date: dt.date(2000, 1, 1) + dt.timedelta(seed),
        DateTime: dt.datetime(2000, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seed),
    }
    if isinstance(column.type, ARRAY):
        return [values[type(column.type.item_type)]] * 2
    return values[type(column.type)]


def _endless(table: Table) -> Iterator[pd.DataFrame]:
    rows = version(table, 2)
    yield rows.iloc[:30]
    print("half", flush=True)
    time.sleep(600)


def main(address: str, *arguments: str) -> None:
    """Publish the second version of tables in turn."""
    database = Database(address)
    for name in arguments:
        table = metadata.tables[f"{SCHEMA}.{name.removeprefix('stream:')}"]
        publish(database, table, Frames(_endless(table)) if name.startswith("stream:") else version(table, 2))


if __name__ == "__main__":
    main(*sys.argv[1:])
