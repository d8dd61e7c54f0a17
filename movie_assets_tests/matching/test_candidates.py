"""The keys stored for a film, the releases taken from the brand file, and the join that brings them together."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from movie_assets.matching.candidates import film_title_rows, find_candidates
from movie_assets.matching.model import Candidate, TopRelease, top_releases
from movie_assets.matching.titles import ALIKE, LOOSE
from movie_assets.warehouse.database import Database
from movie_assets_tests.matching.films import films, store_films


def title_rows(title: object, original: object = None, alternatives: object = None) -> dict[str, tuple[int, str, bool]]:
    """The rows of one film by key: tier, field and whether it is the main one."""
    frame = pd.DataFrame(
        {
            "tmdb_id": pd.array([7], dtype="Int64"),
            "title": pd.Series([title], dtype="string"),
            "original_title": pd.Series([original], dtype="string"),
            "alternative_titles": pd.Series([alternatives], dtype="object"),
        }
    )
    rows = film_title_rows(frame)
    assert (rows["tmdb_id"] == 7).all()
    return {row.title_key: (row.tier, row.field, row.main) for row in rows.itertuples()}


def test_every_title_of_a_film_gives_keys() -> None:
    assert title_rows("Spirited Away", "千と千尋の神隠し", ["Le Voyage de Chihiro", "Chihiro & the Spirits"]) == {
        "spirited away": (1, "title", True),
        "千と千尋の神隠し": (1, "original_title", False),
        # Without its mark が is か: the plain key of Japanese is another string.
        "千と千尋の神隠し".replace("が", "か"): (1, "original_title", False),
        "le voyage de chihiro": (1, "alternative_title", False),
        "chihiro & the spirits": (1, "alternative_title", False),
        "chihiro and the spirits": (2, "alternative_title", False),
        "chihiro the spirits": (3, "alternative_title", False),
    }


def test_a_key_of_several_fields_is_kept_at_its_lowest_tier() -> None:
    rows = title_rows("Rocky II", "Rocky 2", ["Rocky Two"])
    assert rows["rocky 2"] == (1, "original_title", False)
    assert rows["rocky ii"] == (1, "title", True)
    assert rows["rocky two"] == (1, "alternative_title", False)


@pytest.mark.parametrize(
    ("original", "alternatives", "field"),
    [("Heat", ["Heat"], "title"), ("HEAT!", ["heat"], "title"), (None, None, "title")],
)
def test_of_equal_keys_the_better_field_counts(original: object, alternatives: object, field: str) -> None:
    assert title_rows("Heat", original, alternatives) == {"heat": (1, field, True)}


def test_original_titles_come_before_alternative_ones() -> None:
    assert title_rows("Amour", "Liebe", ["LIEBE"])["liebe"] == (1, "original_title", False)


def test_the_main_key_is_the_plain_form_of_the_title() -> None:
    rows = title_rows("Amélie & Cie", "Le Fabuleux Destin d'Amélie Poulain")
    assert [key for key, (_, _, main) in rows.items() if main] == ["amelie and cie"]


def test_a_title_without_letters_has_a_key_and_no_main_one() -> None:
    assert title_rows("!!!") == {"!!!": (1, "title", False)}


def test_films_without_alternative_titles_need_no_such_column() -> None:
    frame = films({"title": "Heat"}, {"title": "Up"}).drop(columns="alternative_titles")
    assert film_title_rows(frame)["title_key"].tolist() == ["heat", "up"]


def test_no_films_make_an_empty_frame_of_the_same_types() -> None:
    none = film_title_rows(films({"title": "Heat"}).iloc[:0])
    some = film_title_rows(films({"title": "Heat"}))
    assert none.empty
    assert none.dtypes.to_dict() == some.dtypes.to_dict()


def test_the_first_line_of_a_repeated_brand_counts() -> None:
    lines = pd.DataFrame(
        {
            "brand": ["Pixar", "Laika", "Pixar"],
            "top_release": ["Toy Story 3", "Coraline", "Incredibles 2"],
            "top_release_gross_usd": [415, 75, 608],
            "source_line": [9, 3, 2],
        }
    )
    assert top_releases(lines) == [TopRelease("Pixar", "Incredibles 2", 608), TopRelease("Laika", "Coraline", 75)]


def test_candidates_share_a_key_and_carry_the_film(database: Database) -> None:
    store_films(
        database,
        films(
            {
                "id": 8355,
                "title": "Ice Age: Dawn of the Dinosaurs",
                "release_date": "2009-06-26",
                "revenue": 886_686_817,
                "vote_count": 8458,
                "popularity": 20.0,
                "runtime": 94,
                "status": "Released",
                "adult": False,
                "video": True,
                "genres": [{"id": 16, "name": "Animation"}],
                "production_companies": [{"id": 9383, "name": "Blue Sky Studios"}],
                "keywords": {"keywords": [{"id": 1, "name": "mammoth"}]},
            },
            {"id": 2, "title": "Dinosaurs", "popularity": 10.0},
        ),
    )
    release = TopRelease("Blue Sky", "Ice Age 3: Dawn of the Dinosaurs", 196_573_705)
    assert find_candidates(database, [release]) == [
        Candidate(
            brand="Blue Sky",
            tmdb_id=8355,
            title="Ice Age: Dawn of the Dinosaurs",
            original_title=None,
            original_language=None,
            release_date=dt.date(2009, 6, 26),
            title_key="ice age dawn of the dinosaurs",
            key_tier=3,
            key_field="title",
            revenue_usd=886_686_817,
            vote_count=8458,
            popularity_percentile=1.0,
            runtime_minutes=94,
            status="Released",
            adult=False,
            video=True,
            genres=["Animation"],
            production_companies=["Blue Sky Studios"],
            keywords=["mammoth"],
        )
    ]


def test_the_tier_is_the_weaker_one_of_both_titles(database: Database) -> None:
    store_films(
        database, films({"title": "Rocky 2"}, {"title": "Rocky II"}, {"title": "Amélie"}, {"title": "Rocky Two"})
    )
    found = find_candidates(
        database, [TopRelease("a", "Rocky 2", 1), TopRelease("b", "Amelie", 1), TopRelease("c", "Amélie", 1)]
    )
    assert [(film.brand, film.tmdb_id, film.key_tier) for film in found] == [
        ("a", 1, 1),
        ("a", 2, 3),
        ("a", 4, 3),
        ("b", 3, 2),
        ("c", 3, 1),
    ]


def test_a_film_is_found_once_by_the_strongest_key_it_shares(database: Database) -> None:
    store_films(
        database,
        films({"title": "Kill Bill: Volume 2", "alternative_titles": {"titles": [{"title": "Kill Bill: Vol. 2"}]}}),
    )
    (found,) = find_candidates(database, [TopRelease("b", "Kill Bill: Vol. 2", 1)])
    assert (found.title_key, found.key_tier, found.key_field) == ("kill bill vol 2", 1, "alternative_title")


def test_of_equally_strong_keys_the_best_field_counts(database: Database) -> None:
    # Both rewritten; "animal house" would come first by the alphabet.
    alternative = {"titles": [{"title": "Marvel's Animal House"}]}
    store_films(
        database,
        films({"title": "Marvel's National Lampoon's Animal House (1978)", "alternative_titles": alternative}),
    )
    (found,) = find_candidates(database, [TopRelease("b", "National Lampoon's Animal House (1978)", 1)])
    assert (found.key_tier, found.key_field) == (3, "title")


def test_brands_with_one_release_have_the_same_candidates(database: Database) -> None:
    store_films(database, films({"title": "It"}, {"title": "It"}, {"title": "Id"}))
    found = find_candidates(database, [TopRelease("Stephen King", "It", 1), TopRelease("Vertigo", "It", 1)])
    assert [(film.brand, film.tmdb_id) for film in found] == [
        ("Stephen King", 1),
        ("Stephen King", 2),
        ("Vertigo", 1),
        ("Vertigo", 2),
    ]


def test_nothing_wanted_or_nothing_found_is_no_candidate(database: Database) -> None:
    store_films(database, films({"title": "Heat"}))
    assert find_candidates(database, []) == []
    assert find_candidates(database, [TopRelease("b", "The Heat", 1), TopRelease("c", "' OR 1=1; --", 1)]) == []


def test_two_loose_keys_make_no_candidate(database: Database) -> None:
    store_films(database, films({"title": "One Hero: Return of the Knights"}, {"title": "Return of the Knights"}))
    found = find_candidates(database, [TopRelease("b", "Another Hero: Return of the Knights", 1)])
    assert [(film.tmdb_id, film.key_tier) for film in found] == [(2, LOOSE)]


def known(title: str, **facts: object) -> dict[str, object]:
    """A well-known film."""
    return {"title": title, "vote_count": 5_000, "release_date": "2001-05-01", **facts}


def test_films_that_only_look_alike_are_proposed_where_no_key_finds_any(database: Database) -> None:
    store_films(
        database,
        films(
            known("Crouching Tiger, Hidden Dragon", revenue=213_000_000),
            known("Crouching Tiger, Hidden Lion", vote_count=4, revenue=900_000),
            known("Something Else"),
        ),
    )
    (found,) = find_candidates(database, [TopRelease("b", "Crouchin Tigr Hiden Dragon", 128_000_000)])
    assert (found.tmdb_id, found.key_tier, found.title_key) == (1, ALIKE, "crouching tiger hidden dragon")
    assert found.likeness is not None
    assert 70 <= found.likeness < 100


def test_a_title_before_its_subtitle_is_alike(database: Database) -> None:
    store_films(database, films(known("The Raid"), known("The Road")))
    found = find_candidates(database, [TopRelease("b", "The Raid: Redemption", 4_000_000)])
    assert found[0].tmdb_id == 1 or {film.tmdb_id: film.likeness for film in found}[1] == 90.0


def test_films_whose_gross_cannot_fit_are_not_proposed(database: Database) -> None:
    store_films(database, films(known("Hidden Dragon", revenue=2_000_000), known("Hidden Dragons", revenue=0)))
    found = find_candidates(database, [TopRelease("b", "Hiden Dragon", 128_000_000)])
    assert [film.tmdb_id for film in found] == [2]


def test_no_more_than_five_are_proposed(database: Database) -> None:
    store_films(database, films(*(known(f"Hidden Dragon {letter}") for letter in "abcdefgh")))
    assert len(find_candidates(database, [TopRelease("b", "Hiden Dragon x", 5)])) == 5


def test_a_film_that_shares_a_key_leaves_no_room_for_proposals(database: Database) -> None:
    store_films(database, films(known("Heat"), known("Heart")))
    found = find_candidates(database, [TopRelease("b", "Heat", 5), TopRelease("c", "Heaat", 5)])
    assert [(film.brand, film.tmdb_id, film.key_tier) for film in found] == [
        ("b", 1, 1),
        ("c", 1, ALIKE),
        ("c", 2, ALIKE),
    ]
