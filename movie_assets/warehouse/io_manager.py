"""Dagster's view of the warehouse: an asset's output is published, its inputs are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg
import pandas as pd
import pyarrow as pa
from sqlalchemy import Table

from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.ddl import sql_type
from movie_assets.warehouse.errors import WarehouseError
from movie_assets.warehouse.lineage import column_lineage
from movie_assets.warehouse.publishing import Publication, publish
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.reading import read, read_stream
from movie_assets.warehouse.staging import Rows
from movie_assets.warehouse.tables import SCHEMA, metadata

if TYPE_CHECKING:
    from dagster._core.definitions.metadata import RawMetadataValue


class PostgresIOManager(dg.IOManager):
    """Publishes outputs and loads inputs; the asset's key names the table.

    Outputs: a DataFrame, `Frames` (a stream, memory stays flat) or a `Query` (computed in the database).
    Inputs by annotation: `pd.DataFrame`, `pa.RecordBatchReader` (Arrow, batch by batch) or `sqlalchemy.Table`
    (nothing is loaded). The input's metadata `columns` limits what is read.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def handle_output(self, context: dg.OutputContext, obj: Rows) -> None:
        """Publish `obj`; see `publishing.publish` for the errors, and NoRoomError when the disk is nearly full."""
        table = declared_table(context.asset_key)
        database = self._warehouse.database
        self._warehouse.require_room()
        publication = publish(database, table, obj)
        context.log.info(
            "%s: %d rows (%d inserted, %d updated, %d deleted, %d unchanged)",
            publication.table,
            publication.rows,
            publication.inserted,
            publication.updated,
            publication.deleted,
            publication.unchanged,
        )
        for notice in publication.notices:
            context.log.warning("%s: %s", publication.table, notice)
        context.add_output_metadata(_metadata(publication, table, obj))

    def load_input(self, context: dg.InputContext) -> pd.DataFrame | pa.RecordBatchReader | Table:
        """The upstream table in the form the input is annotated with."""
        table = declared_table(context.asset_key)
        columns: Sequence[str] | None = (context.definition_metadata or {}).get("columns")
        wanted = context.dagster_type.typing_type
        if wanted is Table:
            return table
        if wanted is pa.RecordBatchReader:
            return read_stream(self._warehouse.database, table, columns)
        if wanted is pd.DataFrame:
            return read(self._warehouse.database, table, columns)
        raise WarehouseError(
            f"{table.fullname} is asked for as {wanted}. Annotate the input as pandas.DataFrame, "
            "pyarrow.RecordBatchReader or sqlalchemy.Table."
        )


def declared_table(key: dg.AssetKey) -> Table:
    """The declaration of the table that an asset is stored in.

    Raises WarehouseError when there is none.
    """
    name = f"{SCHEMA}.{key.path[-1]}"
    if name not in metadata.tables:
        raise WarehouseError(f"no table {name} is declared in movie_assets/warehouse/tables for {key}.")
    return metadata.tables[name]


def column_schema(table: Table) -> dg.TableSchema:
    """Names, database types, meanings and constraints of a table's columns, for Dagster's UI."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=sql_type(column),
                description=column.comment,
                constraints=dg.TableColumnConstraints(
                    nullable=bool(column.nullable), other=["primary key"] if column.primary_key else []
                ),
            )
            for column in table.columns
        ]
    )


def _metadata(publication: Publication, table: Table, rows: Rows) -> dict[str, RawMetadataValue]:
    facts: dict[str, RawMetadataValue] = {
        "dagster/row_count": publication.rows,
        "dagster/table_name": table.fullname,
        "dagster/column_schema": column_schema(table),
        "inserted": publication.inserted,
        "updated": publication.updated,
        "deleted": publication.deleted,
        "unchanged": publication.unchanged,
        "seconds": round(publication.seconds, 3),
    }
    if publication.notices:
        facts["notices"] = list(publication.notices)
    if isinstance(rows, Query):
        facts["query"] = dg.MetadataValue.md(f"```sql\n{rows.sql}\n```")
        facts["dagster/column_lineage"] = dg.TableColumnLineage(
            {
                column: [dg.TableColumnDep(asset_key=source, column_name=name) for source, name in sources]
                for column, sources in column_lineage(rows).items()
            }
        )
    return facts
