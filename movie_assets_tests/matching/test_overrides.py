"""People's decisions: read strictly, written so that they read back, and set over those of the rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from movie_assets.matching.model import TopRelease
from movie_assets.matching.overrides import Override, OverrideFileError, add_override, parse_film, read_overrides
from movie_assets.matching.overriding import overrides_frame
from movie_assets.matching.releases import match_releases
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.matching.films import TODAY, films, store_films

HEADER = "brand,top_release,tmdb_id,imdb_id,who,why\n"


def read(tmp_path: Path, text: str) -> list[Override]:
    path = tmp_path / "overrides.csv"
    path.write_text(text, encoding="utf-8")
    return read_overrides(path)


def test_a_missing_file_and_an_empty_one_hold_no_decisions(tmp_path: Path) -> None:
    assert read_overrides(tmp_path / "none.csv") == []
    assert read(tmp_path, "") == []
    assert read(tmp_path, HEADER) == []


def test_each_line_is_a_decision(tmp_path: Path) -> None:
    text = f'\ufeff{HEADER}\nPixar, Up ,14160,,Ann,seen\nLaika,Coraline,,tt0327597,Ben,"the list, page 3"\n,,,,,\n'
    text += "Aardman,Lost,NONE,,Ann,not on TMDB\n"
    assert read(tmp_path, text) == [
        Override(3, "Pixar", "Up", 14160, None, "Ann", "seen"),
        Override(4, "Laika", "Coraline", None, "tt0327597", "Ben", "the list, page 3"),
        Override(6, "Aardman", "Lost", None, None, "Ann", "not on TMDB"),
    ]


def test_one_id_column_and_any_order_will_do(tmp_path: Path) -> None:
    assert read(tmp_path, "Who,WHY,tmdb_id,Brand,top_release\nAnn,seen,14160,Pixar,Up\n") == [
        Override(2, "Pixar", "Up", 14160, None, "Ann", "seen")
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("brand,top_release,who,why\n", "line 1: expected the columns brand, top_release, tmdb_id, imdb_id, who, why"),
        ("brand,top_release,tmdb_id,who,why,note\n", "line 1: expected the columns"),
        ("brand,brand,top_release,tmdb_id,who,why\n", "line 1: expected the columns"),
        (HEADER + "Pixar,Up,14160,,Ann\n", "line 2: expected 6 values; found 5"),
        (HEADER + "Pixar,Up,14160,,Ann,seen, twice\n", "line 2: expected 6 values; found 7"),
        (HEADER + ",Up,14160,,Ann,seen\n", "line 2, column brand: expected a text; found nothing"),
        (HEADER + "Pixar,,14160,,Ann,seen\n", "line 2, column top_release: expected a text"),
        (HEADER + "Pixar,Up,14160,,,seen\n", "line 2, column who: expected a text"),
        (HEADER + "Pixar,Up,14160,,Ann,\n", "line 2, column why: expected a text"),
        (HEADER + "Pixar,Up,,,Ann,seen\n", "line 2, column tmdb_id and imdb_id: expected one film"),
        (HEADER + "Pixar,Up,14160,tt1049413,Ann,seen\n", "found 14160 and tt1049413. Give exactly one."),
        (
            HEADER + "Pixar,Up,0,,Ann,seen\n",
            "line 2, column tmdb_id: expected a number such as 603, or `none`; found '0'",
        ),
        (HEADER + "Pixar,Up,tt1049413,,Ann,seen\n", "line 2, column tmdb_id: expected a number"),
        (HEADER + "Pixar,Up,99999999999999999999,,Ann,seen\n", "line 2, column tmdb_id: expected a number"),
        (HEADER + "Pixar,Up,,14160,Ann,seen\n", "line 2, column imdb_id: expected an IMDb id such as tt0133093"),
        (HEADER + "Pixar,Up,1,,A,b\n\nPIXAR,up!,2,,A,b\n", "line 4, column top_release: expected one decision"),
        (HEADER + 'Pixar,"Up,1,,A,b\n', "line 2: expected a line of CSV"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_a_remedy(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(OverrideFileError) as error:
        read(tmp_path, text)
    message = str(error.value)
    assert message.startswith(str(tmp_path / "overrides.csv"))
    assert complaint in message
    assert message.endswith(".")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "overrides.csv"
    path.write_bytes(b"brand,\xff")
    with pytest.raises(OverrideFileError, match="expected UTF-8; byte 7 is not"):
        read_overrides(path)
    with pytest.raises(OverrideFileError, match="cannot be read"):
        read_overrides(tmp_path)


@pytest.mark.parametrize(
    ("text", "film"),
    [("603", (603, None)), (" tt0133093 ", (None, "tt0133093")), ("None", (None, None)), ("none", (None, None))],
)
def test_a_film_is_given_by_either_id_or_none(text: str, film: tuple[int | None, str | None]) -> None:
    assert parse_film(text) == film


@pytest.mark.parametrize("text", ["", "0", "-3", "3.5", "tt1", "nothing", "٣", "6 03"])
def test_anything_else_is_no_film(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_film(text)


plain = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text
)


@hypothesis_settings(max_examples=60, deadline=None, derandomize=True)
@given(st.builds(Override, st.just(3), plain, plain, st.none() | st.integers(1, 10**9), st.none(), plain, plain))
def test_what_is_written_reads_back(tmp_path_factory: pytest.TempPathFactory, decision: Override) -> None:
    path = tmp_path_factory.mktemp("overrides") / "overrides.csv"
    other = Override(2, "Another brand", "Another film", None, "tt0133093", "Ann", "seen")
    add_override(path, other)
    add_override(path, decision)
    assert read_overrides(path) == [other, decision]


def test_a_new_decision_replaces_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "overrides.csv"
    for tmdb_id in (1, None, 3):
        add_override(path, Override(0, "Pixar", "Up", tmdb_id, None, "Ann", "seen"))
    assert [one.tmdb_id for one in read_overrides(path)] == [3]
    assert [entry.name for entry in tmp_path.iterdir()] == ["overrides.csv"]
    with pytest.raises(OverrideFileError, match="cannot be written"):
        add_override(tmp_path / "nowhere" / "overrides.csv", Override(0, "a", "b", 1, None, "c", "d"))


FILMS = (
    {
        "title": "Heat",
        "release_date": "1995-12-15",
        "revenue": 187_000_000,
        "vote_count": 7_000,
        "imdb_id": "tt0113277",
    },
    {"title": "Heat", "release_date": "1986-11-01", "revenue": 3_000_000, "vote_count": 90},
    {"title": "Fire", "release_date": "2001-01-01", "vote_count": 5},
)


@pytest.fixture(scope="module")
def catalogue(server: str) -> Iterator[Database]:
    with temporary_database(server) as url:
        database = Database(url)
        store_films(database, films(*FILMS))
        yield database


def override(release: str = "Heat", tmdb_id: int | None = None, imdb_id: str | None = None) -> Override:
    return Override(2, "BRAND", release, tmdb_id, imdb_id, "Ann", "seen")


@pytest.mark.parametrize(
    ("title", "decision", "outcome", "effect"),
    [
        ("Heat", override(tmdb_id=1), ("matched", 1, "Heat"), "unnecessary"),
        ("Heat", override(imdb_id="tt0113277"), ("matched", 1, "Heat"), "unnecessary"),
        ("Heat", override(tmdb_id=2), ("matched", 2, "Heat"), "contradicts"),
        ("Heat", override(), ("unmatched", None, None), "contradicts"),
        ("Heat", override(tmdb_id=99), ("review", None, None), "film_unknown"),
        ("Heat", override("The Heat", tmdb_id=2), ("matched", 1, "Heat"), "unused"),
        # What the rules leave open.
        ("Fire", override("FIRE!", tmdb_id=3), ("matched", 3, "Fire"), "decides"),
        ("Fire", override("Fire"), ("unmatched", None, None), "decides"),
        ("Xyzzy", override("Xyzzy"), ("unmatched", None, None), "decides"),
        # A film of another title is no candidate.
        ("Xyzzy", override("Xyzzy", tmdb_id=1), ("matched", 1, "Heat"), "contradicts"),
    ],
)
def test_a_persons_word_wins_and_its_effect_is_told(
    catalogue: Database, title: str, decision: Override, outcome: tuple[str, int | None, str | None], effect: str
) -> None:
    release = TopRelease("Brand", title, 67_000_000)
    matching = match_releases(catalogue, [release], today=TODAY, overrides=[decision])
    (match,) = matching.matches
    assert (match.status, match.tmdb_id, match.title) == outcome
    assert [one.effect for one in matching.overrides] == [effect]
    applied = effect != "unused"
    assert (match.method == "override") == applied
    assert ("Ann decided: seen" in match.reason) == applied
    row = overrides_frame(matching.overrides).iloc[0]
    assert row[["brand", "top_release", "who", "why", "effect"]].tolist() == [
        "BRAND",
        decision.top_release,
        "Ann",
        "seen",
        effect,
    ]


def test_the_frame_holds_the_declared_columns() -> None:
    declared = [column.name for column in metadata.tables["movies.brand_match_overrides"].columns]
    assert list(overrides_frame([]).columns) == declared
