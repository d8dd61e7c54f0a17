"""What a film says about the brand, and what the catalogue says about both."""

from __future__ import annotations

from typing import Any

import pytest

from movie_assets.matching.brand_evidence import (
    BrandEvidence,
    brand_evidence,
    brands_of_one_release,
    companies_of_brand,
    films_of_brands,
    keywords_of_brand,
)
from movie_assets.matching.model import TopRelease
from movie_assets.warehouse.database import Database
from movie_assets_tests.matching.films import candidate, films, store_films


@pytest.mark.parametrize(
    ("brand", "companies", "bearing"),
    [
        ("Pixar", ["Walt Disney Pictures", "Pixar Animation Studios"], ["Pixar Animation Studios"]),
        ("Blue Sky", ["Blue Sky Studios", "Blue Skies"], ["Blue Sky Studios"]),
        ("Illumination Entertainment", ["Illumination"], ["Illumination"]),
        ("MTV", ["MTVision", "MTV Films"], ["MTV Films"]),
        ("Laika", ["LAIKA"], ["LAIKA"]),
        ("Hanna-Barbera", ["Hanna Barbera Productions"], ["Hanna Barbera Productions"]),
        ("Bad Robot", ["Robot Communications"], []),
        ("Stephen King", ["New Line Cinema"], []),
        ("Pixar", [], []),
        ("Pixar", None, []),
        ("Tyler Perry", ["Tyler Perry Company, The"], ["Tyler Perry Company, The"]),
        ("The Weinstein Company", ["Weinstein Company"], ["Weinstein Company"]),
        ("!!!", ["???", "!!!"], []),
    ],
)
def test_companies_that_bear_the_brands_name(brand: str, companies: list[str] | None, bearing: list[str]) -> None:
    assert companies_of_brand(brand, companies) == bearing


@pytest.mark.parametrize(
    ("brand", "keywords", "holding"),
    [
        ("MonsterVerse", ["kaiju", "monsterverse"], ["monsterverse"]),
        ("Star Wars", ["space", "the star wars universe"], ["the star wars universe"]),
        ("Marvel", ["marvelous"], []),
        ("Marvel", None, []),
        ("!!!", ["anything"], []),
    ],
)
def test_keywords_that_hold_the_brands_name(brand: str, keywords: list[str] | None, holding: list[str]) -> None:
    assert keywords_of_brand(brand, keywords) == holding


def test_one_release_has_one_title_and_one_gross() -> None:
    together = brands_of_one_release(
        [
            TopRelease("a", "It", 327),
            TopRelease("b", "IT!", 327),
            TopRelease("c", "It", 328),
            TopRelease("d", "It", 0),
            TopRelease("e", "It", 0),
        ]
    )
    assert together == {"a": ["b"], "b": ["a"], "c": []}


def verdict(brand: str = "Pixar", *others: str, catalogue: int = 0, **changes: Any) -> BrandEvidence:
    """The evidence on a film named Heat for a brand of which `catalogue` films are known."""
    release = TopRelease(brand, "Heat", 67_000_000)
    return brand_evidence(candidate(**changes), release, list(others), {brand: catalogue})


def test_the_brands_own_company_decides() -> None:
    found = verdict(production_companies=["Pixar Animation Studios", "Walt Disney Pictures"], catalogue=99)
    assert (found.verdict, found.companies) == ("own", ["Pixar Animation Studios"])


def test_the_company_of_a_brand_with_the_same_release_counts() -> None:
    found = verdict("Stephen King", "Vertigo Entertainment", production_companies=["Vertigo Entertainment"])
    assert (found.verdict, found.companies) == ("shared", ["Vertigo Entertainment"])


def test_a_keyword_counts() -> None:
    found = verdict("MonsterVerse", keywords=["monsterverse"], catalogue=3)
    assert (found.verdict, found.keywords) == ("keyword", ["monsterverse"])


@pytest.mark.parametrize(
    ("catalogue", "companies", "expected"),
    [
        (3, ["DreamWorks Animation"], "contradicted"),
        # Too few films, or no companies at all, say nothing.
        (2, ["DreamWorks Animation"], "none"),
        (99, [], "none"),
        (99, None, "none"),
    ],
)
def test_a_film_of_other_companies_contradicts_a_brand_that_is_one(
    catalogue: int, companies: list[str] | None, expected: str
) -> None:
    assert verdict(production_companies=companies, catalogue=catalogue).verdict == expected


def test_a_title_that_names_the_brand_contradicts_nothing() -> None:
    release = TopRelease("National Lampoon", "National Lampoon's Vacation", 61_000_000)
    named = TopRelease("National Lampoon", "National Lampoon: Vacation", 61_000_000)
    film = candidate(production_companies=["Warner Bros."])
    assert brand_evidence(film, named, [], {"National Lampoon": 9}).verdict == "none"
    assert brand_evidence(film, release, [], {"National Lampoon": 9}).verdict == "none"


def test_films_of_a_brand_are_those_of_companies_that_begin_with_its_name(database: Database) -> None:
    made_by = [["Pixar"], ["Pixar Animation Studios", "Disney"], ["PIXAR!"], ["Pixarts"], ["Disney"], None]
    store_films(
        database,
        films(
            *(
                {"title": "Up", "production_companies": [{"id": 1, "name": name} for name in names or []]}
                for names in made_by
            )
        ),
    )
    counted = films_of_brands(database, ["Pixar", "Disney", "Laika", "!!!", "Pixar Animation Studios"])
    assert counted == {"Pixar": 3, "Disney": 2, "Laika": 0, "!!!": 0, "Pixar Animation Studios": 1}
    assert films_of_brands(database, []) == {}
