"""The memory of ids answers as a set does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from movie_assets.tmdb.seen import SeenIds


@given(st.lists(st.integers(1, 40) | st.integers(1, 2**63 - 1) | st.sampled_from([2**27 - 1, 2**27, 2**20])))
def test_an_id_is_new_exactly_once(ids: list[int]) -> None:
    seen, known = SeenIds(), set()
    for tmdb_id in ids:
        assert seen.add(tmdb_id) == (tmdb_id not in known)
        known.add(tmdb_id)
