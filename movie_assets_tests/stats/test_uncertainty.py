"""Intervals, ranks and comparisons: what the bootstrap promises, and what shared films do to a comparison."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie_assets.stats.bootstrap import LEAST_FILMS, REPLICATES, interval, mean, median, ranks, replicate
from movie_assets.stats.comparison import comparison_frame, verdict
from movie_assets.stats.filmographies import Filmography
from movie_assets.stats.intervals import intervals_frame
from movie_assets_tests.stats.tables_as_rows import records


def filmography(brand: str, ids: list[int], ratings: list[float]) -> Filmography:
    values = np.array(ratings, dtype=np.float64)
    return Filmography(
        brand, np.array(ids, dtype=np.int64), {"rating": values, "votes": values * 100, "popularity": values / 10}
    )


def test_the_interval_of_a_mean_holds_the_truth_about_as_often_as_it_says() -> None:
    # 95% is the promise for large samples; the percentile bootstrap falls short of it for small ones, and not by much.
    draws = np.random.default_rng(5)
    held = 0
    for sample in range(400):
        low, high = interval(replicate(draws.normal(6.5, 1.0, 30), mean, str(sample)))
        held += low <= 6.5 <= high
    assert 0.90 <= held / 400 <= 0.98


def test_equal_films_give_equal_draws_and_other_brands_others() -> None:
    values = np.array([5.0, 6.0, 7.0, 8.0, 9.5])
    assert np.array_equal(replicate(values, mean, "Pixar"), replicate(values, mean, "Pixar"))
    assert not np.array_equal(replicate(values, mean, "Pixar"), replicate(values, mean, "Laika"))
    assert len(replicate(values, median, "Pixar")) == REPLICATES


def test_a_filmography_beyond_any_brand_is_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.arange(50, dtype=np.float64)
    whole = replicate(values, mean, "Pixar")
    monkeypatch.setattr("movie_assets.stats.bootstrap._CELLS_AT_ONCE", 700)
    assert np.array_equal(replicate(values, mean, "Pixar"), whole)


@given(st.lists(st.lists(st.sampled_from([1.0, 2.0, 3.0]), min_size=4, max_size=4), min_size=1, max_size=6))
def test_a_rank_is_one_more_than_the_number_of_better_ones(rows: list[list[float]]) -> None:
    measured = np.array(rows)
    expected = [[1 + sum(other[c] > row[c] for other in rows) for c in range(4)] for row in rows]
    assert ranks(measured).tolist() == expected


def test_too_few_films_have_no_interval_and_are_not_ranked() -> None:
    few = filmography("Few", list(range(LEAST_FILMS - 1)), [6.0] * (LEAST_FILMS - 1))
    enough = filmography("Enough", list(range(LEAST_FILMS)), [5.0] * LEAST_FILMS)
    rows = records(intervals_frame([few, enough]))
    assert {row["brand"] for row in rows} == {"Enough"}
    assert next((row["low"], row["high"], row["rank_low"], row["rank_high"]) for row in rows) == (5.0, 5.0, 1, 1)
    assert intervals_frame([few]).empty
    assert intervals_frame([]).empty


def test_unknown_ratings_are_no_ratings() -> None:
    films = filmography("Brand", list(range(6)), [6.0, 7.0, float("nan"), 8.0, 6.5, 7.5])
    (row,) = [row for row in records(intervals_frame([films])) if row["measure"] == "rating"]
    assert (row["films"], row["estimate"]) == (5, 7.0)


def test_shared_films_are_counted_and_left_out_of_the_comparison() -> None:
    one = filmography("One", [1, 2, 3, 4, 5, 6, 7], [9.0, 9.0, 5.0, 5.1, 5.2, 5.3, 5.4])
    other = filmography("Other", [1, 2, 13, 14, 15, 16, 17], [9.0, 9.0, 7.0, 7.1, 7.2, 7.3, 7.4])
    forth, back = records(comparison_frame([one, other]))
    assert (forth["brand"], forth["other_brand"], forth["shared_films"]) == ("One", "Other", 2)
    assert (forth["films"], forth["other_films"], forth["rated_films"]) == (5, 5, 5)
    assert forth["rating_difference"] == pytest.approx(-2.0)
    assert forth["rating_low"] < -2.0 < forth["rating_high"] < 0
    assert (forth["rating_verdict"], back["rating_verdict"]) == ("lower", "higher")
    assert (back["brand"], back["rating_difference"]) == ("Other", -forth["rating_difference"])
    assert (back["rating_low"], back["rating_high"]) == (-forth["rating_high"], -forth["rating_low"])


def test_a_brand_whose_films_are_all_shared_has_no_difference() -> None:
    one = filmography("One", [1, 2, 3, 4, 5, 6], [6.0] * 6)
    forth, back = records(comparison_frame([one, filmography("Same", [1, 2, 3, 4, 5, 6], [6.0] * 6)]))
    assert (forth["films"], forth["other_films"], forth["shared_films"]) == (0, 0, 6)
    assert forth["rating_difference"] is back["rating_difference"] is forth["rating_verdict"] is None
    assert comparison_frame([one]).empty


@pytest.mark.parametrize(
    ("low", "high", "said"), [(0.1, 2, "higher"), (-2, -0.1, "lower"), (-1, 1, "undecided"), (0, 1, "undecided")]
)
def test_a_verdict_needs_an_interval_without_zero(low: float, high: float, said: str) -> None:
    assert verdict(low, high) == said
