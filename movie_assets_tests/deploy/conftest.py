"""An engine with the bases of all images, for every test of deployments."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from movie_assets_tests.deploy.bases import provide_bases
from movie_assets_tests.deploy.compose import timed
from movie_assets_tests.deploy.engine import Docker, engine


@pytest.fixture(scope="session")
def docker() -> Iterator[Docker]:
    """Docker's client on an engine that has the bases."""
    with engine() as docker:
        with timed("bases"):
            provide_bases(docker)
        yield docker
