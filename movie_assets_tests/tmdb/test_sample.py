"""The bundled films can be read, and look like TMDB's."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pandas as pd
import pytest

from movie_assets.tmdb.film_file import FilmFile

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample_films.jsonl.gz"


@pytest.fixture(scope="module")
def films() -> pd.DataFrame:
    file = FilmFile(SAMPLE)
    frame = pd.concat(list(file.frames()))
    assert file.repeated == 0
    return frame


def test_it_holds_944_films_in_order(films: pd.DataFrame) -> None:
    assert len(films) == 944
    assert films["tmdb_id"].is_monotonic_increasing


def test_every_film_has_a_title_and_a_date(films: pd.DataFrame) -> None:
    dates = pd.to_datetime(films["release_date"], format="%Y-%m-%d")
    assert dates.notna().all()


def test_popularity_is_of_one_vintage_and_otherwise_absent(films: pd.DataFrame) -> None:
    assert films["fetched_at"].dropna().unique().tolist() == [pd.Timestamp("2025-05-01", tz="UTC")]
    assert (films["popularity"].notna() == films["fetched_at"].notna()).all()


def test_what_is_not_known_is_left_out() -> None:
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as file:
        objects = [json.loads(line) for line in file]
    assert all(value is not None and value not in ("", []) for obj in objects for value in obj.values())
    assert all(list(obj) == sorted(obj) for obj in objects)


def test_the_archive_names_no_file_and_no_time() -> None:
    # Flags and modification time of the gzip header: the same films always make the same bytes.
    assert SAMPLE.read_bytes()[3:8] == bytes(5)
