"""Processes forked from one that has imported the platform: each starts in milliseconds instead of seconds."""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext

_WARM = ["movie_assets.commands.warm", "movie_assets.cli", "movie_assets.commands.overview"]


def warm_context() -> ForkServerContext:
    """Where such processes are made; the first one waits for the imports."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_WARM)
    return context
