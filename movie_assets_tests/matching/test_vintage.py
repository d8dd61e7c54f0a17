"""How old a catalogue's ratings are is read off its well-earning films."""

from __future__ import annotations

import pytest

from movie_assets.matching.evidence import DEFAULT_WEIGHTS
from movie_assets.matching.vintage import LEAST_FILMS, weights_for
from movie_assets.warehouse.database import Database
from movie_assets_tests.matching.films import films, store_films

# $204 million worldwide is $100 million in the US and Canada, give or take.
GROSS = 204_000_000


@pytest.mark.parametrize(("votes", "shift"), [(3_630, 0.0), (363, 1.0)])
def test_films_with_fewer_ratings_than_their_gross_lets_expect_are_of_an_older_snapshot(
    database: Database, votes: int, shift: float
) -> None:
    same = [{"title": f"Hit {number}", "revenue": GROSS, "vote_count": votes} for number in range(LEAST_FILMS)]
    other = [{"title": f"Flop {number}", "revenue": 1_000, "vote_count": 3} for number in range(3 * LEAST_FILMS)]
    store_films(database, films(*same, *other, {"title": "Unrated hit", "revenue": GROSS}))
    assert weights_for(database).ratings_log_shift == pytest.approx(shift, abs=0.01)


def test_a_small_catalogue_tells_nothing(database: Database) -> None:
    few = [{"title": f"Hit {number}", "revenue": GROSS, "vote_count": 5} for number in range(LEAST_FILMS - 1)]
    store_films(database, films(*few))
    assert weights_for(database) == DEFAULT_WEIGHTS
