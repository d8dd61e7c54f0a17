"""What a person sees and clicks in the UI, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from movie_assets.report.preview import LEADING
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.commands.processes import Platform
from movie_assets_tests.ui.browser import (
    GROUPS,
    WHOLE_GRAPH,
    NoChromiumError,
    graph,
    node,
    open_graph,
    open_page,
)

pytestmark = pytest.mark.system

NEAREST_WITH_AN_OUTCOME = "xpath=ancestor::*[contains(., 'Succeeded') or contains(., 'Failed')][1]"
RUN_MILLISECONDS = 120_000
TABLES = [table.name for table in metadata.sorted_tables]


@contextmanager
def page_of(platform: Platform, width: int, height: int) -> Iterator[Page]:
    """A page of a fresh browser; the test fails where there is none."""
    try:
        with open_page(platform.url, width, height) as page:
            yield page
    except NoChromiumError as error:
        pytest.fail(str(error))


@pytest.fixture
def page(platform: Platform) -> Iterator[Page]:
    """A page as large as a screen."""
    with page_of(platform, 1600, 1000) as page:
        yield page


@pytest.fixture
def large_page(platform: Platform) -> Iterator[Page]:
    """A page large enough for the whole graph with names in full; without a graphics card it is slow."""
    with page_of(platform, *WHOLE_GRAPH) as page:
        yield page


def test_the_graph_shows_every_group_and_every_asset(large_page: Page) -> None:
    open_graph(large_page)

    for name in (*TABLES, "brands_csv", "brand_report"):
        expect(node(large_page, name)).to_be_visible()
    expect(large_page.locator("foreignObject:not(.group)", has_text="Latest event")).to_have_count(len(TABLES) + 2)
    expect(large_page.locator("foreignObject.group")).to_have_count(len(GROUPS))


def test_materializing_everything_from_the_graph_succeeds(page: Page, platform: Platform) -> None:
    before = len(platform.runs())
    graph(page)

    page.get_by_role("button", name=f"Materialize all ({len(TABLES) + 1})").click()
    page.get_by_text("View", exact=True).click()

    expect(page).to_have_url(re.compile(r"/runs/[0-9a-f-]{36}"))
    expect(page.get_by_text("Success", exact=True).first).to_be_visible(timeout=RUN_MILLISECONDS)
    run_id = page.url.rsplit("/", 1)[1][:36]
    assert [(run["runId"], run["status"]) for run in platform.runs()[before:]] == [(run_id, "SUCCESS")]


def test_the_checks_of_an_asset_are_shown_with_their_outcome(page: Page) -> None:
    page.goto("/assets/brand_film_matches?view=checks")

    expect(page.get_by_text(re.compile(r"^Checks \(\d+\)$"))).to_be_visible()
    for check, outcome in {
        "key_is_unique": "Succeeded",
        "every_brand_is_decided": "Succeeded",
        "matches_are_candidates": "Succeeded",
        "nothing_waits_for_review": "Succeeded",
    }.items():
        entry = page.get_by_text(check, exact=True).first.locator(NEAREST_WITH_AN_OUTCOME)
        expect(entry).to_contain_text(outcome)
        assert sum(map((entry.text_content() or "").count, ("Succeeded", "Failed"))) == 1, "the entry of one check"


def test_the_report_is_previewed_and_its_file_named(page: Page, platform: Platform) -> None:
    page.goto("/assets/brand_report?view=overview")

    expect(page.get_by_text("report.html").first).to_be_visible()
    # The preview is a table in the last place of the table of metadata.
    preview = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="Rank (95%)")).last
    expect(preview.get_by_role("row")).to_have_count(LEADING + 1)


def test_the_columns_of_an_asset_are_described(page: Page) -> None:
    page.goto("/assets/brand_stats")

    for column in metadata.tables["movies.brand_stats"].columns:
        name = page.get_by_role("cell", name=column.name, exact=True)
        row = page.get_by_role("row").filter(has=name)
        # Code in a description is shown without its back quotes.
        expect(row).to_contain_text((column.comment or "no comment").replace("`", ""))
