"""The bundled brands and films, put through the pipeline's own functions without Dagster."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from movie_assets.brands import read_brand_file
from movie_assets.matching.decision import matches_frame
from movie_assets.matching.model import top_releases
from movie_assets.matching.releases import match_releases
from movie_assets.matching.scoring import candidates_frame
from movie_assets.settings import PROJECT_ROOT
from movie_assets.tmdb.film_file import FilmFile
from movie_assets.warehouse.database import Database
from movie_assets_tests.matching.films import store, store_films

TODAY = dt.date(2026, 1, 1)


def bundled_brands() -> pd.DataFrame:
    """raw_brands of data/brands.csv."""
    return read_brand_file(PROJECT_ROOT / "data" / "brands.csv").brands_frame()


def bundled_films() -> pd.DataFrame:
    """raw_tmdb_movies of data/sample_films.jsonl.gz."""
    return pd.concat(FilmFile(PROJECT_ROOT / "data" / "sample_films.jsonl.gz").frames(), ignore_index=True)


def match_brands(database: Database, brands: pd.DataFrame) -> pd.DataFrame:
    """Store the brands, their candidates and their decisions; the films are stored already. Returns the decisions."""
    matching = match_releases(database, top_releases(brands), today=TODAY)
    matches = matches_frame(matching.matches)
    store(database, "raw_brands", brands)
    store(database, "brand_film_candidates", candidates_frame(matching.candidates))
    store(database, "brand_film_matches", matches)
    return matches


def match_bundled(database: Database) -> pd.DataFrame:
    """The decisions on the bundled brands."""
    store_films(database, bundled_films())
    return match_brands(database, bundled_brands())
