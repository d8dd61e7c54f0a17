"""All tables as they were at one moment, whatever is published while they are read."""

from __future__ import annotations

import pandas as pd
import pytest

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.errors import WarehouseError
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.snapshot import Snapshot, snapshot
from movie_assets_tests.warehouse import publishing_support
from movie_assets_tests.warehouse.publishing_support import films, frame, run, session

shared_database = publishing_support.shared_database
database = publishing_support.emptied_database

FIRST, SECOND, THIRD = films(name="first"), films(name="second"), films(name="third")
OLD, NEW = frame((1, "old", 1990, 5.0)), frame((1, "new", 1990, 5.0), (2, "new", 1990, 5.0))


def titles(taken: Snapshot, name: str) -> list[object]:
    batches = taken.batches(films(name=name), ["title"])
    return [title for batch in batches for title in batch.column("title").to_pylist()]


def test_tables_read_one_after_the_other_are_of_the_same_moment(database: Database) -> None:
    publish(database, FIRST, OLD)
    publish(database, SECOND, OLD)
    with snapshot(database) as taken:
        assert titles(taken, "first") == ["old"]
        publish(database, FIRST, NEW)
        publish(database, SECOND, NEW)
        publish(database, THIRD, NEW)
        assert titles(taken, "second") == ["old"]
        # A table that appeared since would be there by name, and empty.
        assert taken.published() >= {"first", "second"}
        assert "third" not in taken.published()
    with snapshot(database) as later:
        assert titles(later, "first") == titles(later, "second") == titles(later, "third") == ["new", "new"]
        assert later.taken_at > taken.taken_at


def test_publishers_do_not_wait_for_a_snapshot(database: Database) -> None:
    publish(database, FIRST, OLD)
    with snapshot(database) as taken:
        assert titles(taken, "first") == ["old"]
        publish(database, FIRST, NEW, lock_timeout_seconds=1)


def test_rows_come_by_key(database: Database) -> None:
    publish(database, FIRST, pd.DataFrame({"id": [3, 1, 2], "title": ["c", "a", "b"], "year": 2000, "vote": 1.0}))
    with snapshot(database) as taken:
        assert titles(taken, "first") == ["a", "b", "c"]


def test_a_snapshot_cannot_write(database: Database) -> None:
    publish(database, FIRST, OLD)
    with snapshot(database) as taken, pytest.raises(Exception, match="read-only transaction"):
        taken.rows("DELETE FROM movies.first")


def test_a_missing_table_is_told_with_the_remedy(database: Database) -> None:
    run(database, "CREATE SCHEMA movies")
    with snapshot(database) as taken:
        assert taken.published() == frozenset()
        with pytest.raises(WarehouseError, match=r"movies\.first cannot be read"):
            titles(taken, "first")


def test_a_database_without_the_schema_has_no_published_table(database: Database) -> None:
    with session(database), snapshot(database) as taken:
        assert taken.published() == frozenset()
