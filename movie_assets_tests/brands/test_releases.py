"""Lines that certainly name one release get its complete title; every other line keeps what it says."""

from __future__ import annotations

import pytest

from movie_assets.brands.model import BrandRow
from movie_assets.brands.releases import RULE_SEQUEL_ORDINAL, complete_titles

COMPLETE = "Star Wars: Episode VII - The Force Awakens"
SHORT = "Star Wars: The Force Awakens"


def brands(*releases: tuple[str, int]) -> list[BrandRow]:
    return [
        BrandRow(f"Brand {line}", 10**9, 3, title, gross, line) for line, (title, gross) in enumerate(releases, start=2)
    ]


def titles_of(*releases: tuple[str, int]) -> list[str]:
    return [row.top_release for row in complete_titles(brands(*releases))[0]]


@pytest.mark.parametrize("order", [1, -1])
def test_an_ordinal_that_another_line_has_is_taken_over_and_reported(order: int) -> None:
    rows, repairs = complete_titles(brands(*[(COMPLETE, 936662225), (SHORT, 936662225)][::order]))
    assert [row.top_release for row in rows] == [COMPLETE, COMPLETE]
    (repair,) = repairs
    assert (repair.before, repair.after, repair.rule) == (SHORT, COMPLETE, RULE_SEQUEL_ORDINAL)
    assert rows[repair.source_line - 2].source_line == repair.source_line


@pytest.mark.parametrize(
    "releases",
    [
        [(COMPLETE, 936662225), (SHORT, 936662226)],  # another release of the film, or another film
        [(COMPLETE, 0), (SHORT, 0)],  # two unknown grosses are not an equal one
        [(COMPLETE, 5), ("Star Wars: Episode VIII - The Force Awakens", 5), (SHORT, 5)],  # which of the two?
        [(COMPLETE, 5), ("Star Wars: The Last Jedi", 5)],
        [("The Godfather: Part II", 5), ("The Godfather", 5)],
    ],
)
def test_titles_of_what_may_be_different_releases_stay(releases: list[tuple[str, int]]) -> None:
    assert titles_of(*releases) == [title for title, _ in releases]
