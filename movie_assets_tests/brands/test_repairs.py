"""Damage is undone where it is certain, and everything else is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie_assets.brands.repairs import (
    repair_commas_in_list,
    repair_hyphen_after_numeral,
    repair_hyphen_in_word,
    repair_mojibake,
)
from movie_assets_tests.brands.dialects import unhurried


@pytest.mark.parametrize(
    ("damaged", "title"),
    [
        ("PokÃ©mon", "Pokémon"),
        ("PokÃ©mon Detective Pikachu", "Pokémon Detective Pikachu"),
        ("PokÃƒÂ©mon", "Pokémon"),
        ("AmÃ©lie â€“ encore", "Amélie – encore"),
        ("Naked Gun 2Â½", "Naked Gun 2½"),
    ],
)
def test_mojibake_is_undone(damaged: str, title: str) -> None:
    assert repair_mojibake(damaged) == title


@pytest.mark.parametrize(
    "title",
    [
        "Pokémon",
        "L’Âge d’or",
        "“Crocodile” Dundee",
        "Mission: Impossible – Fallout",
        "ﬁnal",
        "ＴＲＯＮ",
        "Tom &amp; Jerry",
        "voilÃ le travail",  # would need a lost no-break space to be made up
        "Ã",
        "It\x92s",  # a control character, for all we know
        "天空の城ラピュタ",
        "Сталкер",
    ],
)
def test_text_that_is_not_certainly_mojibake_is_unchanged(title: str) -> None:
    assert repair_mojibake(title) == title


CODECS = ("latin-1", "iso-8859-2", "macroman", "cp437", *(f"sloppy-windows-125{digit}" for digit in "0123457"))


def mangled(text: str, codec: str) -> str:
    try:
        return text.encode("utf-8").decode(codec)
    except UnicodeError:
        return text


@unhurried
@given(st.text(st.sampled_from("éàüñçøß’“”–½Ж語 abcÃ©â€"), max_size=12), st.lists(st.sampled_from(CODECS), max_size=2))
def test_an_undone_mojibake_can_be_made_again(text: str, codecs: list[str]) -> None:
    for codec in codecs:
        text = mangled(text, codec)
    repaired = repair_mojibake(text)
    variants = {repaired}
    for _ in range(3):
        variants |= {mangled(each, codec) for each in variants for codec in CODECS}
    assert text in variants


@pytest.mark.parametrize(
    ("damaged", "title"),
    [
        ("Spider0Man: Into the Spider0Verse", "Spider-Man: Into the Spider-Verse"),
        ("X0Men", "X-Men"),
        ("Scooby0Doo 2", "Scooby-Doo 2"),
        ("Hanna0Barbera", "Hanna-Barbera"),
        ("Tim Burton0Johnny Depp", "Tim Burton-Johnny Depp"),
        ("DreamWorks0Pixar", "DreamWorks-Pixar"),
        ("Élodie0Émile", "Élodie-Émile"),
        ("Wreck0It Ralph's", "Wreck-It Ralph's"),
        ("One0Two0Three", "One-Two-Three"),
    ],
)
def test_a_zero_between_two_capitalised_words_is_a_hyphen(damaged: str, title: str) -> None:
    assert repair_hyphen_in_word(damaged) == title


@pytest.mark.parametrize(
    "title",
    ["R0bot", "Cr0ssfire", "TR0N", "R0BOT", "X0MEN", "spider0man", "Spider00Man", "Apollo 10", "Blade Runner 2049",
     "2001: A Space Odyssey", "10 Cloverfield Lane", "Area 0", "300", "0", "Ocean0s", "Se7en0Ten1", "A0B",
     "Evangelion: 3.0 You", "_Spider0Man"],
)  # fmt: skip
def test_a_zero_that_may_be_a_letter_or_a_number_stays(title: str) -> None:
    assert repair_hyphen_in_word(title) == title
    assert repair_hyphen_after_numeral(title) == title


@pytest.mark.parametrize(
    ("damaged", "title"),
    [
        ("Star Wars: Episode VII 0 The Force Awakens", "Star Wars: Episode VII - The Force Awakens"),
        ("John Wick: Chapter 3 0 Parabellum", "John Wick: Chapter 3 - Parabellum"),
        ("Guardians Vol. 2 0 Encore", "Guardians Vol. 2 - Encore"),
        ("part ii 0 après", "part ii - après"),
    ],
)
def test_a_lone_zero_after_a_sequel_number_is_a_hyphen(damaged: str, title: str) -> None:
    assert repair_hyphen_after_numeral(damaged) == title


@pytest.mark.parametrize(
    "title",
    ["Area 0", "Area 0 The Film", "Episode 0 The Start", "Part 2 0", "Part 2 0 1", "Part 200 0 Miles",
     "Part 2 00 Miles", "Saturday Night Live 0 Alumni Debuts", "Apart II 0 Miles", "Episode VII0The Force Awakens"],
)  # fmt: skip
def test_any_other_lone_zero_stays(title: str) -> None:
    assert repair_hyphen_after_numeral(title) == title


@pytest.mark.parametrize(
    ("damaged", "title"),
    [
        ("The Good the Bad and the Ugly", "The Good, the Bad and the Ugly"),
        ("The Boy the Mole the Fox and the Horse", "The Boy, the Mole, the Fox and the Horse"),
        ("Narnia: The Lion the Witch and the Wardrobe", "Narnia: The Lion, the Witch and the Wardrobe"),
        ("THE COOK THE THIEF AND THE LOVER - Uncut", "THE COOK, THE THIEF AND THE LOVER - Uncut"),
    ],
)
def test_a_list_of_nouns_gets_its_commas_back(damaged: str, title: str) -> None:
    assert repair_commas_in_list(damaged) == title


@pytest.mark.parametrize(
    "title",
    ["The Good, the Bad and the Ugly", "The Butcher, the Chef, and the Swordsman", "The Beauty and the Beast",
     "The Day the Earth and the Sky Stood Still", "Into the Night the Fox and the Hound", "The Night the Stars Fell",
     "The Father the Son And The Holy Spirit", "The Pit and the Pendulum"],
)  # fmt: skip
def test_what_may_be_a_clause_or_has_its_commas_is_unchanged(title: str) -> None:
    assert repair_commas_in_list(title) == title


@unhurried
@given(st.text() | st.lists(st.sampled_from(["the", "Fox", "and", ":", "-", "Hen"]), max_size=9).map(" ".join))
def test_repairs_are_stable(text: str) -> None:
    for repair in (repair_mojibake, repair_hyphen_in_word, repair_hyphen_after_numeral, repair_commas_in_list):
        assert repair(repair(text)) == repair(text)
