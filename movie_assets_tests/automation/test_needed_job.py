"""The smallest job that an edit of the brand file needs, on a real database."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from movie_assets.automation.needed_job import needed_job
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse

HEADER = "Brand,Total,Releases,#1 Release,Lifetime Gross\n"
PIXAR = "Pixar,6078217662,28,Incredibles 2,608581744\n"
LAIKA = "Laika,204042542,6,Coraline,75286229\n"


@pytest.fixture
def from_a_file(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a platform that has its films from a file."""
    path = tmp_path / "brands.csv"
    path.write_text(HEADER + PIXAR)
    return settings.model_copy(update={"brands_csv": path})


@pytest.fixture
def live(from_a_file: Settings) -> Settings:
    """Settings of a platform that has its films from TMDB."""
    return from_a_file.model_copy(update={"tmdb_api_token": SecretStr("token")})


@pytest.fixture
def stored(warehouse: Warehouse) -> Warehouse:
    """A warehouse with films and Pixar's line of the brand file."""
    with warehouse.database.engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA movies"))
        connection.execute(text("CREATE TABLE movies.normalized_movies (tmdb_id bigint)"))
        connection.execute(text("CREATE TABLE movies.brand_rules (brand text)"))
        connection.execute(text("CREATE TABLE movies.raw_brands (brand text, top_release text)"))
        connection.execute(text("INSERT INTO movies.raw_brands VALUES ('Pixar', 'Incredibles 2')"))
    return warehouse


def test_the_first_refresh_is_of_everything(from_a_file: Settings, live: Settings, warehouse: Warehouse) -> None:
    assert needed_job(from_a_file, warehouse) == "refresh"
    assert needed_job(live, warehouse) == "refresh"


@pytest.mark.parametrize("missing", ["normalized_movies", "raw_brands", "brand_rules"])
def test_a_table_that_is_missing_needs_everything(live: Settings, stored: Warehouse, missing: str) -> None:
    with stored.database.engine.begin() as connection:
        connection.execute(text(f"DROP TABLE movies.{missing}"))
    assert needed_job(live, stored) == "refresh"


def test_films_from_a_file_are_not_read_again_for_another_brand(from_a_file: Settings, stored: Warehouse) -> None:
    from_a_file.brands_csv.write_text(HEADER + PIXAR + LAIKA)
    assert needed_job(from_a_file, stored) == "refresh_brands"


@pytest.mark.parametrize(
    ("lines", "job"),
    [
        (PIXAR, "refresh_brands"),
        (PIXAR.replace("6078217662,28", "6078217663,29"), "refresh_brands"),
        (PIXAR + LAIKA, "refresh"),
        (PIXAR.replace("Incredibles 2", "Toy Story 4"), "refresh"),
        (PIXAR.replace("Pixar", "Pixar Animation"), "refresh"),
    ],
    ids=["the same", "another total", "another brand", "another #1 release", "a renamed brand"],
)
def test_films_are_fetched_for_what_is_not_stored_yet(live: Settings, stored: Warehouse, lines: str, job: str) -> None:
    live.brands_csv.write_text(HEADER + lines)
    assert needed_job(live, stored) == job


def test_a_brand_that_is_gone_needs_no_fetch(live: Settings, stored: Warehouse) -> None:
    with stored.database.engine.begin() as connection:
        connection.execute(text("INSERT INTO movies.raw_brands VALUES ('Laika', 'Coraline')"))
    assert needed_job(live, stored) == "refresh_brands"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"Brand,Total\nPixar,1\n"], ids=["empty", "noise", "short"])
def test_a_file_that_cannot_be_used_needs_no_fetch(live: Settings, stored: Warehouse, content: bytes) -> None:
    live.brands_csv.write_bytes(content)
    assert needed_job(live, stored) == "refresh_brands"


def test_a_refresh_that_is_owed_is_given_whatever_is_stored(
    from_a_file: Settings, live: Settings, stored: Warehouse
) -> None:
    assert needed_job(from_a_file, stored, refresh_is_owed=True) == "refresh"
    assert needed_job(live, stored, refresh_is_owed=True) == "refresh"


def test_rules_that_are_not_those_of_their_file_are_read_again(
    from_a_file: Settings, live: Settings, stored: Warehouse
) -> None:
    for settings in (from_a_file, live):
        assert needed_job(settings, stored, rules_are_current=False) == "refresh_rules"
    live.brands_csv.write_text(HEADER + PIXAR + LAIKA)
    assert needed_job(live, stored, rules_are_current=False) == "refresh"
