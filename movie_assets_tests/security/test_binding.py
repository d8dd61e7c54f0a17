"""The UI, which has no login, listens on this machine only unless that is allowed by name."""

from __future__ import annotations

import pytest

from movie_assets.commands.binding import require_local
from movie_assets.errors import MovieAssetsError
from movie_assets.settings import Settings
from movie_assets_tests.commands.processes import CommandLine, place_for_all

ELSEWHERE = ["0.0.0.0", "::", "192.0.2.7", "movies.example.org", "localhost.example.org"]  # noqa: S104


@pytest.mark.parametrize("host", ELSEWHERE)
def test_an_address_that_others_reach_is_refused_with_the_setting_and_the_risk(host: str) -> None:
    with pytest.raises(MovieAssetsError, match=rf"{host}.*no login.*MOVIE_ASSETS_ALLOW_REMOTE=true"):
        require_local(Settings(host=host))


@pytest.mark.parametrize("host", ELSEWHERE)
def test_it_may_be_allowed(host: str) -> None:
    require_local(Settings(host=host, allow_remote=True))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_this_machine_needs_no_permission(host: str) -> None:
    require_local(Settings(host=host))


def test_up_ends_before_anything_is_started() -> None:
    with place_for_all() as place:
        command = CommandLine(place / "home", place, MOVIE_ASSETS_HOST="0.0.0.0")  # noqa: S104
        refused = command("up")
        assert refused.returncode == 1
        assert refused.stdout == ""
        assert "MOVIE_ASSETS_ALLOW_REMOTE=true" in refused.stderr
        assert "has no login" in refused.stderr
        assert not command.home.exists()
