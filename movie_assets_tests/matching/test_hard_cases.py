"""A small catalogue of namesakes; for each title the principle that decides, or leaves it to a person.

The figures are those of films that are hard to tell apart, rounded, under names of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from movie_assets.matching.decision import Match
from movie_assets.matching.model import TopRelease
from movie_assets.matching.releases import match_releases
from movie_assets.warehouse.database import Database
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.matching.films import TODAY, films, store_films


def film(title: str, year: int, revenue_millions: float | None, votes: int, **facts: Any) -> dict[str, Any]:
    """A released film in English; `revenue_millions` is worldwide."""
    revenue = {} if revenue_millions is None else {"revenue": round(revenue_millions * 1e6)}
    common = {"original_language": "en", "status": "Released", "release_date": f"{year}-06-15", "vote_count": votes}
    return {"title": title, "original_title": title, **common, **revenue, **facts}


CATALOGUE = [
    film("The Castle", 2019, 1_660, 10_700),
    film("The Castle", 1994, 788, 19_600),
    film("Barbarian", 1982, 79, 2_800),
    film("Barbarian", 2011, 63, 1_900),
    film("Turtles", 2014, 485, 7_200),
    film("Turtles", 1990, 202, 3_700),
    film("Robot Cop", 2014, 243, 5_800),
    film("Robot Cop", 1987, 53.4, 5_200),
    film("The Omen", 2006, 119, 1_900),
    film("The Omen", 1976, 60.922980, 2_400),
    film("Monster", 2014, 529, 9_700),
    film("Monster", 1998, 379, 4_200),
    film("It", 2017, 720, 20_000),
    film("It", 1927, None, 80),
    film("It", 1990, None, 9),
    film("Heat", 1995, 187, 7_000),
    film("Heat", 2019, None, 0, runtime=5),
    film("Heat", 1986, 3, 90),
    film("Draw", 1995, 87, 4_000),
    film("Draw", 1986, 60, 3_000),
    film("Quiet Hit", 2001, None, 2_500),
    film("Small Town", 2005, 2.0, 60),
    film("Home Game", 2009, 61.0, 420),
    film("Dragon", 2009, 104, 3_200, original_language="sv", original_title="Drake"),
    film("Return of the Knights", 1983, 475, 16_800),
    film("Nine to Five", 1980, 103.29, 510),
    film("Deadly", 2013, 300, 9_000),
    film("Apes", 2001, 362, 3_500),
    film("Apes", 1968, 32.6, 600),
    film("Girl", 2015, 542, 7_300),
    film("Girl", 2021, None, 1_100),
    film("Nobody Saw It", 2003, None, 12),
    film("Somebody's The Justice", 2021, None, 10_700),
    film("Wolf", 2022, 137.743924, 3_800),
    film("Wolf 2", 1997, 172.363301, 4_000),
    film("Mansion", 1991, 191.502426, 5_000),
    film("Mansion", 2019, 204.394183, 2_400),
    film("Riot", 2009, 428, 440),
    film("Angels", 2019, 73.279888, 3_000),
    film("Angels", 2000, 264.105545, 4_500),
    film("Rumour", 2001, 200, 3_000, status="Post Production"),
    film("Future", 2030, 200, 3_000),
    film("Tape", 2001, 200, 3_000, video=True),
    film("Adult", 2001, 200, 3_000, adult=True),
    film("Shorter", 2001, 200, 3_000, runtime=12),
]


@pytest.fixture(scope="module")
def catalogue(server: str) -> Iterator[Database]:
    with temporary_database(server) as url:
        database = Database(url)
        store_films(database, films(*CATALOGUE))
        yield database


def decided(catalogue: Database, title: str, gross_millions: float) -> Match:
    release = TopRelease("Brand", title, round(gross_millions * 1e6))
    (match,) = match_releases(catalogue, [release], today=TODAY).matches
    return match


@pytest.mark.parametrize(
    ("title", "gross", "year"),
    [
        # The gross tells namesakes apart.
        ("Turtles", 191.2, 2014),
        ("Robot Cop", 58.6, 2014),
        # A worldwide gross equal to the dollar is that of an old film whose foreign gross TMDB lacks.
        ("The Omen", 60.922980, 1976),
        # In the year of the older film hardly any film sold so many tickets.
        ("Monster", 200.7, 2014),
        # Obscure namesakes and shorts do not disturb.
        ("It", 327.5, 2017),
        ("Heat", 67.4, 1995),
        ("Heat (1995)", 67.4, 1995),
        # A film without a gross on TMDB, alone with its title.
        ("Quiet Hit", 90.0, 2001),
        # A small release needs few ratings.
        ("Small Town", 1.2, 2005),
        # A comedy that was shown at home alone.
        ("Home Game", 60.0, 2009),
        # A foreign film takes more abroad than one in English could.
        ("Dragon", 10.1, 2009),
        # Both could have taken that much, but the worldwide gross of one ends as the gross does.
        ("Mansion", 113.502426, 1991),
        # A loose title that its gross proves.
        ("Saga: Episode VI - Return of the Knights", 309.3, 1983),
        ("9 to 5", 103.29, 1980),
        # Without a gross, the clearly better known film is meant.
        ("Heat", 0, 1995),
    ],
)
def test_the_right_film_is_found(catalogue: Database, title: str, gross: float, year: int) -> None:
    match = decided(catalogue, title, gross)
    assert (match.status, match.release_year) == ("matched", year), match.reason


@pytest.mark.parametrize(
    ("title", "gross"),
    [
        # Both namesakes could have taken that much.
        ("The Castle", 480.0),
        ("Barbarian", 39.6),
        ("Turtles", 135.3),
        ("Draw", 0),
        # Neither could.
        ("Turtles", 900.0),
        ("Deadly", 0.9),
        # The gross may lack a digit: it would fit a namesake that far fewer people have seen.
        ("Apes", 18.0),
        ("Girl", 20.1),
        ("Angels", 12.530554),
        # A sequel older than the only film of the title: another film came before both.
        ("Wolf", 103.046663),
        # So few have rated it that its gross on TMDB may be another film's.
        ("Riot", 101.028233),
        # A title alone proves nothing.
        ("Nobody Saw It", 120.0),
        # Words left out of a title have to be proved by the gross.
        ("The Justice", 229.0),
        # Entries that cannot have led a box office.
        ("Rumour", 100.0),
        ("Future", 100.0),
        ("Tape", 100.0),
        ("Adult", 100.0),
        ("Shorter", 100.0),
        # Another film than the title says.
        ("Heat (2004)", 67.4),
        ("The Castles", 480.0),
        ("Heat: The Musical of the Century, Live", 50.0),
    ],
)
def test_doubt_is_left_to_a_person(catalogue: Database, title: str, gross: float) -> None:
    match = decided(catalogue, title, gross)
    assert (match.status, match.tmdb_id) == ("review", None), match.reason


@pytest.mark.parametrize("title", ["Xyzzy Quux", "The", "???", "12345678"])
def test_a_title_that_names_no_film_is_never_matched(catalogue: Database, title: str) -> None:
    assert decided(catalogue, title, 50.0).status == "unmatched"
