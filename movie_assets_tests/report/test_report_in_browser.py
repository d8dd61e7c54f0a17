"""The page in a real browser: nothing is loaded, nothing complains, charts and controls do what they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from movie_assets.report import write_report
from movie_assets.warehouse.database import Database
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.report.publishing import AWKWARD_NAMES, awkward_brands, three_brands
from movie_assets_tests.ui.browser import NoChromiumError, open_page

pytestmark = pytest.mark.system

DRAWN = "document.documentElement.dataset.drawn === 'true'"
INK = "getComputedStyle(document.querySelector('.chart svg text')).fill"
PAPER = "getComputedStyle(document.body).backgroundColor"


@dataclass
class Seen:
    """A page, and everything that it asked for or complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, file: Path) -> Page:
        """The page of that file, once its charts are drawn."""
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.goto(file.as_uri())
        self.page.wait_for_function(DRAWN)
        return self.page


@pytest.fixture
def seen() -> Iterator[Seen]:
    """A page of a fresh browser."""
    try:
        with open_page("file:///", 1200, 900) as page:
            yield Seen(page)
    except NoChromiumError as error:
        pytest.fail(str(error))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the charts' JavaScript is kept between the reports of this module."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def three(server: str, cache: Path) -> Path:
    """The report of three brands."""
    with temporary_database(server) as url:
        three_brands().publish(Database(url))
        return write_report(Database(url), cache / "three.html", cache=cache)


@pytest.fixture(scope="module")
def awkward(server: str, cache: Path) -> Path:
    """The report of brands whose names are markup, script and expressions."""
    with temporary_database(server) as url:
        awkward_brands(AWKWARD_NAMES).publish(Database(url))
        return write_report(Database(url), cache / "awkward.html", cache=cache)


def test_nothing_is_loaded_and_nothing_complains(seen: Seen, three: Path) -> None:
    page = seen.open(three)
    charts = page.locator("[data-chart]")
    assert charts.count() == 7
    for chart in charts.all():
        expect(chart.locator("svg .mark-rect path, svg .mark-symbol path").first).to_be_attached()
    assert seen.requests == [three.as_uri()]
    assert seen.complaints == []


def test_names_are_shown_as_they_are_and_run_nothing(seen: Seen, awkward: Path) -> None:
    page = seen.open(awkward)
    labels = page.locator('[data-chart="ranking_rating"] svg .role-axis-label text').all_text_contents()
    for label, name in zip(labels[-len(AWKWARD_NAMES) :], AWKWARD_NAMES, strict=True):
        # A long name ends in an ellipsis.
        assert name.startswith(label.removesuffix("…")), label
    page.locator('[data-chart="ranking_rating"] svg .mark-symbol path').first.hover()
    expect(page.locator("#vg-tooltip-element")).to_contain_text(AWKWARD_NAMES[0])
    page.locator("#second").select_option(AWKWARD_NAMES[1])
    expect(page.locator("#answer")).to_contain_text(f"The films of {AWKWARD_NAMES[0]} are rated")
    assert page.locator("#vg-tooltip-element script, #answer script, img").count() == 0
    assert seen.requests == [awkward.as_uri()]
    assert seen.complaints == []


def test_injected_script_would_not_run(seen: Seen, three: Path, tmp_path: Path) -> None:
    forged = tmp_path / "forged.html"
    forged.write_text(three.read_text(encoding="utf-8").replace("<main>", "<main><script>alert(1)</script>", 1))
    seen.open(forged)
    assert not [complaint for complaint in seen.complaints if complaint.startswith("dialog")]
    assert "Content Security Policy" in " ".join(seen.complaints)


def test_another_measure_is_shown_at_a_click(seen: Seen, three: Path) -> None:
    page = seen.open(three)
    expect(page.locator('[data-measure="rating"]')).to_be_visible()
    expect(page.locator('[data-measure="votes"]')).to_be_hidden()
    page.get_by_role("button", name="Number of ratings").click()
    expect(page.locator('[data-measure="votes"]')).to_be_visible()
    expect(page.locator('[data-measure="rating"]')).to_be_hidden()


def test_two_brands_are_compared_in_one_sentence(seen: Seen, three: Path) -> None:
    page = seen.open(three)
    answer = page.locator("#answer")
    expect(answer).to_have_text(
        "The films of Alpha are rated 1.00 points above those of Beta (95% interval of the difference +0.50 to +1.50; "
        "8 and 6 rated films; 1 shared film left out): more than chance would do."
    )
    expect(page.locator("#differences tr").nth(1)).to_contain_text("unknown")
    page.locator("#first").select_option("Beta")
    expect(answer).to_have_text("Choose two different brands.")
    page.locator("#second").select_option("Alpha")
    expect(answer).to_contain_text("The films of Beta are rated 1.00 points below those of Alpha")


def test_the_table_is_sorted_with_the_unknown_last(seen: Seen, three: Path) -> None:
    page = seen.open(three)
    names = page.locator("#brands tbody th")
    heading = page.locator("#brands").get_by_role("button", name="Rank")
    heading.click()
    assert names.all_text_contents() == ["Alpha", "Beta", "Small"]
    heading.click()
    assert names.all_text_contents() == ["Beta", "Alpha", "Small"]


def test_dark_mode_and_print_change_the_charts_as_well(seen: Seen, three: Path) -> None:
    page = seen.open(three)
    light = (page.evaluate(INK), page.evaluate(PAPER))
    page.emulate_media(color_scheme="dark")
    dark = (page.evaluate(INK), page.evaluate(PAPER))
    assert light[0] != dark[0]
    assert light[1] != dark[1]
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate(PAPER) == "rgb(255, 255, 255)"
    assert page.evaluate(INK) not in {light[0], dark[0]}
    for chart in page.locator("[data-measure]").all():
        expect(chart).to_be_visible()
