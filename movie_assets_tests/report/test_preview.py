"""The Markdown that Dagster's UI shows."""

from __future__ import annotations

import re

from movie_assets.report import preview_markdown
from movie_assets.report.preview import LEADING
from movie_assets.warehouse.database import Database
from movie_assets_tests.report.publishing import AWKWARD_NAMES, Tables, awkward_brands, three_brands


def cells(line: str) -> list[str]:
    """The cells of a table's line as Markdown reads them."""
    parts = re.split(r"(?<!\\)\|", line)[1:-1]
    return [re.sub(r"\\(.)", r"\1", part).replace("\N{NO-BREAK SPACE}", " ").strip() for part in parts]


def test_the_leading_brands_stand_in_order_of_rank(database: Database) -> None:
    three_brands().publish(database)
    head, _, *rows, _, scope = preview_markdown(database).splitlines()
    assert cells(head)[:4] == ["Rank (95%)", "Brand", "Mean rating", "95% interval"]
    assert [cells(row) for row in rows] == [
        ["1 (1 to 3)", "Alpha", "7.50", "7.25 to 7.75", "8", "80%"],
        ["2 (1 to 3)", "Beta", "6.50", "6.25 to 6.75", "8", "80%"],
    ]
    assert scope == "2 of 3 brands are ranked, by all their films."


def test_names_are_text_in_markdown(database: Database) -> None:
    awkward_brands(AWKWARD_NAMES).publish(database)
    rows = [line for line in preview_markdown(database).splitlines() if line.startswith("| ")][2:]
    assert [cells(row)[1] for row in rows] == [" ".join(name.split()) for name in AWKWARD_NAMES[:LEADING]]
    for row in rows:
        name = re.split(r"(?<!\\)\|", row)[2]
        assert not re.search(r"(?<!\\)[<>\[\]()*`|{}]", name.replace(r"\\", "")), name


def test_without_ranked_brands_the_1_releases_are_told(database: Database) -> None:
    tables = Tables()
    tables.brand("Alpha", vote_average_mean=6.0)
    tables.brand("Beta", vote_average_mean=8.0)
    tables.brand("Gamma")
    tables.publish(database)
    _, _, *rows, _, scope = preview_markdown(database).splitlines()
    assert [cells(row) for row in rows] == [["Beta", "Best of Beta", "8.0"], ["Alpha", "Best of Alpha", "6.0"]]
    assert scope == "No brand is ranked; #1 releases of 3 brands, n = 1 film each."


def test_an_ordinary_preview_is_short_enough_to_be_shown_at_once(database: Database) -> None:
    awkward_brands(tuple(f"Walt Disney Animation Studios {number}" for number in range(40))).publish(database)
    # Dagster's UI hides Markdown of 1,000 characters or more behind a button.
    assert len(preview_markdown(database)) < 1_000
