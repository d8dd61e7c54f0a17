"""What the page says of the published tables, and what it never says."""

from __future__ import annotations

import json
import re

from movie_assets.report.contents import MOST_CHARTED
from movie_assets.report.page import MOST_OVERLAPS
from movie_assets_tests.report.conftest import Make
from movie_assets_tests.report.publishing import AWKWARD_NAMES, Tables, awkward_brands, three_brands
from movie_assets_tests.report.reading import ReadPage

NOTICE = "This product uses the TMDB API but is not endorsed or certified by TMDB."


def test_ranked_brands_are_drawn_with_interval_sample_and_rank(three: ReadPage) -> None:
    brands = {row["brand"]: row for row in three.records("brands")}
    alpha = brands["Alpha"]
    assert (alpha["rating"], alpha["rating_low"], alpha["rating_high"]) == (7.5, 7.25, 7.75)
    assert (alpha["rating_rank"], alpha["rating_rank_low"], alpha["rating_rank_high"]) == (1, 1, 3)
    assert alpha["rated_films"] == 8
    assert set(three.report["charts"]) >= {"ranking_rating", "ranking_votes", "ranking_popularity"}
    assert "2,000 samples" in three.section("rating")
    assert "2 by rating" in three.section("rating")


def test_a_small_brand_is_listed_and_not_ranked(three: ReadPage) -> None:
    assert three.rows["rating"][1:] == [["Small", "3", "3", "9.00", "unknown", "unknown"]]
    (small,) = [row for row in three.records("brands") if row["brand"] == "Small"]
    assert (small["rating_low"], small["rating_rank"]) == (None, None)
    assert {row[0]: row[9] for row in three.rows["brands"][1:]} == {"Alpha": "1", "Beta": "2", "Small": "not ranked"}


def test_unknown_is_said_and_never_zero(made: Make) -> None:
    tables = Tables()
    tables.brand("Known", top_release_share=0.0, filmography={"coverage": None})
    tables.brand("Unknown", top_release_share=None)
    read = made(tables)
    cells = {row[0]: row for row in read.rows["brands"][1:]}
    assert cells["Known"][4] == "0.0%"
    assert cells["Unknown"][4:] == ["unknown"] * 8
    assert cells["Known"][7] == "unknown"
    drawn = {row["brand"]: row for row in read.records("brands")}
    assert drawn["Unknown"]["top_release_share"] is None
    assert "1 of 2 brands with a known share" in read.section("concentration")


def test_names_are_text_wherever_they_stand(made: Make) -> None:
    tables = awkward_brands(AWKWARD_NAMES)
    tables.brand("<i>lost</i>", matched=False)
    tables.candidate("<i>lost</i>", 1, "<u>film</u>")
    read = made(tables)
    assert read.tags.count("script") == 3
    assert not {"img", "b", "i", "u"} & set(read.tags)
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert [row[0] for row in read.rows["brands"][1:]] == [*AWKWARD_NAMES, "<i>lost</i>"]
    assert [row["brand"] for row in read.records("brands")][:-1] == list(AWKWARD_NAMES)
    assert read.options == [*AWKWARD_NAMES, *AWKWARD_NAMES]
    assert read.rows["overlaps"][1][:2] == sorted(read.rows["overlaps"][1][:2])
    assert "<u>film</u>" in read.section("review")


def test_no_name_is_part_of_a_chart(made: Make, three: ReadPage) -> None:
    plain = three.report["charts"]
    tables = awkward_brands(("Zulu", "Yankee"))
    tables.brand("X-Ray", filmography={"rated_films": 3, "vote_average_mean": 9.0, "coverage": None})
    assert made(tables).report["charts"] == plain


def test_the_page_has_no_address_but_those_of_films(three: ReadPage) -> None:
    leading_out = [
        value for name, value in three.attributes if name in {"src", "href"} and not str(value).startswith("#")
    ]
    assert leading_out.pop(0) == "data:,"
    assert all(re.fullmatch(r"https://www\.themoviedb\.org/movie/\d+", address) for address in leading_out)
    assert three.links["Best of Alpha"] == "https://www.themoviedb.org/movie/1"
    assert "://" not in json.dumps(three.report)


def test_sources_dates_and_units_are_named(three: ReadPage) -> None:
    text = three.text
    assert NOTICE in text
    assert "Film data fetched: 2025-05-01." in text
    assert "Page of 2026-03-04 05:06 UTC" in text
    assert "US and Canada, nominal US dollars" in text


def test_shared_films_stand_once_for_both_brands(three: ReadPage) -> None:
    assert three.rows["overlaps"][1:] == [["Alpha", "Beta", "1", "12%", "25%", "Shared"]]


