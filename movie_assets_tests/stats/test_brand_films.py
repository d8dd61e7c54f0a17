"""Which films count for a brand: every reason, every filter, and who overrules whom."""

from __future__ import annotations

from typing import Any

import pytest

from movie_assets.tmdb.rules import BrandRules, Company
from movie_assets.warehouse.database import Database
from movie_assets_tests.matching.bundled import match_brands
from movie_assets_tests.matching.films import films, store_films
from movie_assets_tests.stats.measuring import measure, stored
from movie_assets_tests.stats.tables_as_rows import records
from movie_assets_tests.stats.test_brand_stats import brands

KNOWN: dict[str, Any] = {"release_date": "1999-01-01", "vote_count": 10, "vote_average": 6.0, "runtime": 100}
OWN: dict[str, Any] = {"production_companies": [{"id": 3, "name": "Brand Pictures"}]}
RULE = BrandRules("Brand", companies=(Company(3, "Brand"),))


def decide(database: Database, film: dict[str, Any], rule: BrandRules = RULE, *, top: str = "None") -> tuple[Any, Any]:
    """Reasons for which the film counts for the brand, and why it is left out; None where it is in neither table."""
    store_films(database, films({"title": "Film", **KNOWN, **film}))
    match_brands(database, brands(("Brand", 400, 4, top, 100), ("Other", 400, 4, "None", 100)))
    measure(database, [rule], people=[("crew:7", 1), ("8,9", 1)])
    counting, left_out = (records(stored(database, name)) for name in ("brand_films", "brand_films_left_out"))
    return (
        next((row["reasons"] for row in counting), None),
        next((row["left_out_as"] for row in left_out), None),
    )


@pytest.mark.parametrize(
    ("film", "rule", "reasons"),
    [
        (OWN, RULE, ["company"]),
        (
            {"keywords": {"keywords": [{"id": 5, "name": "brand universe"}]}},
            BrandRules("Brand", keywords=(5,)),
            ["keyword"],
        ),
        ({}, BrandRules("Brand", people=("crew:7",)), ["person"]),
        ({}, BrandRules("Brand", people=("8,9",)), ["person"]),
        ({}, BrandRules("Brand", people=("7",)), None),
        ({}, BrandRules("Brand", included=(1,)), ["curated"]),
        (
            OWN,
            BrandRules("Brand", companies=RULE.companies, included=(1,), people=("8,9",)),
            ["company", "person", "curated"],
        ),
        ({}, RULE, None),
        # A rule for a brand that the file does not have counts for nobody.
        (OWN, BrandRules("Nobody", companies=RULE.companies), None),
        # The id is another company's by now.
        (OWN, BrandRules("Brand", companies=(Company(3, "Somebody"),)), None),
    ],
)
def test_a_film_counts_for_what_a_rule_says(
    database: Database, film: dict[str, Any], rule: BrandRules, reasons: list[str] | None
) -> None:
    assert decide(database, film, rule) == (reasons, None)


@pytest.mark.parametrize(
    ("film", "left_out_as"),
    [
        ({"runtime": 39}, ["short"]),
        ({"runtime": 40}, None),
        ({"runtime": 0}, None),
        ({"adult": True}, ["adult"]),
        ({"video": True}, ["video"]),
        ({"genres": [{"id": 10770, "name": "TV Movie"}]}, ["tv_movie"]),
        ({"status": "Post Production"}, ["unreleased"]),
        ({"status": "Released"}, None),
        ({"release_date": "2999-01-01"}, ["unreleased"]),
        ({"release_date": ""}, ["unreleased"]),
        ({"video": True, "adult": True, "runtime": 5}, ["adult", "video", "short"]),
    ],
)
def test_what_was_never_in_cinemas_is_left_out_and_listed(
    database: Database, film: dict[str, Any], left_out_as: list[str] | None
) -> None:
    assert decide(database, OWN | film) == (None if left_out_as else ["company"], left_out_as)


def test_an_excluded_film_is_left_out(database: Database) -> None:
    rule = BrandRules("Brand", companies=RULE.companies, excluded=(1,))
    assert decide(database, OWN, rule) == (None, ["excluded"])


def test_a_person_overrules_the_filters_but_not_the_calendar(database: Database) -> None:
    rule = BrandRules("Brand", included=(1,))
    assert decide(database, {"video": True, "runtime": 5}, rule) == (["curated"], None)
    assert decide(database, {"release_date": "2999-01-01"}, rule) == (None, ["unreleased"])


def test_the_top_release_counts_whatever_it_is(database: Database) -> None:
    rule = BrandRules("Brand", companies=RULE.companies, excluded=(1,))
    film = {"vote_count": 9_000, "revenue": 187, **OWN}
    assert decide(database, film, rule, top="Film") == (["top_release", "company"], None)


def test_a_film_of_two_brands_counts_once_for_each_and_says_so(database: Database) -> None:
    store_films(database, films({"title": "Film", **KNOWN, **OWN}))
    match_brands(database, brands(("A", 400, 4, "None", 100), ("B", 400, 4, "None", 100), ("C", 400, 4, "None", 1)))
    # Two rules of B claim the film.
    measure(
        database,
        [
            BrandRules("A", companies=(Company(3, "Brand"),)),
            BrandRules("B", companies=(Company(3, "Brand"),), included=(1,)),
            BrandRules("C", included=(1,)),
        ],
    )
    rows = records(stored(database, "brand_films"))
    assert [(row["brand"], row["reason"], row["other_brands"]) for row in rows] == [
        ("A", "company", ["B", "C"]),
        ("B", "company", ["A", "C"]),
        ("C", "curated", ["A", "B"]),
    ]


def test_a_company_is_held_against_the_names_on_the_films(database: Database) -> None:
    store_films(
        database,
        films(
            {"title": "One", **KNOWN, "production_companies": [{"id": 3, "name": "Pixar"}, {"id": 4, "name": "Fox"}]},
            {"title": "Two", **KNOWN, "production_companies": [{"id": 3, "name": "Pixar Animation Studios"}]},
        ),
    )
    match_brands(database, brands(("Brand", 400, 4, "None", 100)))
    companies = (Company(3, "Pixar Animation Studios"), Company(4, "Walden Media"), Company(5, "Laika"))
    measure(database, [BrandRules("Brand", companies=companies)])
    found = {row["value"]: (row["found_name"], row["names_agree"]) for row in records(stored(database, "brand_rules"))}
    assert found == {"3": ("Pixar", True), "4": ("Fox", False), "5": (None, None)}
