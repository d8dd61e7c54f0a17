"""Published tables as frames: typed, only what was asked for, in slices or whole."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.errors import DatabaseUnavailableError, WarehouseError
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.reading import read, read_arrow, read_stream
from movie_assets_tests.warehouse import publishing_support
from movie_assets_tests.warehouse.publishing_support import every_type, films, frame, run

shared_database = publishing_support.shared_database
database = publishing_support.emptied_database

ROWS = frame((3, "Big", None, None), (1, "Heat", 1995, 7.9), (2, "Alien", 1979, 8.2))


def test_columns_keep_their_types(database: Database) -> None:
    table = every_type()
    unknown = [None] * (len(table.columns) - 1)
    publish(database, table, frame((1, *unknown), columns=table.columns.keys()))
    assert read(database, table).dtypes.astype(str).to_dict() == {
        "id": "Int64", "number": "Int64", "fraction": "Float64", "flag": "boolean", "words": "string",
        "day": "object", "moment": "datetime64[us, UTC]", "numbers": "object", "texts": "object",
        "small": "Int16", "medium": "Int32", "exact": "object", "document": "object",
        "fractions": "object", "flags": "object", "days": "object", "moments": "object",
    }  # fmt: skip


def test_only_the_asked_columns_come_in_the_asked_order(database: Database) -> None:
    publish(database, films(), ROWS)
    assert list(read(database, films(), ["vote", "id"]).columns) == ["vote", "id"]
    # A column that is not asked for is not read either: this one could not be.
    run(database, "ALTER TABLE movies.films ALTER COLUMN year TYPE text USING 'none'")
    assert read(database, films(), ["title"], ordered=True)["title"].tolist() == ["Heat", "Alien", "Big"]


def test_ordered_means_by_key(database: Database) -> None:
    publish(database, films(), ROWS)
    assert read(database, films(), ordered=True)["id"].tolist() == [1, 2, 3]
    assert read_arrow(database, films(), ["title"], ordered=True)["title"].to_pylist() == ["Heat", "Alien", "Big"]


def test_an_empty_table_keeps_columns_and_types(database: Database) -> None:
    table = films(may_be_empty=True)
    publish(database, table, frame())
    found = read(database, table)
    assert found.empty
    assert found.dtypes.astype(str).tolist() == ["Int64", "string", "Int64", "Float64"]
    assert read_stream(database, table).read_all().num_rows == 0


def streamed(database: Database) -> pa.RecordBatchReader:
    """A stream of 50,000 films in many batches."""
    publish(database, films(), pd.DataFrame({"id": range(50_000), "title": "old" * 30, "year": 2000, "vote": 5.0}))
    return read_stream(database, films(), ["id", "title"], batch_bytes=100_000)


def test_a_stream_comes_in_small_batches_which_together_are_the_table(database: Database) -> None:
    batches = list(streamed(database))
    assert max(batch.nbytes for batch in batches) < 200_000
    assert sorted(pa.Table.from_batches(batches)["id"].to_pylist()) == list(range(50_000))


def test_a_stream_is_one_snapshot(database: Database) -> None:
    stream = streamed(database)
    first = stream.read_next_batch()
    publish(database, films(), frame((1, "new", 2000, 5.0)))
    assert pc.unique(pa.Table.from_batches([first, *stream])["title"]).to_pylist() == ["old" * 30]


def test_a_stream_may_be_left_early(database: Database) -> None:
    stream = streamed(database)
    stream.read_next_batch()
    del stream
    assert len(read(database, films(), ["id"])) == 50_000


def test_a_stream_of_what_was_never_published_says_so(database: Database) -> None:
    with pytest.raises(WarehouseError, match=r"movies\.films cannot be read"):
        read_stream(database, films()).read_all()


def test_a_table_that_was_never_published_is_told(database: Database) -> None:
    with pytest.raises(WarehouseError, match=r"(?s)movies\.films cannot be read: .*does not exist.*`movie-assets run`"):
        read(database, films())


@pytest.mark.parametrize("reader", [read, read_arrow, read_stream])
def test_an_unknown_column_is_told_with_the_known_ones(database: Database, reader: object) -> None:
    publish(database, films(), ROWS)
    with pytest.raises(WarehouseError) as caught:
        reader(database, films(), ["id", "titel"])  # type: ignore[operator]
    assert str(caught.value) == "movies.films has no column titel; it has id, title, year, vote."


def test_a_stored_type_that_does_not_fit_the_declaration_is_told(database: Database) -> None:
    publish(database, films(), ROWS)
    run(database, "ALTER TABLE movies.films ALTER COLUMN year TYPE text USING 'none'")
    with pytest.raises(WarehouseError, match=r"movies\.films cannot be read"):
        read(database, films())


def test_without_a_server_reading_says_so() -> None:
    nowhere = Database("postgresql://reader@127.0.0.1:1/movies")
    with pytest.raises(DatabaseUnavailableError):
        read(nowhere, films())


def test_arrow_has_the_declared_types(database: Database) -> None:
    publish(database, films(), ROWS)
    assert read_arrow(database, films()).schema.types == [pa.int64(), pa.string(), pa.int64(), pa.float64()]


def test_a_null_in_an_array_does_not_touch_its_neighbours(database: Database) -> None:
    largest = 2**63 - 1
    values = {"id": 1, "numbers": [largest, None, -largest], "texts": [None, "", "NULL"]}
    table = every_type()
    names = [column.name for column in table.columns]
    publish(database, table, frame(tuple(map(values.get, names)), columns=names))
    found = read(database, table)
    assert found["numbers"][0] == [largest, None, -largest]
    assert found["texts"][0] == [None, "", "NULL"]
