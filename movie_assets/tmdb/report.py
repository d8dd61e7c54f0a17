"""What an ingestion came to, as it is stored and shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Report:
    """A row of tmdb_ingestions; the columns' comments there say what each is."""

    started_at: datetime
    finished_at: datetime
    scope: str
    min_votes: int | None
    requests: int
    expected: int
    received: int
    repeated: int
    missing: int
    films: int
    new_films: int
    fetched_films: int
    unchanged_films: int
    deleted_films: int
    problems: list[str]
