"""Which titles meet, at which tier, and what holds for the keys of any text at all."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from movie_assets.matching.titles import PLAIN, REWRITTEN, SPELLING, plain_key, spelling_key, title_keys

any_examples = hypothesis_settings(max_examples=400, deadline=None, derandomize=True)

# What titles are made of, and what has a rule of its own: random text alone would hardly ever combine two rules.
PIECES = [
    *["the", "The", "a", "An", "Heat", "Star Wars", "Spider-Man", "Amélie", "Łódź", "Ærø", "Dr. Seuss'", "Marvel’s"],
    *["Part", "Pt.", "Chapter", "Episode", "Vol.", "Volume", "v", "vs.", "versus", "and", "&", "+", "7", "300", "3D"],
    *["I", "II", "III", "IV", "V", "X", "XX", "one", "Two", "Thirteen", "½", "³", "™", "♥", "❤️", ":", "-", "–", "·"],
    *[", The", ", a", "(1995)", "[3D]", "(re-release)", "(", "]", "!", "…", "´", "’s", "\u200b", "\u00ad", "\u00a0"],
]
titles = st.one_of(
    st.text(max_size=20),
    st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
)


def agreement(one: str, other: str) -> int | None:
    """The strongest tier at which two titles agree, each at the weaker of both sides; None if they share no key."""
    keys, others = title_keys(one), title_keys(other)
    return min((max(keys[key], others[key]) for key in keys.keys() & others.keys()), default=None)


@any_examples
@given(titles)
@example("0㎀")  # the compatibility form of the sign has a capital
@example("ℂaﬀé")
@example("ǰ İ ŉ ΐ ẞ ς")
def test_a_key_answers_to_itself(title: str) -> None:
    for key in title_keys(title):
        assert key in title_keys(key)
        assert key == " ".join(key.split())
        assert not key.isascii() or key == key.lower()


@any_examples
@given(titles)
@example("™")
@example("!!!")
@example("\u200b")
@example("\ud800")
def test_only_a_blank_title_has_no_key(title: str) -> None:
    assert bool(title_keys(title)) == bool(title.strip())
    assert all(title_keys(title))


def test_every_character_of_unicode_has_a_stable_key() -> None:
    # A sample of all planes: each 53rd code point, and everything where the special letters and signs live.
    for code in {*range(0x3000), *range(0xA640, 0xAB70), *range(0xF900, 0x10000), *range(0, sys.maxunicode, 53)}:
        title = f"a{chr(code)}b"
        assert plain_key(plain_key(title)) == plain_key(title), f"U+{code:04X}"
        assert spelling_key(spelling_key(title)) == spelling_key(title), f"U+{code:04X}"


words = st.lists(st.sampled_from(["amélie", "łódź", "heat", "dawn", "300", "straße", "it's", "七人の侍"]), min_size=1)


@any_examples
@given(words, st.sampled_from([str.upper, str.title, str.capitalize, str.swapcase]))
def test_case_is_spelling(parts: list[str], change: Callable[[str], str]) -> None:
    title = " ".join(parts)
    assert agreement(change(title), title) == SPELLING


@any_examples
@given(words, st.data())
def test_white_space_and_punctuation_are_spelling(parts: list[str], data: st.DataObject) -> None:
    gaps = st.sampled_from([" ", "  ", "\t", "\u00a0", "\u3000", " - ", ": ", ", ", "-", "/", "·", " … ", "! ", " * "])
    varied = "".join(part + data.draw(gaps) for part in parts)
    assert agreement(varied, " ".join(parts)) == SPELLING


@any_examples
@given(words)
def test_accents_are_plain(parts: list[str]) -> None:
    title = " ".join(parts)
    bare = title.replace("é", "e").replace("ł", "l").replace("ó", "o").replace("ź", "z")
    assert agreement(title, bare) == (SPELLING if bare == title else PLAIN)
    assert agreement(unicodedata.normalize("NFD", title), title) == SPELLING


@any_examples
@given(st.sampled_from(["The", "A", "An"]), st.sampled_from(["Heat", "Firm", "Education", "Star Is Born", "Ring 2"]))
def test_articles_are_moved_and_never_dropped(article: str, rest: str) -> None:
    assert agreement(f"{article} {rest}", rest) is None
    assert agreement(f"{article} {rest}", f"{rest}, {article}") == REWRITTEN
    assert agreement(rest, f"{rest}, {article}") is None


def test_the_doctest_examples_hold() -> None:
    assert title_keys("Spider-Man: No Way Home") == {"spider man no way home": SPELLING}
    assert title_keys("Rocky II") == {"rocky ii": SPELLING, "rocky 2": REWRITTEN}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("WALL·E", "Wall-E"),
        ("Ocean's Eleven", "Ocean’s Eleven"),
        ("Ocean's Eleven", "Oceans Eleven"),
        ("Wayne's World", "Wayne´s World"),
        ("Wayne's World", "Wayne`s World"),
        ("Spider-Man: Far from Home", "SPIDER MAN FAR FROM HOME"),
        ("Narnia: The Lion, the Witch and the Wardrobe", "Narnia The Lion the Witch and the Wardrobe"),
        ("Straße", "STRASSE"),
        ("ＳＴＡＲ　ＷＡＲＳ", "Star Wars"),
        ("ﬁlm", "Film"),
        ("Face/Off", "Face Off"),
        ("8½", "8 1/2"),
        ("Naked Gun 33⅓: The Final Insult", "Naked Gun 33 1/3: The Final Insult"),
        ("The LEGO™ Movie", "The Lego Movie"),
        ("I ❤️ Huckabees", "I ♥ Huckabees"),
        ("Spi\u00adder-Man", "Spider-Man"),
        ("It\u200b", "It"),
        ("It", "It!"),
        ("七人の侍", "「七人の侍」"),
    ],
)  # fmt: skip
def test_titles_that_differ_in_spelling(one: str, other: str) -> None:
    assert agreement(one, other) == SPELLING


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amélie", "Amelie"),
        ("Crème Brûlée", "CREME BRULEE"),
        ("Wałęsa", "Walesa"),
        ("Smørrebrød", "Smorrebrod"),
        ("Æon Flux", "Aeon Flux"),
        ("Sacré Cœur", "Sacre Coeur"),
        ("Fast & Furious", "Fast and Furious"),
        ("Romeo + Juliet", "Romeo and Juliet"),
        ("Romeo+Juliet", "Romeo & Juliet"),
        ("Alien³", "Alien 3"),
        ("Pokémon: The First Movie", "Pokemon The First Movie"),
    ],
)
def test_titles_that_differ_in_accents_and_signs(one: str, other: str) -> None:
    assert agreement(one, other) == PLAIN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Numerals that number a sequel: last, before the subtitle, or behind a word for a part.
        ("Rocky II", "Rocky 2"),
        ("Rocky IV", "Rocky Four"),
        ("Frozen II", "Frozen 2"),
        ("Saw VI", "Saw 6"),
        ("Ocean's Eleven", "Ocean's 11"),
        ("Ocean's Thirteen", "Ocean's 13"),
        ("Fantastic Four: Rise of the Silver Surfer", "Fantastic 4: Rise of the Silver Surfer"),
        ("Star Trek V: The Final Frontier", "Star Trek 5 - The Final Frontier"),
        ("Harry Potter and the Deathly Hallows: Part II", "Harry Potter and the Deathly Hallows: Part 2"),
        ("Dune: Part Two", "Dune: Pt. 2"),
        ("It Chapter Two", "It: Chap. II"),
        ("Back to the Future Part III", "Back to the Future Part 3"),
        ("Part I: Love", "Part 1: Love"),
        # Episode N, kept by one side and left out by the other.
        ("Star Wars: Episode VII - The Force Awakens", "Star Wars: The Force Awakens"),
        ("Star Wars: Episode I - The Phantom Menace", "Star Wars: Episode 1 - The Phantom Menace"),
        # A number before the subtitle that others leave out.
        ("Ice Age 3: Dawn of the Dinosaurs", "Ice Age: Dawn of the Dinosaurs"),
        ("Terminator 2 - Judgment Day", "Terminator: Judgment Day"),
        ("Saw IV: Extended", "Saw: Extended"),
        # Words that are written in several ways.
        ("Batman v Superman: Dawn of Justice", "Batman vs. Superman: Dawn of Justice"),
        ("Ford v. Ferrari", "Ford versus Ferrari"),
        ("Kill Bill: Vol. 2", "Kill Bill: Volume 2"),
        ("Guardians of the Galaxy Vol. 2", "Guardians of the Galaxy Volume Two"),
        # Owners.
        ("National Lampoon's Animal House", "Animal House"),
        ("National Lampoon`s Animal House", "Animal House"),
        ("Tyler Perry’s Madea Goes to Jail", "Madea Goes to Jail"),
        ("Dr. Seuss' The Lorax", "The Lorax"),
        ("Marvel's The Avengers", "The Avengers"),
        # Notes behind the title.
        ("Heat (1995)", "Heat"),
        ("Titanic [3D]", "Titanic"),
        ("Titanic (3-D)", "Titanic"),
        ("The Lion King (2011 re-release)", "The Lion King"),
        ("Blade Runner (IMAX)", "Blade Runner"),
        ("Matrix, The", "The Matrix"),
        ("Matrix, The (1999)", "The Matrix"),
    ],
)  # fmt: skip
def test_titles_that_agree_after_rewriting(one: str, other: str) -> None:
    assert agreement(one, other) == REWRITTEN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Heat", "Heat"),
        ("An Education", "Education"),
        ("Rocky", "Rocky II"),
        ("Rocky II", "Rocky III"),
        ("The Godfather Part II", "The Godfather Part III"),
        ("Kill Bill: Vol. 1", "Kill Bill: Vol. 2"),
        ("Star Wars: Episode IV - A New Hope", "Star Wars: Episode V - The Empire Strikes Back"),
        ("Star Wars: Episode IV", "Star Wars: Episode V"),
        ("Star Wars: Episode IV", "Star Wars"),
        ("Halloween (2018)", "Halloween II"),
        # Numerals that are words of the title.
        ("Seven", "7"),
        ("X", "10"),
        ("XX", "20"),
        ("V for Vendetta", "5 for Vendetta"),
        ("One Day", "1 Day"),
        ("Two Weeks Notice", "2 Weeks Notice"),
        ("The Seven Samurai", "The 7 Samurai"),
        ("Withnail & I", "Withnail and 1"),
        ("The King and I", "The King and 1"),
        ("Malcolm X Speaks", "Malcolm 10 Speaks"),
        ("V vs. X", "5 vs. X"),
        ("300", "3"),
        ("Apollo 13", "Apollo"),
        ("It", "It Chapter Two"),
        ("Up", "Upgrade"),
        ("Monster House", "Monster's House of Horrors"),
        ("Stephen King", "Stephen King's It"),
        ("WALL·E", "Wall"),
    ],
)  # fmt: skip
def test_titles_of_different_films(one: str, other: str) -> None:
    assert agreement(one, other) is None
