"""The platform whose UI is looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from movie_assets_tests.commands.processes import CommandLine, Platform, place_for_all
from movie_assets_tests.ui.browser import first_refresh_done


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """`movie-assets up` in a home of its own, after its first refresh."""
    with place_for_all() as place:
        command = CommandLine(place / "home", place)
        with Platform(command, place / "up.log") as platform:
            first_refresh_done(platform.ready())
            yield platform
