"""The mapping of brands to TMDB's ids is read exactly, or refused by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from movie_assets.brands.reader import read_brand_file
from movie_assets.settings import PROJECT_ROOT
from movie_assets.tmdb.errors import BrandRulesError
from movie_assets.tmdb.rules import BrandRules, Company, names_agree, read_brand_rules

HEADER = "brand,companies,keywords,people,included,excluded,company_names\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "brand_rules.csv"


def test_every_column_is_read(path: Path) -> None:
    path.write_text(
        HEADER + 'Marvel,420|7505,180547,"510,85|crew:3027",1|2,3,Marvel Studios|Marvel Entertainment\nB,,,,,,\n'
    )
    assert read_brand_rules(path) == [
        BrandRules(
            "Marvel",
            companies=(Company(420, "Marvel Studios"), Company(7505, "Marvel Entertainment")),
            keywords=(180547,),
            people=("510,85", "crew:3027"),
            included=(1, 2),
            excluded=(3,),
        ),
        BrandRules("B"),
    ]


def test_without_company_names_the_brand_is_the_name(path: Path) -> None:
    path.write_text("brand,companies,keywords,people,included,excluded\nPixar,3,,,,\n")
    assert read_brand_rules(path)[0].companies == (Company(3, "Pixar"),)


def test_no_file_is_no_rules(path: Path) -> None:
    assert read_brand_rules(path) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("brand,companies\nA,1\n", "line 1: the header lacks keywords, people"),
        ("", "line 1: the header lacks brand"),
        (HEADER + "A,x,,,,,\n", "line 2: companies: 'x' is no id"),
        (HEADER + "A,0,,,,,\n", "companies: '0' is no id"),
        (HEADER + "A,,,1;2,,,\n", "people: '1;2' is no id and no list"),
        (HEADER + 'A,,,"1,",,,\n', "people: '1,' is no id"),
        (HEADER + "A,1|2,,,,,One\n", "2 companies have 1 names"),
        (HEADER + "A,,,,,,\nA,,,,,,\n", "line 3: A has a line already"),
        (HEADER + " ,1,,,,,\n", "line 2: the brand is empty"),
    ],
)
def test_what_is_no_rule_is_refused_by_its_line(path: Path, text: str, said: str) -> None:
    path.write_text(text)
    with pytest.raises(BrandRulesError) as caught:
        read_brand_rules(path)
    assert said in str(caught.value)
    assert "MOVIE_ASSETS_BRAND_RULES" in str(caught.value)


def test_a_file_that_is_no_text_is_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BrandRulesError, match="cannot be read as UTF-8"):
        read_brand_rules(path)


@pytest.mark.parametrize(
    ("expected", "found", "agree"),
    [
        ("Lucasfilm", "Lucasfilm Ltd.", True),
        ("Pixar Animation Studios", "Pixar", True),
        ("Tyler Perry Company, The", "The Tyler Perry Company", True),
        ("Laika Entertainment", "LAIKA", True),
        ("Walden Media", "Walden Productions", False),
        ("Illumination Entertainment", "Illumination Pictures", False),
        ("Pixar", "", False),
        ("Pixar", "!", False),
    ],
)
def test_names_of_one_company_agree(expected: str, found: str, agree: bool) -> None:
    assert names_agree(expected, found) is agree
    assert names_agree(found, expected) is agree


def test_the_bundled_rules_are_for_bundled_brands() -> None:
    rules = read_brand_rules(PROJECT_ROOT / "data" / "brand_rules.csv")
    brands = {row.brand for row in read_brand_file(PROJECT_ROOT / "data" / "brands.csv").brands}
    assert len(rules) >= 30
    assert {rule.brand for rule in rules} <= brands
    assert all(rule.companies or rule.keywords or rule.people or rule.included for rule in rules)
