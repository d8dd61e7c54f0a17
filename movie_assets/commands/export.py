"""A published table as a file or on standard output: CSV, JSON or Parquet."""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
from sqlalchemy import Table

from movie_assets.errors import MovieAssetsError
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.reading import read_arrow
from movie_assets.warehouse.tables import SCHEMA, metadata


class Format(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def table_named(name: str) -> Table:
    """The declaration of a published table.

    Raises MovieAssetsError, with the names there are, when there is no such table.
    """
    table = metadata.tables.get(f"{SCHEMA}.{name}")
    if table is None:
        known = ", ".join(sorted(table.name for table in metadata.tables.values()))
        raise MovieAssetsError(f"There is no table {name}. There are: {known}.")
    return table


def export(database: Database, table: Table, format_: Format, columns: Sequence[str] | None) -> bytes:
    """The table's rows in the order of its key.

    CSV and JSON are UTF-8. In CSV, lists are JSON arrays, NULL is an empty field and an empty text is "".

    Raises MovieAssetsError when the table was never published.
    """
    if database.scalar("SELECT to_regclass(:name)", name=table.fullname) is None:
        raise MovieAssetsError(f"{table.fullname} was not published yet. Refresh first: `movie-assets run`.")
    rows = read_arrow(database, table, columns, ordered=True)
    match format_:
        case Format.CSV:
            return _csv(rows)
        case Format.JSON:
            text = json.dumps(rows.to_pylist(), ensure_ascii=False, indent=1, default=_json_value)
            return f"{text}\n".encode()
        case Format.PARQUET:
            buffer = io.BytesIO()
            pa_parquet.write_table(rows, buffer)
            return buffer.getvalue()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new one.

    Raises MovieAssetsError when the directory cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=path.absolute().parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
        # A temporary file is private; the export gets the permissions that any new file of this user has.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        raise MovieAssetsError(f"{path} cannot be written: {error.strerror}.") from error


def _csv(rows: pa.Table) -> bytes:
    flat = [
        pa.array(
            [None if v is None else json.dumps(v, ensure_ascii=False) for v in rows[field.name].to_pylist()],
            pa.string(),
        )
        if pa.types.is_list(field.type)
        else rows[field.name]
        for field in rows.schema
    ]
    buffer = io.BytesIO()
    options = pa_csv.WriteOptions(quoting_style="needed")
    pa_csv.write_csv(pa.Table.from_arrays(flat, names=rows.schema.names), buffer, options)
    return buffer.getvalue()


def _json_value(value: object) -> str:
    isoformat = getattr(value, "isoformat", None)
    if isoformat is None:
        raise TypeError(f"{type(value).__name__} has no JSON form")
    return str(isoformat())
