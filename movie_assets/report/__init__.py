"""One self-contained HTML page of the published statistics, and a preview of it in Markdown.

`write_report` is what the command `movie-assets report` and the asset brand_report call. Nothing here computes a
statistic: what the page shows are columns of published tables, read in one snapshot.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from movie_assets.errors import MovieAssetsError
from movie_assets.files import write_atomically
from movie_assets.report.contents import TABLES, read_contents
from movie_assets.report.javascript import charting_script
from movie_assets.report.page import page
from movie_assets.report.preview import preview_markdown
from movie_assets.warehouse.database import Database

__all__ = ["TABLES", "preview_markdown", "write_report"]


def write_report(database: Database, path: Path, *, cache: Path | None = None) -> Path:
    """Write the page to `path`, in a directory that is made if need be; a reader finds the old page or the new one.

    `cache` is a directory in which the charts' JavaScript is kept between reports. Returns the absolute path. Raises
    MovieAssetsError when a table was never published or the file cannot be written.
    """
    contents = read_contents(database)
    html = page(contents, charting_script(cache), datetime.now(UTC))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MovieAssetsError(f"{path.parent} cannot be made: {error.strerror}.") from error
    write_atomically(path, html.encode())
    return path.absolute()
