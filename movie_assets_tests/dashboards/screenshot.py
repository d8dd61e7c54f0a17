"""Takes the README's picture of Brands at a glance: `python -m movie_assets_tests.dashboards.screenshot docs`."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import FloatRect

from movie_assets_tests.commands.processes import CommandLine, place_for_all
from movie_assets_tests.dashboards.superset import WHOLE_PAGE, Dashboards, Shown, browsing

SLUG = "brands-at-a-glance"
LAST_SHOWN = "Mean user rating, 0 to 10"
MARGIN = 12
GROWING_MILLISECONDS = 2000
"""Charts grow into their places."""


def picture(shown: Shown, file: Path) -> None:
    """The head of the dashboard: ranking, total against rating, intervals."""
    shown.open(SLUG)
    shown.page.mouse.move(0, 0)
    shown.page.wait_for_timeout(GROWING_MILLISECONDS)
    last = shown.chart(LAST_SHOWN).bounding_box()
    assert last is not None
    height = last["y"] + last["height"] + MARGIN
    shown.page.screenshot(path=file, clip=FloatRect(x=0, y=0, width=WHOLE_PAGE[0], height=height))
    print(file, file.stat().st_size, "bytes")


def main(directory: Path) -> None:
    """Write dashboards.png from the bundled data in a temporary home."""
    with place_for_all() as place:
        command = CommandLine(place / "home", place)
        refreshed = command("run")
        assert refreshed.returncode == 0, refreshed.stderr
        with (
            Dashboards(command, place / "dashboards.log") as dashboards,
            browsing(dashboards.ready(), "analyst", *WHOLE_PAGE) as shown,
        ):
            picture(shown, directory / "dashboards.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
