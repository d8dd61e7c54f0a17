"""An engine with the bases of all images, for every test of deployments.

Where tests run in several processes, the engine is that of the process which starts them, and they find it as they find
a person's: by DOCKER_HOST.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from movie_assets_tests.deploy.bases import provide_bases
from movie_assets_tests.deploy.compose import timed
from movie_assets_tests.deploy.engine import Docker, engine

_ENGINE = pytest.StashKey[ExitStack]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Have the engine and its bases before there are processes that would each start one."""
    with ExitStack() as started:
        os.environ["DOCKER_HOST"] = _ready(started).host
        config.stash[_ENGINE] = started.pop_all()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the engine that was started for several processes."""
    if (started := config.stash.get(_ENGINE, None)) is not None:
        started.close()


@pytest.fixture(scope="session")
def docker() -> Iterator[Docker]:
    """Docker's client on an engine that has the bases."""
    with ExitStack() as started:
        yield _ready(started)


def _ready(started: ExitStack) -> Docker:
    docker = started.enter_context(engine())
    with timed("bases"):
        provide_bases(docker)
    return docker
