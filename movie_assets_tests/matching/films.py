"""Candidates, releases and stored films, with values that a test does not care about filled in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from movie_assets.matching.candidates import film_title_rows
from movie_assets.matching.model import Candidate, TopRelease
from movie_assets.tmdb.films import film_row, films_frame
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.query import Query
from movie_assets.warehouse.staging import Rows
from movie_assets.warehouse.tables import SCHEMA, metadata

TODAY = dt.date(2026, 1, 1)
RELEASE = TopRelease("Brand", "Heat", 67_000_000)


def candidate(**changes: Any) -> Candidate:
    """A film that fits RELEASE in every respect, but for the changes."""
    values: dict[str, Any] = {
        "brand": RELEASE.brand,
        "tmdb_id": 949,
        "title": "Heat",
        "original_title": "Heat",
        "original_language": "en",
        "release_date": dt.date(1995, 12, 15),
        "title_key": "heat",
        "key_tier": 1,
        "key_field": "title",
        "revenue_usd": 187_000_000,
        "vote_count": 7_000,
        "popularity_percentile": 0.9,
        "runtime_minutes": 170,
        "status": "Released",
        "adult": False,
        "video": False,
        "genres": ["Crime"],
        "production_companies": ["Regency Enterprises"],
        "keywords": ["heist"],
    }
    return Candidate(**(values | changes))


def store(database: Database, name: str, rows: Rows) -> None:
    """Publish a table as its asset would."""
    publish(database, metadata.tables[f"{SCHEMA}.{name}"], rows)


def store_films(database: Database, films: pd.DataFrame) -> None:
    """Publish raw films and what is computed from them alone: titles and normalised films."""
    store(database, "raw_tmdb_movies", films)
    store(database, "normalized_titles", film_title_rows(films))
    store(database, "normalized_movies", Query.from_file("movie_assets.tmdb", "normalized_movies.sql"))


def films(*objects: dict[str, Any]) -> pd.DataFrame:
    """Raw films from TMDB objects, numbered from 1 where they have no id."""
    numbered = [{"id": number, **film} for number, film in enumerate(objects, start=1)]
    return films_frame(film_row(film, origin="file") for film in numbered)
