"""What the tests of the command line share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from movie_assets_tests.commands.home import Home, home_of_its_own
from movie_assets_tests.commands.processes import CommandLine, Platform, place_for_all


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty directory that the server's account can pass through; no process that knows it outlives the test."""
    with place_for_all() as directory:
        yield directory


@pytest.fixture
def command(place: Path) -> CommandLine:
    """The command line on a fresh home with an embedded server of its own."""
    return CommandLine(place / "home", place)


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """The home that the tests of this module share."""
    with home_of_its_own() as home:
        yield home


@pytest.fixture
def platform(home: Home) -> Platform:
    """The platform of that home, up."""
    return home.up()
