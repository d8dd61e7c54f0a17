"""Which titles meet, at which tier, and what holds for the keys of any text at all."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from movie_assets.matching.rewriting import is_written_one_way
from movie_assets.matching.titles import (
    LOOSE,
    PLAIN,
    REWRITTEN,
    SPELLING,
    every_key,
    plain_key,
    release_keys,
    search_titles,
    spelling_key,
    title_keys,
    title_year,
)

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
    return _agreement(title_keys(one), title_keys(other))


def damaged_agreement(release: str, film: str) -> int | None:
    """The same for a title of a brand file, which may be damaged, and a film's title."""
    return _agreement(release_keys(release), title_keys(film))


def _agreement(keys: dict[str, int], others: dict[str, int]) -> int | None:
    tiers = [(keys[key], others[key]) for key in keys.keys() & others.keys()]
    return min((max(pair) for pair in tiers if min(pair) < LOOSE), default=None)


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
    assert title_keys("Spider-Man: No Way Home") == {
        "spider man no way home": SPELLING,
        "spiderman no way home": REWRITTEN,
        "no way home": LOOSE,
    }
    assert title_year("Halloween (2018)") == 2018
    assert title_year("Blade Runner 2049") is None
    assert search_titles("Rocky II") == ["Rocky II", "rocky 2"]
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
        ("Titanic (in 3D)", "Titanic"),
        ("Titanic (1997) (3D)", "Titanic"),
        ("Titanic (25th Anniversary)", "Titanic"),
        # Words joined where a hyphen or a dot was lost.
        ("Spiderman", "Spider-Man"),
        ("WALLE", "WALL·E"),
        ("SWAT", "S.W.A.T."),
        ("Fast Furious", "Fast & Furious"),
    ],
)  # fmt: skip
def test_titles_that_agree_after_rewriting(one: str, other: str) -> None:
    assert agreement(one, other) == REWRITTEN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # A series, an owner or a hero before a title of its own.
        ("Star Wars: Episode VI - Return of the Jedi", "Return of the Jedi"),
        ("Indiana Jones and the Raiders of the Lost Ark", "Raiders of the Lost Ark"),
        ("Live Die Repeat: The Edge of Tomorrow", "The Edge of Tomorrow"),
        ("Somebody Else's The Nightmare Before Easter", "The Nightmare Before Easter"),
        # Numbers in words, anywhere.
        ("9 to 5", "Nine to Five"),
        ("Gone in 60 Seconds", "Gone in Sixty Seconds"),
        ("101 Dalmatians", "One Hundred and One Dalmatians"),
        ("One Hundred Men and a Girl", "100 Men and a Girl"),
        ("Twenty-One Grams", "21 Grams"),
        ("The Seven Samurai", "The 7 Samurai"),
        # Part and the like before a number.
        ("The Hangover Part III", "The Hangover 3"),
        ("It Chapter Two", "It 2"),
    ],
)  # fmt: skip
def test_titles_that_agree_loosely(one: str, other: str) -> None:
    assert agreement(one, other) == agreement(other, one) == LOOSE


def test_two_loose_titles_do_not_agree() -> None:
    assert agreement("One Hero: Return of the Knights", "Another Hero: Return of the Knights") is None


@pytest.mark.parametrize(
    ("damaged", "title", "tier"),
    [
        ("X0Men: First Class", "X-Men: First Class", REWRITTEN),
        ("The 400Year0Old Virgin", "The 40-Year-Old Virgin", REWRITTEN),
        ("Mission: Impossible 0 Fallout", "Mission: Impossible - Fallout", REWRITTEN),
        ("Ocean s Eleven", "Ocean's Eleven", REWRITTEN),
        ("Don t Breathe", "Don't Breathe", REWRITTEN),
        ("Lion King The", "The Lion King", REWRITTEN),
        ("Fast &amp; Furious", "Fast & Furious", REWRITTEN),
        ("Ocean&#39;s Eleven", "Ocean's Eleven", REWRITTEN),
        ("Titanic 3D", "Titanic", LOOSE),
        ("Titanic - 3D", "Titanic", LOOSE),
        ("Titanic IMAX", "Titanic", LOOSE),
        ("Jurassic World 2015", "Jurassic World", LOOSE),
        # Not damage.
        ("Blade Runner 2049", "Blade Runner 2049", SPELLING),
        ("Jackass 3D", "Jackass 3D", SPELLING),
        ("300", "300", SPELLING),
        ("1900", "19", None),
        ("The", "A", None),
    ],
)  # fmt: skip
def test_damaged_titles_of_a_brand_file(damaged: str, title: str, tier: int | None) -> None:
    assert damaged_agreement(damaged, title) == tier


@any_examples
@given(titles)
def test_the_keys_of_a_release_include_those_of_the_title(title: str) -> None:
    keys = release_keys(title)
    for key, tier in title_keys(title).items():
        assert keys[key] <= tier
    assert all(SPELLING <= tier <= LOOSE for tier in keys.values())


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("Robin Hood (2010)", 2010),
        ("Robin Hood [1973]", 1973),
        ("The Lion King (2011 re-release)", None),
        ("2012", None),
        ("Wonder Woman 1984", None),
        ("Room (237)", None),
    ],
)
def test_only_a_year_in_brackets_is_the_year_of_a_film(title: str, year: int | None) -> None:
    assert title_year(title) == year


def test_a_search_asks_for_the_title_first_and_for_nothing_twice() -> None:
    asked = search_titles("Star Wars: Episode VI - Return of the Jedi (3D)")
    assert asked[:2] == [
        "Star Wars: Episode VI - Return of the Jedi (3D)",
        "Star Wars: Episode VI - Return of the Jedi",
    ]
    assert "return of the jedi" in asked
    assert len({spelling_key(one) for one in asked}) == len(asked)


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
        ("X", "10"),
        ("XX", "20"),
        ("V for Vendetta", "5 for Vendetta"),
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


PLAIN_WORDS = [
    "the",
    "Heat",
    "of",
    "And",
    "Part",
    "Hundred",
    "iii",
    "V",
    "chapter",
    "Ten",
    "Versus",
    "A",
    "anniversary",
]


@any_examples
@given(st.one_of(titles, st.lists(st.sampled_from(PLAIN_WORDS), min_size=1, max_size=7).map(" ".join)))
@example("The Long Goodbye")
def test_a_title_that_no_rule_touches_is_known_as_one(title: str) -> None:
    assert title_keys(title) == every_key(title)


def test_most_words_are_written_one_way() -> None:
    assert is_written_one_way("The Long Goodbye")
    for rewritten in ("Rocky II", "Part Two", "Heat and Dust", "Se7en", "Heat!", "Amélie", "", " Heat"):
        assert not is_written_one_way(rewritten)
