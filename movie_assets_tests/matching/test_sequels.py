"""A numbered sequel in the catalogue tells that its original is missing, and misleads in no other case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from movie_assets.matching.candidates import find_candidates
from movie_assets.matching.model import Sequel, TopRelease
from movie_assets.matching.sequels import first_sequels
from movie_assets.warehouse.database import Database
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.matching.films import films, store_films


def film(title: str, year: int | None, votes: int = 1_000) -> dict[str, Any]:
    """A film of that year; undated where it has none."""
    return {"title": title, "vote_count": votes} | ({} if year is None else {"release_date": f"{year}-05-01"})


CATALOGUE = [
    film("The Otters", 2019),
    film("The Otters II: Back to Sea", 1998),
    film("The Otters 3", 1996, 400),
    film("The Otters 2", 1994, 9),
    film("Otters 2", 1990),
    film("Voyage", 2009),
    film("Voyage: The Motion Picture", 1979),
    film("Voyage II: The Anger", 1982),
    film("The Saw Mill", 2003),
    film("The Sawmill", 1974),
    film("The Saw Mill Part 2", 1986),
    film("Dread", 2013),
    film("The Dread", 1981, 499),
    film("Dread Chapter Two", 1987),
    film("Robots", 2007),
    film("The Robots: Early Days", 2012),
    film("Robots 2", 2010),
    film("Apartment 13", 1960),
    film("Apartment", 2005),
    film("Undated", 2005),
    film("Undated 2", None),
]


@pytest.fixture(scope="module")
def catalogue(server: str) -> Iterator[Database]:
    with temporary_database(server) as url:
        database = Database(url)
        store_films(database, films(*CATALOGUE))
        yield database


@pytest.mark.parametrize(
    ("title", "year", "votes"),
    [
        # The oldest that enough people have rated, with or without a subtitle.
        ("The Otters", 1996, 400),
        ("Otters, The (3D)", 1996, 400),
        # Half the ratings of the sequel are the least of an original, and a film that came later is none.
        ("Dread", 1987, 1_000),
        ("Robots", 2010, 1_000),
    ],
)
def test_the_first_sequel_is_found(catalogue: Database, title: str, year: int, votes: int) -> None:
    found = first_sequels(catalogue, [TopRelease("b", title, 1)])
    assert found == {"b": Sequel(dt.date(year, 5, 1), votes)}


@pytest.mark.parametrize(
    "title",
    [
        # The original has a subtitle, or is spelled otherwise.
        "Voyage",
        "The Saw Mill",
        # Numbers above 3 name other things than sequels; nothing is known of what has no date.
        "Apartment",
        "Undated",
        "The Otters 3",
        "Nothing of the Kind",
    ],
)
def test_a_title_whose_original_is_known_has_none(catalogue: Database, title: str) -> None:
    assert first_sequels(catalogue, [TopRelease("b", title, 1)]) == {}
    assert first_sequels(catalogue, []) == {}


def test_every_candidate_is_told_of_the_sequel(catalogue: Database) -> None:
    found = find_candidates(catalogue, [TopRelease("b", "The Otters", 1), TopRelease("c", "Voyage", 1)])
    assert {(one.brand, one.title): one.sequel for one in found} == {
        ("b", "The Otters"): Sequel(dt.date(1996, 5, 1), 400),
        ("c", "Voyage"): None,
    }
