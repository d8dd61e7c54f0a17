"""`movie-assets dashboards` where it cannot serve: one message with the remedy, before anything is installed."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from movie_assets.commands.dashboards import accounts
from movie_assets.dashboards.errors import DashboardsError
from movie_assets.dashboards.places import Places
from movie_assets.settings import Settings
from movie_assets_tests.commands.processes import CommandLine, place_for_all


def test_an_address_that_others_reach_is_refused() -> None:
    with place_for_all() as place:
        command = CommandLine(place / "home", place, MOVIE_ASSETS_SUPERSET_HOST="0.0.0.0")  # noqa: S104
        refused = command("dashboards")
        assert refused.returncode == 1
        assert "MOVIE_ASSETS_SUPERSET_HOST=0.0.0.0 would make Superset reachable" in refused.stderr
        assert "MOVIE_ASSETS_ALLOW_REMOTE=true" in refused.stderr
        assert not command.home.exists()


def test_a_port_that_is_taken_is_refused_with_its_setting() -> None:
    with place_for_all() as place, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = CommandLine(place / "home", place, MOVIE_ASSETS_SUPERSET_PORT=taken.getsockname()[1])
        refused = command("dashboards")
        assert refused.returncode == 1
        assert "Set MOVIE_ASSETS_SUPERSET_PORT to a free port" in refused.stderr


def test_without_published_tables_it_says_what_to_run_and_installs_nothing() -> None:
    with place_for_all() as place:
        command = CommandLine(place / "home", place, MOVIE_ASSETS_SUPERSET_PORT=0)
        refused = command("dashboards")
        assert refused.returncode == 1
        assert "nothing is published" in refused.stderr
        assert "movie-assets run" in refused.stderr
        assert not (command.home / "superset" / "environment").exists()


def test_administrator_and_analyst_are_two_accounts(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, superset_admin="analyst")
    with pytest.raises(DashboardsError, match="MOVIE_ASSETS_SUPERSET_ADMIN=analyst"):
        accounts(settings, Places.of(settings))
