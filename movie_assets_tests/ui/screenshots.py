"""Takes the pictures in docs/: `python -m movie_assets_tests.ui.screenshots docs`."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import FloatRect, Page, expect

from movie_assets.definitions import defs
from movie_assets_tests.commands.processes import CommandLine, Platform, place_for_all
from movie_assets_tests.ui.browser import first_refresh_done, graph, group_of, open_page

# The graph's buttons begin right beside it.
MARGIN = 8

OPENED = ("brands", "matching")

# Materialized assets are green; a node that is loading is grey.
GREEN_NODES = """expected => {
    const green = element => {
        const [red, green, blue] = getComputedStyle(element).borderTopColor.match(/[0-9.]+/g).map(Number);
        return green > red + 60 && green > blue + 20;
    };
    const nodes = [...document.querySelectorAll("foreignObject:not(.group)")];
    return nodes.filter(node => [...node.querySelectorAll("*")].some(green)).length === expected;
}"""


def asset_graph(page: Page, file: Path) -> None:
    """The graph with every asset materialized, cut to the groups, of which the two that explain the rest are opened.

    With all of them opened the picture would be so large that no name can be read at the width of a page.
    """
    page.get_by_role("button", name="Hide navigation").click()
    graph(page)
    for group in OPENED:
        group_of(page, group).click()
    # Opening a group moves the graph. Which groups are open is remembered, and a page is shown from its middle.
    graph(page)
    expect(page.get_by_text("fetching statuses")).to_have_count(0)
    assets = [spec for spec in defs.resolve_all_asset_specs() if spec.group_name in OPENED]
    # The brand file is observed, not materialized.
    page.wait_for_function(GREEN_NODES, arg=len(assets) - 1)
    boxes = [box for group in page.locator("foreignObject.group").all() if (box := group.bounding_box())]
    left, top = (min(box[side] for box in boxes) - MARGIN for side in ("x", "y"))
    right = max(box["x"] + box["width"] for box in boxes) + MARGIN
    bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
    page.mouse.move(left, top)
    page.screenshot(path=file, clip=FloatRect(x=left, y=top, width=right - left, height=bottom - top))


def checks(page: Page, file: Path) -> None:
    """The checks of brand_film_matches, one of them opened."""
    page.goto("/assets/brand_film_matches?view=checks&checkDetail=nothing_waits_for_review")
    page.get_by_text("nothing_waits_for_review").first.click()
    expect(page.get_by_text("violations").first).to_be_visible()
    page.screenshot(path=file)


def report(page: Page, report_page: Path, file: Path) -> None:
    """The head of the report and its first chart."""
    page.goto(report_page.as_uri())
    page.wait_for_function("document.documentElement.dataset.drawn === 'true'")
    chart = page.locator("#rating figure").bounding_box()
    assert chart is not None
    width, height = chart["x"] * 2 + chart["width"], chart["y"] + chart["height"] + MARGIN
    page.screenshot(path=file, clip=FloatRect(x=0, y=0, width=width, height=height), full_page=True)


def main(directory: Path) -> None:
    """Write asset-graph.png, checks.png and report.png from a platform in a temporary home."""
    with place_for_all() as place:
        command = CommandLine(place / "home", place)
        with Platform(command, place / "up.log") as platform:
            first_refresh_done(platform.ready())
            with open_page(platform.url, 2400, 2400) as page:
                page.goto("/")
                asset_graph(page, directory / "asset-graph.png")
            with open_page(platform.url, 1440, 600, scale=1.5) as page:
                checks(page, directory / "checks.png")
            with open_page("file:///", 1180, 900) as page:
                report(page, command.home / "report.html", directory / "report.png")
    for file in ("asset-graph.png", "checks.png", "report.png"):
        print(directory / file, (directory / file).stat().st_size, "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
