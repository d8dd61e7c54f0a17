"""Titles are looked up as they are, then without what box-office lists add."""

from __future__ import annotations

import pytest

from movie_assets.tmdb.search_forms import names_the_title, search_forms


@pytest.mark.parametrize(
    ("title", "forms"),
    [
        ("It", ("It",)),
        ("The Dark Knight", ("The Dark Knight",)),
        (
            "Series: Episode VII - The Subtitle",
            ("Series: Episode VII - The Subtitle", "Series The Subtitle", "The Subtitle"),
        ),
        (
            "Series: Episode 7 – The Subtitle",
            ("Series: Episode 7 – The Subtitle", "Series The Subtitle", "The Subtitle"),
        ),
        ("One: Two — Three", ("One: Two — Three", "One Two Three")),
        ("Spider-Man", ("Spider-Man",)),
        ("Spider-Man: Into It", ("Spider-Man: Into It", "Spider-Man Into It", "Into It")),
        ("  spaced   out ", ("spaced out",)),
        ("An Episode of Life", ("An Episode of Life",)),
        ("Episode IV", ("Episode IV",)),
        ("50/50", ("50/50",)),
    ],
)
def test_forms(title: str, forms: tuple[str, ...]) -> None:
    assert search_forms(title) == forms


@pytest.mark.parametrize(
    ("query", "title", "same"),
    [
        ("Star Wars The Force Awakens", "Star Wars: The Force Awakens", True),
        ("it", "It", True),
        ("It", "It Follows", False),
        ("It", "", False),
    ],
)
def test_a_title_is_named_word_for_word(query: str, title: str, same: bool) -> None:
    assert names_the_title(query, title) is same
