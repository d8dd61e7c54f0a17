"""Debian's Chromium, driven by Playwright, on the Dagster UI."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, ViewportSize, expect, sync_playwright

from movie_assets_tests.commands.processes import Platform, eventually

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MILLISECONDS = 30_000

WHOLE_GRAPH = (4000, 7000)
"""Width and height of a page that shows the graph of all assets with names and states in full. In a smaller one the
graph is drawn without them, and what lies outside of one that is wide but not high is not drawn at all."""

GROUPS = ("brands", "films", "matching", "statistics")


class NoChromiumError(Exception):
    """The browser is a Debian package, not part of the environment."""


@contextmanager
def open_page(url: str, width: int, height: int, scale: float = 1) -> Iterator[Page]:
    """A page of a browser that remembers nothing; paths are relative to `url`.

    Raises NoChromiumError when the browser is not installed.
    """
    if not CHROMIUM.is_file():
        raise NoChromiumError(f"{CHROMIUM} is missing. Install it: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="movie-assets-chromium-") as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            base_url=url,
            viewport=ViewportSize(width=width, height=height),
            device_scale_factor=scale,
            color_scheme="light",
        )
        try:
            context.set_default_timeout(PATIENCE_MILLISECONDS)
            expect.set_options(timeout=PATIENCE_MILLISECONDS)
            page = context.pages[0]
            # Dagster's invitation to a newsletter, in the way at the first visit.
            skip = page.get_by_role("dialog").get_by_role("button", name="Skip")
            page.add_locator_handler(skip, lambda button: button.click())
            yield page
        finally:
            context.close()


def graph(page: Page) -> None:
    """The graph of all assets, in a fresh browser with every group closed."""
    page.goto("/asset-groups")
    for group in GROUPS:
        expect(group_of(page, group)).to_be_visible()


def open_graph(page: Page) -> None:
    """The graph of all assets with every group opened, in a page wide enough for the names in full."""
    graph(page)
    page.keyboard.press("Alt+e")


def group_of(page: Page, name: str) -> Locator:
    """The group in the graph, open or closed."""
    return page.locator("foreignObject.group", has_text=re.compile(f"^{name}"))


def node(page: Page, name: str) -> Locator:
    """The node of an asset in the graph, not in the list beside it."""
    return page.locator("foreignObject:not(.group)").get_by_text(name, exact=True)


def first_refresh_done(platform: Platform) -> None:
    """Wait until everything is materialized and checked."""
    eventually(lambda: [run["status"] for run in platform.runs()] == ["SUCCESS"], "the first refresh")
