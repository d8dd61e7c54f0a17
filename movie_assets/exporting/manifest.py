"""manifest.json: what an exported folder holds, from when, and under which conditions it may be used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Table

from movie_assets.errors import MovieAssetsError
from movie_assets.exporting.formats import Format
from movie_assets.warehouse.ddl import sql_type
from movie_assets.warehouse.dictionary import null_meaning
from movie_assets.warehouse.snapshot import Snapshot
from movie_assets.warehouse.tables import key_of, mode_of
from movie_assets.warehouse.units import unit_of

MANIFEST = "manifest.json"
KIND = "movie-assets export"
TMDB_NOTICE = "This product uses the TMDB API but is not endorsed or certified by TMDB."
_CONDITIONS = (
    "Show TMDB's notice where you show what is computed from these tables, and keep no copy of TMDB's data for longer "
    "than six months: https://www.themoviedb.org/api-terms-of-use."
)


def table_entry(table: Table, columns: Sequence[str], file: Path, rows: int) -> dict[str, object]:
    """What the manifest tells of one table: its file with SHA-256, its rows, its key and its columns."""
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "name": table.name,
        "comment": table.comment,
        "file": file.name,
        "bytes": file.stat().st_size,
        "sha256": sha256,
        "rows": rows,
        "key": list(key_of(table)),
        "mode": mode_of(table),
        "source": table.info.get("source"),
        "columns": [_column(table.columns[name]) for name in columns],
        "withheld_columns": {
            column.name: column.info["withheld"] for column in table.columns if column.name not in columns
        },
    }


def manifest(
    snapshot: Snapshot, format_: Format, tables: Sequence[dict[str, object]], *, safe_for_spreadsheets: bool
) -> dict[str, object]:
    """The manifest of a folder with `tables`, all of them read from `snapshot`."""
    published = snapshot.published()
    return {
        "kind": KIND,
        "version": version("movie-assets"),
        "snapshot_at": snapshot.taken_at.isoformat(),
        "date": snapshot_day(snapshot),
        "format": str(format_),
        "safe_for_spreadsheets": safe_for_spreadsheets,
        "brand_file_sha256": _values(snapshot, published, "raw_brands", "source_sha256"),
        "scoring_version": _values(snapshot, published, "brand_film_matches", "scoring_version"),
        "films": _vintage(snapshot, published),
        "notice": TMDB_NOTICE,
        "conditions": _CONDITIONS,
        "tables": list(tables),
    }


def snapshot_day(snapshot: Snapshot) -> str:
    """The day of the snapshot, in the time zone UTC, as 2026-11-24."""
    return snapshot.taken_at.date().isoformat()


def written(folder: Path) -> set[str] | None:
    """Names of the files that an export wrote into `folder`; None where it holds no manifest of one."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {MANIFEST, *(table["file"] for table in found["tables"])} if found["kind"] == KIND else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def require_own(folder: Path) -> None:
    """Make sure that nothing but an export is lost when `folder` is replaced.

    Raises MovieAssetsError when there is something else at that path, or in that folder.
    """
    if not folder.exists():
        return
    known = written(folder)
    foreign = sorted(file.name for file in folder.iterdir() if file.name not in (known or ())) if known else []
    if known is None or foreign:
        what = f"it holds {', '.join(foreign)}" if foreign else "it is no export"
        raise MovieAssetsError(
            f"{folder} is there already, and {what}. Move that away, or name another directory with --output."
        )


def _column(column: Column[Any]) -> dict[str, object]:
    return {
        "name": column.name,
        "type": sql_type(column),
        "nullable": bool(column.nullable),
        "unit": unit_of(column),
        "comment": column.comment,
        "null": null_meaning(column),
    }


def _values(snapshot: Snapshot, published: frozenset[str], table: str, column: str) -> list[str]:
    """The values of a column that has the same one in all rows, if all is well."""
    if table not in published:
        return []
    return [str(value) for (value,) in snapshot.rows(f"SELECT DISTINCT {column} FROM movies.{table} ORDER BY 1")]


def _vintage(snapshot: Snapshot, published: frozenset[str]) -> dict[str, object]:
    """When the films' facts were fetched from TMDB."""
    if "raw_tmdb_movies" not in published:
        return {}
    [(films, oldest, newest, unknown)] = snapshot.rows(
        "SELECT count(*), min(fetched_at), max(fetched_at), count(*) FILTER (WHERE fetched_at IS NULL)"
        " FROM movies.raw_tmdb_movies"
    )
    return {
        "films": films,
        "oldest_fetched_at": oldest.isoformat() if isinstance(oldest, datetime) else None,
        "newest_fetched_at": newest.isoformat() if isinstance(newest, datetime) else None,
        "without_fetched_at": unknown,
    }
