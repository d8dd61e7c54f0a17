"""Every published table in one dated folder, all from one moment, with a manifest."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Table

from movie_assets.errors import MovieAssetsError
from movie_assets.exporting.formats import Format, write_rows
from movie_assets.exporting.manifest import MANIFEST, manifest, require_own, snapshot_day, table_entry
from movie_assets.files import folder_replaced
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.snapshot import snapshot


def export_all(
    database: Database,
    tables: Iterable[Table],
    directory: Path,
    format_: Format,
    *,
    safe_for_spreadsheets: bool = False,
) -> Path:
    """Write the tables that were published into directory/movie-assets-<day> and return that folder.

    The folder appears when it is complete; one of the same day is then replaced. Columns that are not to be handed on
    are left out and named in the manifest. Tables are read from one snapshot, so that they fit together even if they
    are published meanwhile.

    Raises MovieAssetsError when no table was published, the directory cannot be written, or the folder of the day holds
    what no export wrote.
    """
    with snapshot(database) as taken:
        published = taken.published()
        found = [table for table in tables if table.name in published]
        if not found:
            raise MovieAssetsError("No table was published yet. Refresh first: `movie-assets run`.")
        folder = directory / f"movie-assets-{snapshot_day(taken)}"
        require_own(folder)
        with folder_replaced(folder) as staged:
            entries = []
            for table in found:
                columns = [column.name for column in table.columns if "withheld" not in column.info]
                path = staged / f"{table.name}.{format_}"
                with path.open("wb") as file:
                    rows = write_rows(
                        file,
                        table,
                        columns,
                        taken.batches(table, columns),
                        format_,
                        safe_for_spreadsheets=safe_for_spreadsheets,
                    )
                entries.append(table_entry(table, columns, path, rows))
            content = manifest(taken, format_, entries, safe_for_spreadsheets=safe_for_spreadsheets)
            (staged / MANIFEST).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            # A person may have put something there in the meantime.
            require_own(folder)
    return folder
