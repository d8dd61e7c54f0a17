"""What a person sees of open cases and of a decision's reasons, and what becomes of the decisions that are made."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console, RenderableType

from movie_assets.commands.brands import decision_on
from movie_assets.commands.explain import explanation
from movie_assets.commands.review import Desk, open_cases, user_name
from movie_assets.errors import MovieAssetsError
from movie_assets.matching.overrides import Override, read_overrides
from movie_assets.warehouse.database import Database
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.matching.bundled import match_brands
from movie_assets_tests.matching.films import films, store_films

COMMON = {"vote_count": 5_000, "release_date": "2001-05-01", "revenue": 200_000_000}
FILMS = (
    {"title": "Heat", **COMMON, "release_date": "1995-12-15", "production_companies": [{"id": 1, "name": "Alpha"}]},
    {"title": "Draw", **COMMON},
    {"title": "Draw", **COMMON, "release_date": "2004-05-01", "imdb_id": "tt0000003"},
    {"title": "[red]Bold[/] Moves", **COMMON, "runtime": 7},
)
BRANDS = (("Alpha", "Heat"), ("Béta", "Draw"), ("Gamma", "[red]Bold[/] Moves"), ("Delta", "Xyzzy Quux"))


@pytest.fixture(scope="module")
def decided(server: str) -> Iterator[Database]:
    """One brand matched, two in review and one unmatched."""
    with temporary_database(server) as url:
        database = Database(url)
        store_films(database, films(*FILMS))
        frame = pd.DataFrame(BRANDS, columns=["brand", "top_release"])
        lines = range(2, len(BRANDS) + 2)
        gross = {"total_gross_usd": 500_000_000, "releases": 9, "top_release_gross_usd": 100_000_000}
        match_brands(database, frame.assign(source_line=lines, source_sha256="0" * 64, **gross))
        yield database


class Terminal:
    """What was shown, and answers given in turn."""

    def __init__(self, *answers: str) -> None:
        self.console = Console(width=1_000, file=io.StringIO())
        self.answers = list(answers)

    def show(self, part: RenderableType) -> None:
        self.console.print(part, highlight=False)

    def ask(self, question: str) -> str:
        self.console.print(question, markup=False)
        return self.answers.pop(0)

    @property
    def text(self) -> str:
        file = self.console.file
        assert isinstance(file, io.StringIO)
        return file.getvalue()


def desk(terminal: Terminal, path: Path) -> Desk:
    return Desk(path / "overrides.csv", "Ann", terminal.show)


def written(path: Path) -> list[Override]:
    return read_overrides(path / "overrides.csv")


def test_open_cases_are_those_without_a_film(decided: Database) -> None:
    assert [(case.brand, case.status) for case in open_cases(decided)] == [
        ("Béta", "review"),
        ("Delta", "unmatched"),
        ("Gamma", "review"),
    ]


def test_cases_are_listed_with_their_candidates(decided: Database, tmp_path: Path) -> None:
    terminal = Terminal()
    desk(terminal, tmp_path).list_cases(decided)
    assert "Béta: Draw, $100,000,000 in the US and Canada" in terminal.text
    assert "its lead 0.0" in terminal.text
    for row in (["1", "Draw", "2", "2001", "5,000", "x2.00"], ["2", "Draw", "3", "2004", "5,000", "x2.00"]):
        assert any(line.split()[: len(row)] == row for line in terminal.text.splitlines()), row
    # Titles are no markup.
    assert "Gamma: [red]Bold[/] Moves" in terminal.text
    assert "No film carries this title in any known form." in terminal.text
    assert "Alpha" not in terminal.text
    assert written(tmp_path) == []


@pytest.mark.parametrize(
    ("film", "ids"), [("3", (3, None)), ("tt0000003", (None, "tt0000003")), ("none", (None, None))]
)
def test_a_decision_becomes_a_line_of_the_file(
    decided: Database, tmp_path: Path, film: str, ids: tuple[int | None, str | None]
) -> None:
    terminal = Terminal()
    desk(terminal, tmp_path).decide(decided, "beta", film, " seen ")
    assert written(tmp_path) == [Override(2, "Béta", "Draw", *ids, "Ann", "seen")]
    named = "no film" if film == "none" else "Draw (2004)"
    assert f"Béta: Draw is {named}." in terminal.text
    assert "`movie-assets run`" in terminal.text


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (("Alpa", "3", "seen"), "There is no brand Alpa. Is it Alpha?"),
        (("Zzz", "3", "seen"), "There is no brand Zzz. `movie-assets run` prints all of them."),
        (("Béta", "99", "seen"), "Film 99 is not among the 4 films of the catalogue."),
        (("Béta", "tt9999999", "seen"), "Film tt9999999 is not among the 4 films"),
        (("Béta", "Draw", "seen"), "Draw is no film. Give a TMDB id such as 603"),
        (("Béta", "3", " "), "A decision says who made it (--who) and why (--why)."),
    ],
)
def test_what_cannot_be_decided_is_told_and_nothing_is_written(
    decided: Database, tmp_path: Path, said: tuple[str, str, str], complaint: str
) -> None:
    with pytest.raises(MovieAssetsError) as error:
        desk(Terminal(), tmp_path).decide(decided, *said)
    assert complaint in str(error.value)
    assert written(tmp_path) == []


def test_a_person_is_asked_case_by_case(decided: Database, tmp_path: Path) -> None:
    # Béta: the second candidate; Delta: a wrong id, then none; Gamma: left for later.
    terminal = Terminal("2", "seen", "99", "no idea", "none", "not on TMDB", "s")
    desk(terminal, tmp_path).decide_in_turn(decided, terminal.ask)
    assert terminal.answers == []
    assert [(one.brand, one.tmdb_id, one.why) for one in written(tmp_path)] == [
        ("Béta", 3, "seen"),
        ("Delta", None, "not on TMDB"),
    ]
    assert "Film 99 is not among the 4 films" in terminal.text


def test_a_person_may_stop_at_any_time(decided: Database, tmp_path: Path) -> None:
    terminal = Terminal("s", "q")
    desk(terminal, tmp_path).decide_in_turn(decided, terminal.ask)
    assert terminal.answers == []
    assert "Gamma" not in terminal.text
    assert written(tmp_path) == []


def test_nothing_open_is_said(database: Database, tmp_path: Path) -> None:
    terminal = Terminal()
    with pytest.raises(MovieAssetsError, match="No brand was matched yet"):
        desk(terminal, tmp_path).list_cases(database)
    store_films(database, films(FILMS[0]))
    frame = pd.DataFrame([("Alpha", "Heat")], columns=["brand", "top_release"])
    gross = {"total_gross_usd": 500_000_000, "releases": 9, "top_release_gross_usd": 100_000_000}
    match_brands(database, frame.assign(source_line=2, source_sha256="0" * 64, **gross))
    desk(terminal, tmp_path).list_cases(database)
    desk(terminal, tmp_path).decide_in_turn(database, terminal.ask)
    assert terminal.text.count("No brand waits for a decision.") == 2


def test_somebody_decides() -> None:
    assert user_name()


def explained(database: Database, brand: str) -> str:
    terminal = Terminal()
    for part in explanation(database, brand):
        terminal.show(part)
    return terminal.text


def test_an_explanation_names_the_evidence_and_its_points(decided: Database) -> None:
    text = explained(decided, "ALPHA")
    assert "Alpha: Heat, $100,000,000 in the US and Canada" in text
    assert "matched: Heat (1995): title agrees" in text
    (row,) = [line for line in text.splitlines() if line.strip().startswith("1. Heat (1995), 1")]
    assert "title spelling; gross x2.00; 5,000 ratings; brand's company Alpha" in row
    points = [float(word) for word in row.split("Alpha")[1].split()]
    assert points[-1] == pytest.approx(sum(points[:-1]), abs=0.05)
    assert "matched at 5.00 points and 1.00 more than the next" in text


def test_an_explanation_lists_every_candidate_and_why_none_won(decided: Database) -> None:
    text = explained(decided, "Béta")
    assert "review: Draw (2001) is the best candidate, but its lead" in text
    assert "1. Draw (2001), 2" in text
    assert "2. Draw (2004), 3" in text
    assert "short" in explained(decided, "Gamma")
    assert "unmatched: No film carries this title" in explained(decided, "Delta")


def test_a_brand_is_found_by_its_name_however_written(decided: Database) -> None:
    assert decision_on(decided, "Béta")["brand"] == decision_on(decided, "BETA")["brand"] == "Béta"
    with pytest.raises(MovieAssetsError, match="There is no brand"):
        decision_on(decided, "")
