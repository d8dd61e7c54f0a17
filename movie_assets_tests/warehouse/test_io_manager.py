"""Assets as Dagster runs them: outputs published with their facts, inputs in the form they are annotated with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa
import pytest
from sqlalchemy import Table

from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.ddl import sql_type
from movie_assets.warehouse.errors import RowsRefusedError, WarehouseError
from movie_assets.warehouse.io_manager import PostgresIOManager
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.reading import read
from movie_assets.warehouse.staging import Frames
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.warehouse import publishing_support
from movie_assets_tests.warehouse.publishing_versions import ROWS, version

shared_database = publishing_support.shared_database
database = publishing_support.emptied_database

RAW_BRANDS = metadata.tables["movies.raw_brands"]
MATCHES = metadata.tables["movies.brand_film_matches"]


def materialize(warehouse: Warehouse, *assets: dg.AssetsDefinition) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(assets, instance=instance, resources={"warehouse_io": PostgresIOManager(warehouse)})


def facts(result: dg.ExecuteInProcessResult, name: str) -> Mapping[str, Any]:
    [event] = result.asset_materializations_for_node(name)
    return {key: value.value for key, value in event.metadata.items()}


@dg.asset(io_manager_key="warehouse_io")
def raw_brands() -> pd.DataFrame:
    return version(RAW_BRANDS, 1)


def seen_by(annotation: object, *, columns: list[str] | None = None) -> tuple[dg.AssetsDefinition, list[Any]]:
    """An asset that takes `raw_brands` as annotated, and what it was given."""
    given: list[Any] = []

    def reader(raw_brands: object) -> None:
        given.append(list(raw_brands) if isinstance(raw_brands, pa.RecordBatchReader) else raw_brands)

    reader.__annotations__["raw_brands"] = annotation
    limits = {"columns": columns} if columns else None
    ins = {"raw_brands": dg.AssetIn(input_manager_key="warehouse_io", metadata=limits)}
    return dg.asset(ins=ins, name="reader")(reader), given


def test_an_output_is_published_with_its_facts(warehouse: Warehouse) -> None:
    publish(warehouse.database, RAW_BRANDS, version(RAW_BRANDS, 2))
    found = facts(materialize(warehouse, raw_brands), "raw_brands")
    assert len(read(warehouse.database, RAW_BRANDS)) == ROWS[1]
    assert found["dagster/row_count"] == ROWS[1]
    assert found["dagster/table_name"] == "movies.raw_brands"
    assert (found["inserted"], found["updated"], found["deleted"], found["unchanged"]) == (20, 20, 40, 0)
    assert found["seconds"] >= 0
    described = [(column.name, column.type, column.description) for column in found["dagster/column_schema"].columns]
    assert described == [(column.name, sql_type(column), column.comment) for column in RAW_BRANDS.columns]
    assert "dagster/column_lineage" not in found


def test_an_unchanged_output_says_so(warehouse: Warehouse) -> None:
    materialize(warehouse, raw_brands)
    found = facts(materialize(warehouse, raw_brands), "raw_brands")
    assert (found["inserted"], found["updated"], found["deleted"], found["unchanged"]) == (0, 0, 0, ROWS[1])


def test_a_stream_of_frames_is_published(warehouse: Warehouse) -> None:
    def slices() -> Iterator[pd.DataFrame]:
        rows = version(RAW_BRANDS, 1)
        yield from (rows.iloc[:15], rows.iloc[15:])

    @dg.asset(name="raw_brands", io_manager_key="warehouse_io")
    def streamed() -> Frames:
        return Frames(slices())

    assert facts(materialize(warehouse, streamed), "raw_brands")["inserted"] == ROWS[1]


def test_a_query_is_published_with_statement_and_lineage(warehouse: Warehouse) -> None:
    matched = version(MATCHES, 1).assign(status="matched", tmdb_id=range(ROWS[1]))
    publish(warehouse.database, MATCHES, matched)

    @dg.asset(io_manager_key="warehouse_io")
    def tmdb_people_films() -> Query:
        return Query(
            "SELECT 'crew:7' AS people, m.tmdb_id FROM movies.brand_film_matches AS m", name="films of the matches"
        )

    found = facts(materialize(warehouse, tmdb_people_films), "tmdb_people_films")
    assert found["dagster/row_count"] == ROWS[1]
    assert "FROM movies.brand_film_matches" in found["query"]
    assert found["dagster/column_lineage"].deps_by_column["tmdb_id"] == [
        dg.TableColumnDep(dg.AssetKey("brand_film_matches"), "tmdb_id")
    ]


def test_a_frame_input_is_the_table_typed(warehouse: Warehouse) -> None:
    reader, given = seen_by(pd.DataFrame)
    materialize(warehouse, raw_brands, reader)
    [found] = given
    assert list(found.columns) == [column.name for column in RAW_BRANDS.columns]
    assert len(found) == ROWS[1]
    assert found["total_gross_usd"].dtype == "Int64"


def test_only_the_columns_of_the_inputs_metadata_are_read(warehouse: Warehouse) -> None:
    reader, given = seen_by(pd.DataFrame, columns=["brand", "releases"])
    materialize(warehouse, raw_brands, reader)
    assert list(given[0].columns) == ["brand", "releases"]


def test_a_reader_input_comes_in_arrow_batches(warehouse: Warehouse) -> None:
    reader, given = seen_by(pa.RecordBatchReader, columns=["brand"])
    materialize(warehouse, raw_brands, reader)
    [batches] = given
    assert sum(map(len, batches)) == ROWS[1]
    assert {tuple(batch.schema.names) for batch in batches} == {("brand",)}


def test_a_table_input_loads_nothing(warehouse: Warehouse) -> None:
    reader, given = seen_by(Table)
    materialize(warehouse, raw_brands, reader)
    assert given == [RAW_BRANDS]


@pytest.mark.parametrize("annotation", [dict, str, Any])
def test_any_other_annotation_is_refused(warehouse: Warehouse, annotation: object) -> None:
    reader, given = seen_by(annotation)
    with pytest.raises(WarehouseError) as caught:
        materialize(warehouse, raw_brands, reader)
    assert "Annotate the input as pandas.DataFrame, pyarrow.RecordBatchReader or sqlalchemy.Table" in str(caught.value)
    assert given == []


def failing(warehouse: Warehouse, asset: dg.AssetsDefinition) -> WarehouseError:
    with pytest.raises(WarehouseError) as caught:
        materialize(warehouse, asset)
    return caught.value


def test_an_output_of_another_kind_fails_the_step(warehouse: Warehouse) -> None:
    @dg.asset(name="raw_brands", io_manager_key="warehouse_io")
    def listed() -> list[int]:
        return [1]

    cause = failing(warehouse, listed)
    assert isinstance(cause, RowsRefusedError)
    assert "list cannot be published" in str(cause)


def test_refused_rows_fail_the_step_and_leave_the_old_ones(warehouse: Warehouse) -> None:
    materialize(warehouse, raw_brands)

    @dg.asset(name="raw_brands", io_manager_key="warehouse_io")
    def broken() -> pd.DataFrame:
        return version(RAW_BRANDS, 2).assign(releases=-1)

    assert isinstance(failing(warehouse, broken), RowsRefusedError)
    assert len(read(warehouse.database, RAW_BRANDS)) == ROWS[1]


def test_an_asset_without_a_declared_table_is_told(warehouse: Warehouse) -> None:
    @dg.asset(io_manager_key="warehouse_io")
    def undeclared() -> pd.DataFrame:
        return version(RAW_BRANDS, 1)

    cause = failing(warehouse, undeclared)
    assert "no table movies.undeclared is declared" in str(cause)
