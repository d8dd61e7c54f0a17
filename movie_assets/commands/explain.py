"""Why a brand's #1 release is the film it is: every candidate with its evidence and points, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table

from movie_assets.commands.brands import decision_on
from movie_assets.commands.telling import plain
from movie_assets.matching.decision import MATCH_MARGIN, MATCH_SCORE
from movie_assets.matching.scoring import SCORES
from movie_assets.warehouse.database import Database

_CANDIDATES = "SELECT * FROM movies.brand_film_candidates WHERE brand = :brand ORDER BY rank"
_TIERS = {1: "spelling", 2: "plain", 3: "rewritten", 4: "loose", 5: "only alike"}
_VERDICTS = {
    "own": "brand's company",
    "shared": "company of a brand with this release",
    "keyword": "brand's keyword",
    "contradicted": "not among the brand's films",
}


def explanation(database: Database, brand: str) -> Iterator[RenderableType]:
    """What to print for the brand: its release, the decision in words, and its candidates.

    Raises MovieAssetsError when there is no such brand.
    """
    match = decision_on(database, brand)
    gross = match["top_release_gross_usd"]
    yield f"[bold]{plain(match['brand'])}[/]: {plain(match['top_release'])}, ${gross:,d} in the US and Canada"
    yield f"[bold]{match['status']}[/]: {plain(match['reason'])}"
    candidates = database.rows(_CANDIDATES, {"brand": match["brand"]})
    if candidates:
        yield _table(candidates)
    yield (
        f"Points are natural logarithms of likelihood ratios. A film is matched at {MATCH_SCORE:.2f} points and"
        f" {MATCH_MARGIN:.2f} more than the next, when nothing speaks against it. Version {match['scoring_version']}."
    )


def _table(candidates: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Film")
    table.add_column("Evidence")
    for name in (*SCORES, "score"):
        table.add_column(name.removesuffix("_score").capitalize(), justify="right", no_wrap=True)
    for one in candidates:
        year = one["release_date"].year if one["release_date"] else "undated"
        table.add_row(
            plain(f"{one['rank']}. {one['title']} ({year}), {one['tmdb_id']}"),
            plain("; ".join(_evidence(one))),
            *(f"{one[name]:+.2f}" if one[name] else "" for name in SCORES),
            f"{one['score']:.2f}",
            style="bold" if one["rank"] == 1 else "",
        )
    return table


def _evidence(one: dict[str, Any]) -> Iterator[str]:
    likeness = "" if one["likeness"] is None else f" {one['likeness']:.0f}%"
    yield f"title {_TIERS[one['key_tier']]}{likeness}"
    if one["key_field"] != "title":
        yield str(one["key_field"]).replace("_", " ")
    ratio = one["revenue_ratio"]
    yield "gross unknown" if ratio is None else f"gross x{ratio:.2f}"
    yield f"{one['vote_count']:,d} ratings"
    if one["year_fits"] is not None:
        yield "year fits" if one["year_fits"] else "other year"
    if one["brand_verdict"] in _VERDICTS:
        names = ", ".join([*one["brand_companies"], *one["brand_keywords"]])
        yield _VERDICTS[one["brand_verdict"]] + (f" {names}" if names else "")
    yield from one["penalties"]