def test_of_many_shared_films_the_largest_overlaps_are_listed(made: Make) -> None:
    names = tuple(f"Brand {number:02d}" for number in range(MOST_OVERLAPS + 5))
    read = made(awkward_brands(names))
    assert len(read.rows["overlaps"]) == MOST_OVERLAPS + 1
    assert f"{len(names) - 1} pairs of brands share films; the {MOST_OVERLAPS} that share most" in read.section(
        "overlaps"
    )


def test_pairs_are_compared_in_both_orders(three: ReadPage) -> None:
    pairs = {(row["brand"], row["other_brand"]): row for row in three.records("pairs")}
    assert set(pairs) == {("Alpha", "Beta"), ("Beta", "Alpha")}
    assert pairs["Alpha", "Beta"]["rating_verdict"] == "higher"
    assert (pairs["Beta", "Alpha"]["rating_low"], pairs["Beta", "Alpha"]["rating_high"]) == (-1.5, -0.5)
    assert pairs["Alpha", "Beta"]["shared_films"] == 1


def test_what_is_in_review_names_the_nearest_films(made: Make) -> None:
    tables = three_brands()
    tables.brand("Open", matched=False)
    for rank, title in enumerate(("First", "Second", "Third", "Fourth"), start=1):
        tables.candidate("Open", rank, title)
    read = made(tables)
    ((brand, release, gross, status, why, films),) = read.rows["review"][1:]
    assert (brand, release, gross, status) == ("Open", "Best of Open", "0.0", "review")
    assert why == "two films are equally likely"
    assert films == "First (unknown) 4.00Second (unknown) 3.00Third (unknown) 2.00"
    assert read.links["First"] == "https://www.themoviedb.org/movie/101"
    assert "1 of 4 #1 releases have no film" in read.section("review")


def test_nothing_in_review_is_said(three: ReadPage) -> None:
    assert "Nothing: the film of every one of the 3 #1 releases is decided." in three.section("review")


def test_one_brand_is_enough(made: Make) -> None:
    tables = Tables()
    tables.ranked("Only", 1, 7.0, of=1)
    read = made(tables)
    assert "There are no two brands" in read.section("comparison")
    assert "No film counts for two brands" in read.section("overlaps")
    assert len(read.rows["brands"]) == 2


def test_without_filmographies_the_1_releases_are_drawn_and_nothing_is_ranked(made: Make) -> None:
    tables = Tables()
    tables.brand("Alpha", vote_average_mean=8.0, popularity_percentile_mean=0.9, rated_films=1, films=1)
    tables.brand("Beta")
    read = made(tables)
    assert "none is ranked" in read.section("rating")
    assert "Without a filmography, because no rule says which films count: Alpha, Beta." in read.section("rating")
    assert "Scope: the #1 release alone" in read.section("popularity")
    assert "1 brands with a known rating and popularity" in read.section("popularity")
    assert "No brand has a filmography" in read.section("coverage")
    (popularity,) = [chart for name, chart in read.report["charts"].items() if name == "popularity"]
    assert "top_release_rating" in json.dumps(popularity)


def test_without_any_figure_the_page_says_so(made: Make) -> None:
    tables = Tables()
    tables.brand("Bare", matched=False, top_release_share=None, fetched_from=None, fetched_to=None)
    read = made(tables)
    assert "No brand has both a known rating and a known popularity" in read.section("popularity")
    assert "The share is unknown for every brand" in read.section("concentration")
    assert "Film data fetched: unknown." in read.text
    assert "popularity" not in read.report["charts"]


def test_of_300_brands_charts_have_the_largest_and_the_table_all(made: Make, three: ReadPage) -> None:
    names = tuple(f"Brand {number:03d}" for number in range(300))
    read = made(awkward_brands(names))
    assert [row["brand"] for row in read.records("brands")] == list(names[:MOST_CHARTED])
    assert {row["brand"] for row in read.records("pairs")} <= set(names[:MOST_CHARTED])
    assert len(read.rows["brands"]) == 301
    limited = f"Drawn are the {MOST_CHARTED} brands with the largest total gross of 300 in the file"
    for section in ("rating", "popularity", "concentration", "comparison", "coverage"):
        assert limited in read.section(section), section
    assert limited not in three.text


def test_a_chart_has_room_for_each_of_its_rows(made: Make) -> None:
    few, more = (made(awkward_brands(names)).report["charts"] for names in (("A", "B"), ("A", "B", "C", "D")))
    for chart in ("ranking_rating", "ranking_votes", "ranking_popularity", "coverage", "concentration", "verdicts"):
        assert more[chart]["height"] == 2 * few[chart]["height"], chart
