"""A list is read to its end, each page asked for once, in whatever order the pages come."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie_assets.tmdb.listings import (
    Crawl,
    Listing,
    PageNumber,
    PageRead,
    State,
    changes,
    filmography,
    films_with_votes,
    search,
)
from movie_assets.tmdb.scopes import Scope, plan_for
from movie_assets.tmdb.shapes import FilmPage

COMPANY = filmography("with_companies", "1")
WINDOW = films_with_votes(100)
DAY = date(2026, 3, 2)


def page(
    listing: Listing, number: PageNumber, ids: list[int], *, total: int, pages: int, more: bool = False
) -> PageRead:
    return PageRead(listing, number, ids, total, pages, more)


@given(films=st.integers(0, 300), order=st.randoms(use_true_random=False))
def test_every_page_is_asked_for_once_whatever_comes_first(films: int, order: random.Random) -> None:
    pages = max(1, -(-films // 20))
    crawl, waiting, asked = Crawl(COMPANY), [(1, 1)], []
    assert crawl.wanted() == [(1, 1)]
    while waiting:
        number = waiting.pop(order.randrange(len(waiting)))
        asked.append(number)
        start = (number[1] - 1) * 20
        crawl.add(page(COMPANY, number, list(range(start, min(films, start + 20))), total=films, pages=pages))
        waiting += crawl.wanted()
    assert sorted(asked) == [(1, number) for number in range(1, pages + 1)]
    assert crawl.state is State.COMPLETE


def test_an_interrupted_list_goes_on_with_the_pages_that_are_missing() -> None:
    read = [page(COMPANY, (1, number), [number], total=5, pages=5) for number in (1, 3)]
    assert Crawl(COMPANY, read).wanted() == [(1, 2), (1, 4), (1, 5)]


def test_a_list_that_lacks_films_is_read_again_in_another_order_and_no_further_than_needed() -> None:
    crawl = Crawl(
        COMPANY, [page(COMPANY, (1, 1), [1, 2], total=4, pages=2), page(COMPANY, (1, 2), [2, 3], total=4, pages=2)]
    )
    assert crawl.wanted() == [(2, 1), (2, 2)]
    assert COMPANY.request(1)["sort_by"] != COMPANY.request(2)["sort_by"]
    crawl.add(page(COMPANY, (2, 1), [4, 3], total=4, pages=2))
    assert crawl.state is State.COMPLETE


def test_a_list_that_stays_short_ends_after_three_passes() -> None:
    reads = [page(COMPANY, (pass_, 1), [1], total=4, pages=1) for pass_ in (1, 2, 3)]
    assert Crawl(COMPANY, reads[:2]).wanted() == [(3, 1)]
    assert Crawl(COMPANY, reads).state is State.COMPLETE


def test_too_long_a_list_is_split_if_it_has_a_window() -> None:
    assert Crawl(WINDOW, [page(WINDOW, (1, 1), [1], total=20_000, pages=1000)]).state is State.SPLIT
    capped = Crawl(COMPANY, [page(COMPANY, (1, 1), [1], total=20_000, pages=1000)])
    assert capped.state is State.OPEN
    assert capped.wanted()[-1] == (1, 500)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 50_000))
def test_halves_cover_the_window_and_do_not_overlap(first: date, days: int) -> None:
    window = changes(first, first + timedelta(days=days), longest=1)
    halves = window.halves()
    if days == 0:
        assert halves is None
        return
    assert halves is not None
    early, late = (dict(half.params) for half in halves)
    assert (early["start_date"], late["end_date"]) == (first.isoformat(), (first + timedelta(days=days)).isoformat())
    assert date.fromisoformat(late["start_date"]) - date.fromisoformat(early["end_date"]) == timedelta(days=1)
    assert early["start_date"] <= early["end_date"]
    assert late["start_date"] <= late["end_date"]


def test_changes_longer_than_the_films_are_skipped() -> None:
    window = changes(DAY, DAY, longest=10)
    assert Crawl(window, [page(window, (1, 1), [1], total=2_000, pages=20)]).state is State.SKIPPED
    assert Crawl(window, [page(window, (1, 1), [1], total=1_000, pages=10)]).state is State.OPEN


@pytest.mark.parametrize(("more", "pages", "wanted"), [(True, 9, [(1, 2)]), (False, 9, []), (True, 1, [])])
def test_a_search_goes_on_while_it_is_worth_it(more: bool, pages: int, wanted: list[PageNumber]) -> None:
    it = search("It")
    assert Crawl(it, [page(it, (1, 1), [1], total=180, pages=pages, more=more)]).wanted() == wanted


def test_a_search_ends_after_five_pages() -> None:
    it = search("It")
    reads = [page(it, (1, number), [number], total=1_800, pages=90, more=True) for number in range(1, 6)]
    assert Crawl(it, reads).state is State.COMPLETE


def test_a_page_is_worth_following_when_it_names_the_title() -> None:
    def found(*titles: str) -> FilmPage:
        return FilmPage(1, 9, 180, [{"id": 1, "title": title, "original_title": "Ça"} for title in titles])

    assert search("It").more(found("It Follows", "IT"))
    assert not search("It").more(found("It Follows"))
    assert search("Ça").more(found("It"))
    assert not COMPANY.more(found("It"))


def test_equal_plans_have_equal_digests_whatever_the_order_of_the_brands() -> None:
    def digest(*releases: tuple[str, str], scope: Scope = Scope.BRANDS, votes: int = 9) -> str:
        return plan_for(scope, releases, [], min_votes=votes).digest

    assert digest(("A", "X"), ("B", "Y")) == digest(("B", "Y"), ("A", "X")) == digest(("A", "X"), ("B", "Y"), votes=8)
    assert digest(("A", "X")) != digest(("A", "Z"))
    assert digest(("A", "X"), scope=Scope.POPULAR) != digest(("A", "X"), scope=Scope.POPULAR, votes=8)
