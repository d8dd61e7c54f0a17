"""Films and labelled titles from the files that a benchmark is given, stored in a database of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from movie_assets.matching.candidates import film_title_rows
from movie_assets.tmdb.film_file import FilmFile
from movie_assets.tmdb.films import film_row, films_frame
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.staging import Frames
from movie_assets.warehouse.tables import metadata

_SLICE = 20_000


@dataclass(frozen=True)
class Label:
    """A US release title, its US and Canadian gross in dollars, and the TMDB id of the film it is."""

    title: str
    gross_usd: int
    tmdb_id: int


def read_labels(path: Path) -> list[Label]:
    """Labels of a CSV with the columns title, one whose name holds `gross`, and tmdb_id; others are ignored."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    gross = next(name for name in frame.columns if "gross" in name.lower())
    return [
        Label(title, int(amount), int(tmdb_id))
        for title, amount, tmdb_id in zip(frame["title"], frame[gross], frame["tmdb_id"], strict=True)
    ]


def film_frames(path: Path) -> Iterator[pd.DataFrame]:
    """Frames of raw_tmdb_movies from JSON Lines, or from a CSV with TMDB's own names of the columns that it has."""
    if ".csv" not in path.suffixes:
        yield from FilmFile(path).frames()
        return
    for part in pd.read_csv(path, dtype=str, keep_default_na=False, chunksize=_SLICE):
        rows = part.to_dict("records")
        yield films_frame(film_row(_film(row), origin="file") for row in rows if row["title"].strip())


def _film(row: dict[str, Any]) -> dict[str, Any]:
    whole = {"id": int, "vote_count": _whole, "revenue": _whole, "runtime": _whole}
    parts = {"popularity": float, "vote_average": float}
    texts = ("title", "original_title", "original_language", "release_date", "imdb_id", "status")
    film: dict[str, Any] = {name: row[name] for name in texts if row.get(name)}
    for name, read in (whole | parts).items():
        if row.get(name):
            film[name] = read(row[name])
    return film


def _whole(text: str) -> int:
    return int(float(text))


@contextmanager
def database_of(frames: Iterator[pd.DataFrame]) -> Iterator[Database]:
    """A database on a server of its own that holds the films as the platform stores them."""
    directory = Path(tempfile.mkdtemp(prefix="movie-assets-bench-"))
    directory.chmod(0o755)
    try:
        with EmbeddedServer(directory / "home") as server:
            database = Database(server.dsn("movie_assets"))
            store_films(database, frames)
            yield database
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def store_films(database: Database, frames: Iterator[pd.DataFrame]) -> None:
    """Publish raw_tmdb_movies, normalized_titles and normalized_movies, slice by slice."""
    tables = {name: metadata.tables[f"movies.{name}"] for name in ("raw_tmdb_movies", "normalized_titles")}
    titles: list[pd.DataFrame] = []

    def noting_titles() -> Iterator[pd.DataFrame]:
        for frame in frames:
            titles.append(frame[["tmdb_id", "title", "original_title", "alternative_titles"]])
            yield frame

    publish(database, tables["raw_tmdb_movies"], Frames(noting_titles()))
    publish(database, tables["normalized_titles"], Frames(film_title_rows(films) for films in titles))
    statement = Query.from_file("movie_assets.tmdb", "normalized_movies.sql")
    publish(database, metadata.tables["movies.normalized_movies"], statement)
