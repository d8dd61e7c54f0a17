"""One published table to a file or to standard output, or all of them to a dated folder."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import Table

from movie_assets.errors import MovieAssetsError
from movie_assets.exporting.folder import export_all
from movie_assets.exporting.formats import Format, write_rows
from movie_assets.files import file_replaced
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.reading import known_columns
from movie_assets.warehouse.snapshot import snapshot
from movie_assets.warehouse.tables import SCHEMA, metadata

_IN_MEMORY = 1_000_000


@dataclass(frozen=True)
class Request:
    """What a person asked for, checked before anything is opened.

    Raises MovieAssetsError when the options contradict each other, or there is no such format or table.
    """

    table: str | None
    all_: bool
    format_: str | None
    output: Path | None
    columns: str | None
    safe_for_spreadsheets: bool

    def __post_init__(self) -> None:
        if self.all_ == (self.table is not None):
            raise MovieAssetsError("Name one table, or ask for every one with --all.")
        if self.all_ and self.columns is not None:
            raise MovieAssetsError("--columns is for one table; --all writes every column that may be handed on.")
        if self.safe_for_spreadsheets and self.format is not Format.CSV:
            raise MovieAssetsError("--safe-for-spreadsheets is for CSV: add --format csv.")

    @property
    def format(self) -> Format:
        """The format asked for: without one, CSV for a table and Parquet for a folder, where types should survive."""
        wanted = self.format_ or (Format.PARQUET if self.all_ else Format.CSV)
        if wanted not in list(Format):
            raise MovieAssetsError(f"There is no format {wanted}. There are: {', '.join(Format)}.")
        return Format(wanted)

    def declared(self) -> Table:
        """The declaration of the table asked for.

        Raises MovieAssetsError, with the names there are, when there is no such table.
        """
        table = metadata.tables.get(f"{SCHEMA}.{self.table}")
        if table is None:
            known = ", ".join(sorted(table.name for table in metadata.tables.values()))
            raise MovieAssetsError(f"There is no table {self.table}. There are: {known}.")
        return table


def export(database: Database, request: Request) -> Path | None:
    """Write what is asked for; the folder for all tables, None where one table went to a file or standard output.

    Raises MovieAssetsError when nothing was published or the output cannot be written.
    """
    if request.all_:
        return export_all(
            database,
            metadata.sorted_tables,
            request.output or Path(),
            request.format,
            safe_for_spreadsheets=request.safe_for_spreadsheets,
        )
    table = request.declared()
    wanted = [name.strip() for name in request.columns.split(",")] if request.columns else None
    columns = known_columns(table, wanted)
    if request.output is not None:
        with file_replaced(request.output) as file:
            _write(database, request, table, columns, file)
        return None
    # Standard output gets all of it or nothing, and Parquet needs a file that knows its position.
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        _write(database, request, table, columns, file)
        file.seek(0)
        shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return None


def _write(database: Database, request: Request, table: Table, columns: Sequence[str], file: IO[bytes]) -> None:
    with snapshot(database) as taken:
        if table.name not in taken.published():
            raise MovieAssetsError(f"{table.fullname} was not published yet. Refresh first: `movie-assets run`.")
        write_rows(
            file,
            table,
            columns,
            taken.batches(table, columns),
            request.format,
            safe_for_spreadsheets=request.safe_for_spreadsheets,
        )
