"""What each piece of evidence is worth: signs, limits, and that more of it never counts for less."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from movie_assets.matching.evidence import (
    DEFAULT_WEIGHTS,
    RATIO_CONTRADICTED,
    abroad_is_round,
    audience_points,
    best_points,
    digits_points,
    era_points,
    ratio_contradicts,
    revenue_points,
    ticket_price,
    title_points,
)

any_examples = hypothesis_settings(max_examples=300, deadline=None, derandomize=True)
grosses = st.integers(100_000, 950_000_000)
years = st.none() | st.integers(1915, 2030)

GROSS = 100_000_000


@pytest.mark.parametrize(
    ("ratio", "foreign", "contradicts"),
    [
        (None, False, False),
        (0.0, False, True),
        (0.89, False, True),
        (0.9, False, False),
        (1.0, False, False),
        (8.0, False, False),
        (8.1, False, True),
        (8.1, True, False),
        (501.0, True, True),
    ],
)
def test_a_gross_that_cannot_be_contradicts(ratio: float | None, foreign: bool, contradicts: bool) -> None:
    assert ratio_contradicts(ratio, foreign=foreign) == contradicts
    assert (revenue_points(ratio, GROSS, 2000, foreign=foreign) == RATIO_CONTRADICTED) == contradicts


def test_a_gross_as_expected_is_worth_most() -> None:
    expected = math.exp(DEFAULT_WEIGHTS.ratio_log_2000)
    points = {ratio: revenue_points(ratio, GROSS, 2000, foreign=False) for ratio in (0.97, 1.2, expected, 4.0, 7.0)}
    assert max(points, key=lambda ratio: points[ratio]) == expected
    assert points[expected] == pytest.approx(2.0)
    assert points[0.97] < 0 < points[1.2]
    assert points[7.0] < 0


def test_unusual_grosses_count_little_at_home_and_against_abroad() -> None:
    assert revenue_points(1.02, GROSS, 2018, foreign=False) == 0.2
    assert revenue_points(7.9, GROSS, 1990, foreign=False) == -1.7
    assert revenue_points(400.0, GROSS, 2018, foreign=True) == -1.7


def test_films_take_more_abroad_from_decade_to_decade() -> None:
    assert revenue_points(3.0, GROSS, 2018, foreign=False) > revenue_points(3.0, GROSS, 1990, foreign=False)
    assert revenue_points(1.7, GROSS, 2018, foreign=False) < revenue_points(1.7, GROSS, 1990, foreign=False)


def test_a_worldwide_gross_that_is_the_domestic_one_is_no_chance() -> None:
    # TMDB holds the US and Canadian gross alone for many old films; a coincidence is close and not equal.
    assert revenue_points(1.0, GROSS, 1980, foreign=False) == 4.0
    assert revenue_points(1.0, GROSS, 2010, foreign=False) == 2.5
    assert revenue_points(1.0004, GROSS, 2010, foreign=False) < 1.0
    assert revenue_points(0.9996, GROSS, 2010, foreign=False) == 0.2


@pytest.mark.parametrize(
    ("revenue", "gross", "round_abroad", "points_1995", "points_2015"),
    [
        (173_046_663, 103_046_663, True, 4.0, 4.0),
        (173_049_663, 103_046_663, True, 4.0, 4.0),
        (173_046_662, 103_046_663, False, -1.0, 0.0),
        (13_046_662, 9_999_999, False, 0.0, 0.0),
        # Round amounts end alike by chance, and equal ones are another piece of evidence.
        (173_000_000, 103_000_000, None, 0.0, 0.0),
        (173_000_000, 103_046_663, None, 0.0, 0.0),
        (173_046_663, 103_000_000, None, 0.0, 0.0),
        (103_046_663, 103_046_663, None, 0.0, 0.0),
        # A film takes no less than nothing abroad.
        (102_046_663, 103_046_663, None, 0.0, 0.0),
        (None, 103_046_663, None, 0.0, 0.0),
        (173_046_663, 0, None, 0.0, 0.0),
    ],
)
def test_equal_last_digits_are_no_chance(
    revenue: int | None, gross: int, round_abroad: bool | None, points_1995: float, points_2015: float
) -> None:
    assert abroad_is_round(revenue, gross) is round_abroad
    assert digits_points(revenue, gross, 1995) == points_1995
    assert digits_points(revenue, gross, 2015) == points_2015
    # Nothing is expected of a film whose year is unknown.
    assert digits_points(revenue, gross, None) == points_2015


@any_examples
@given(grosses, st.floats(0.98, 7.9), st.integers(0, 40_000), years, st.booleans())
def test_no_gross_and_no_ratings_are_better_than_the_best(
    gross: int, ratio: float, votes: int, year: int | None, foreign: bool
) -> None:
    audience = audience_points(votes, gross, foreign=foreign)
    assert audience <= best_points(gross, foreign=foreign, with_revenue=False) + 1e-9
    if abs(ratio - 1) > 0.001:
        revenue = revenue_points(ratio, gross, year, foreign=foreign)
        assert revenue + audience <= best_points(gross, foreign=foreign, with_revenue=True) + 1e-9


def test_an_unknown_gross_speaks_against_a_wide_release_alone() -> None:
    assert revenue_points(None, GROSS, 2000, foreign=False) == -1.0
    assert revenue_points(None, 9_999_999, 2000, foreign=False) == 0.0


@any_examples
@given(grosses, st.integers(0, 40_000), st.integers(0, 40_000), st.booleans())
def test_more_ratings_are_never_worth_less(gross: int, one: int, other: int, foreign: bool) -> None:
    fewer, more = sorted((one, other))
    assert audience_points(fewer, gross, foreign=foreign) <= audience_points(more, gross, foreign=foreign) + 1e-9


@any_examples
@given(st.integers(0, 40_000), st.booleans())
def test_an_audience_without_a_gross_is_worth_something_finite(votes: int, foreign: bool) -> None:
    assert -4.0 <= audience_points(votes, 0, foreign=foreign) < 10


def test_a_hit_needs_many_ratings_and_a_small_film_few() -> None:
    assert audience_points(20, 300_000_000, foreign=False) == -4.0
    assert audience_points(20, 300_000, foreign=False) > 0
    assert audience_points(10_000, 300_000_000, foreign=False) > 5


def test_an_older_catalogue_has_fewer_ratings_for_the_same_film() -> None:
    older = replace(DEFAULT_WEIGHTS, ratings_log_shift=1.0)
    same = audience_points(199, GROSS, foreign=False, weights=older)
    assert same == pytest.approx(audience_points(1_999, GROSS, foreign=False))
    assert audience_points(0, GROSS, foreign=False, weights=older) == audience_points(0, GROSS, foreign=False)


@any_examples
@given(grosses, grosses, years)
def test_a_larger_gross_is_never_more_likely(one: int, other: int, year: int | None) -> None:
    less, more = sorted((one, other))
    assert -5.0 <= era_points(more, year) <= era_points(less, year) <= 0.0


def test_nominal_grosses_belong_to_their_time() -> None:
    # 540 million dollars were 60 million tickets in 2019 and more than any film sold in 1994.
    assert era_points(540_000_000, 2019) > era_points(540_000_000, 1994) > era_points(540_000_000, 1950)
    assert era_points(GROSS, None) == 0.0
    assert era_points(GROSS, 2020) == 0.0
    # Re-released for decades: a classic of 1937 may have what no film took in 1937.
    assert era_points(185_000_000, 1937) > -4.0


@pytest.mark.parametrize(
    ("year", "price"), [(1900, 0.24), (1935, 0.24), (1955, 0.575), (2000, 5.39), (2022, 10.34), (2090, 11.31)]
)
def test_ticket_prices_lie_on_lines_between_known_years(year: int, price: float) -> None:
    assert ticket_price(year) == pytest.approx(price)


def test_a_title_is_worth_less_the_more_it_was_rewritten() -> None:
    points = [title_points(tier, "title", None) for tier in (1, 2, 3, 4)] + [title_points(5, "title", 100.0)]
    assert points == sorted(points, reverse=True)
    assert len(set(points)) == 5
    assert title_points(1, "title", None) > title_points(1, "original_title", None)
    assert title_points(1, "original_title", None) > title_points(1, "alternative_title", None)
