"""Open cases of matching, and a person's decisions on them, which become lines of the file of overrides."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table

from movie_assets.commands.brands import decision_on, decisions
from movie_assets.commands.telling import plain
from movie_assets.errors import MovieAssetsError
from movie_assets.matching.decision import LISTED
from movie_assets.matching.overrides import NO_FILM, Override, add_override, parse_film
from movie_assets.warehouse.database import Database

_CANDIDATES = """
SELECT brand, tmdb_id, title, extract(YEAR FROM release_date)::int AS year, vote_count, revenue_ratio, score, rank
FROM movies.brand_film_candidates
WHERE rank <= :listed
ORDER BY brand, rank
"""
_FILM = """
SELECT title, release_year FROM movies.normalized_movies
WHERE tmdb_id = cast(:tmdb_id AS bigint) OR imdb_id = cast(:imdb_id AS text)
"""
SKIP, QUIT = "s", "q"
_NOTHING = "No brand waits for a decision."


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A brand without a film that nobody has decided on, with its best candidates."""

    brand: str
    top_release: str
    gross_usd: int
    status: str
    reason: str
    candidates: list[dict[str, Any]]


def open_cases(database: Database) -> list[OpenCase]:
    """Every brand in review or unmatched, by brand, but for those for which a person decided that there is no film.

    Raises MovieAssetsError when nothing was matched yet.
    """
    matches = decisions(database)
    by_brand: dict[str, list[dict[str, Any]]] = {}
    for row in database.rows(_CANDIDATES, {"listed": LISTED}):
        by_brand.setdefault(row["brand"], []).append(row)
    return [
        OpenCase(
            brand=match["brand"],
            top_release=match["top_release"],
            gross_usd=match["top_release_gross_usd"],
            status=match["status"],
            reason=match["reason"],
            candidates=by_brand.get(match["brand"], []),
        )
        for match in matches
        if match["status"] == "review" or (match["status"] == "unmatched" and match["method"] != "override")
    ]


def case_parts(case: OpenCase) -> Iterator[RenderableType]:
    """What to print for one case: the release, why it is open, and the films it could be, numbered."""
    gross = f"${case.gross_usd:,d} in the US and Canada"
    yield f"[bold]{plain(case.brand)}[/]: {plain(case.top_release)}, {gross}"
    yield f"[bold]{case.status}[/]: {plain(case.reason.partition(' Candidates: ')[0])}"
    if case.candidates:
        yield _candidates(case)


def _candidates(case: OpenCase) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("", "Film", "TMDB id", "Year", "Ratings", "Gross", "Score"):
        table.add_column(heading, justify="left" if heading == "Film" else "right", no_wrap=heading != "Film")
    for one in case.candidates:
        ratio = one["revenue_ratio"]
        table.add_row(
            str(one["rank"]),
            plain(one["title"]),
            str(one["tmdb_id"]),
            str(one["year"] or "-"),
            f"{one['vote_count']:,d}",
            "-" if ratio is None else f"x{ratio:.2f}",
            f"{one['score']:.2f}",
        )
    return table


def user_name() -> str:
    """The name of whoever runs this; `unknown` for an account without one."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a person decides: the file that decisions go to, who decides, and how to show something."""

    path: Path
    who: str
    show: Callable[[RenderableType], object]

    def list_cases(self, database: Database) -> None:
        """Show every open case."""
        cases = open_cases(database)
        for case in cases:
            for part in case_parts(case):
                self.show(part)
        if not cases:
            self.show(_NOTHING)

    def decide(self, database: Database, brand: str, film: str, why: str) -> None:
        """Write one decision.

        Raises MovieAssetsError when the brand or the film is not there, or nothing is said of who and why.
        """
        match = decision_on(database, brand)
        if not self.who.strip() or not why.strip():
            raise MovieAssetsError("A decision says who made it (--who) and why (--why).")
        tmdb_id, imdb_id, named = _film(database, film)
        override = Override(0, match["brand"], match["top_release"], tmdb_id, imdb_id, self.who.strip(), why.strip())
        add_override(self.path, override)
        self.show(
            plain(
                f"{match['brand']}: {match['top_release']} is {named}. Written to {self.path}; it counts from the next"
                " refresh: `movie-assets run`."
            )
        )

    def decide_in_turn(self, database: Database, ask: Callable[[str], str]) -> None:
        """Show each open case and ask for a decision on it."""
        cases = open_cases(database)
        if not cases:
            self.show(_NOTHING)
        for case in cases:
            for part in case_parts(case):
                self.show(part)
            if not self._decide_case(database, case, ask):
                return

    def _decide_case(self, database: Database, case: OpenCase, ask: Callable[[str], str]) -> bool:
        """Ask until there is an answer that can be used; False when the person wants no more."""
        numbered = {str(one["rank"]): str(one["tmdb_id"]) for one in case.candidates}
        while True:
            answer = ask(f"Number, TMDB or IMDb id, {NO_FILM}, {SKIP}(kip) or {QUIT}(uit)").strip().lower()
            if answer in ("", SKIP, QUIT):
                return answer != QUIT
            try:
                self.decide(database, case.brand, numbered.get(answer, answer), ask("Why"))
            except MovieAssetsError as error:
                self.show(plain(str(error)))
            else:
                return True


def _film(database: Database, film: str) -> tuple[int | None, str | None, str]:
    """TMDB id, IMDb id and name of a film as a person writes it."""
    try:
        tmdb_id, imdb_id = parse_film(film)
    except ValueError:
        raise MovieAssetsError(
            f"{film} is no film. Give a TMDB id such as 603, an IMDb id such as tt0133093, or `{NO_FILM}`."
        ) from None
    if tmdb_id is None and imdb_id is None:
        return None, None, "no film"
    found = database.rows(_FILM, {"tmdb_id": tmdb_id, "imdb_id": imdb_id})
    if not found:
        films = database.scalar("SELECT count(*) FROM movies.normalized_movies")
        raise MovieAssetsError(
            f"Film {film} is not among the {films:,d} films of the catalogue. Add it to the films first, or decide"
            f" `{NO_FILM}`."
        )
    return tmdb_id, imdb_id, f"{found[0]['title']} ({found[0]['release_year'] or 'undated'})"
