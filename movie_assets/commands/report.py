"""The report of this home: where it lies and what it is made with."""

from __future__ import annotations

from pathlib import Path

from movie_assets.report import write_report
from movie_assets.settings import Settings
from movie_assets.warehouse.database import Database


def report_of(settings: Settings, database: Database, output: Path | None = None) -> Path:
    """Write the report to `output`, else into the home, and return its path; see `write_report` for the errors."""
    return write_report(database, output or settings.report, cache=settings.cache)
