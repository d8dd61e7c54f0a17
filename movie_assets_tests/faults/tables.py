"""What all published tables hold, and whether it is what an undisturbed refresh makes of the same files."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.tables import key_of
from movie_assets_tests.published import FROM_SOURCES

# When something was asked or written, which differs from one refresh to the next.
_MOMENTS = {
    *("fetched_at", "started_at", "finished_at", "missed_at", "confirmed_at", "fetched_from", "fetched_to"),
    "snapshot_date",
}
_DIGITS = 9
"""Sums of floating-point numbers depend on the order of the rows in their last digits."""

Rows = dict[tuple[Any, ...], dict[str, Any]]
Contents = dict[str, Rows]


def contents(database: Database, *, without: Collection[str] = (), only: Collection[str] = ()) -> Contents:
    """The rows of every table that follows from sources, or of some, by key; none for a table that does not exist."""
    found: Contents = {}
    for table in FROM_SOURCES:
        if table.name in without or (only and table.name not in only):
            continue
        key = [name for name in key_of(table) if name not in _MOMENTS]
        exists = database.scalar("SELECT to_regclass(:name)", name=table.fullname) is not None
        rows = database.rows(f"SELECT * FROM {table.fullname}") if exists else []
        found[table.name] = {tuple(row[name] for name in key): _comparable(row) for row in rows}
        assert len(found[table.name]) == len(rows), f"{table.fullname} holds rows twice"
    return found


def _comparable(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _rounded(value) for name, value in row.items() if name not in _MOMENTS}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    return [_rounded(entry) for entry in value] if isinstance(value, list) else value


def assert_equal(found: Contents, expected: Contents) -> None:
    """Every table holds what is expected, row by row."""
    wrong = {name: _difference(found[name], rows) for name, rows in expected.items() if found[name] != rows}
    assert not wrong, wrong


def assert_whole(found: Contents, *versions: Contents) -> None:
    """Every table is that of one of the versions: none is half of one and half of another."""
    for name, rows in found.items():
        assert any(rows == version[name] for version in versions), (
            name,
            [_difference(rows, version[name]) for version in versions],
        )


def _difference(found: Rows, expected: Rows) -> str:
    missing, extra = expected.keys() - found.keys(), found.keys() - expected.keys()
    changed = [
        (key, name, found[key][name], value)
        for key in found.keys() & expected.keys()
        for name, value in expected[key].items()
        if found[key][name] != value
    ]
    return (
        f"{len(missing)} missing {list(missing)[:3]}, {len(extra)} too many {list(extra)[:3]}, "
        f"{len(changed)} values differ {changed[:3]}"
    )
