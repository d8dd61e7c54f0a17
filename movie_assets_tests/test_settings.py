"""Settings from files, and passwords that complete an address."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from movie_assets.settings import Settings
from movie_assets.warehouse.database import Database


def revealed(secret: SecretStr | None) -> str | None:
    """The value of a secret setting."""
    return secret.get_secret_value() if secret else None


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory that MOVIE_ASSETS_SECRETS_DIR names."""
    directory = tmp_path / "secrets"
    directory.mkdir()
    monkeypatch.setenv("MOVIE_ASSETS_SECRETS_DIR", str(directory))
    return directory


def test_a_setting_may_be_a_file_and_a_variable_wins(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (files / "movie_assets_database_password").write_text("of the file\n", encoding="utf-8")
    (files / "tmdb_api_token").write_text("token", encoding="utf-8")
    settings = Settings()
    assert revealed(settings.database_password) == "of the file"
    assert revealed(settings.tmdb_api_token) == "token"
    assert settings.live

    monkeypatch.setenv("MOVIE_ASSETS_DATABASE_PASSWORD", "of the variable")
    assert revealed(Settings().database_password) == "of the variable"
    assert revealed(Settings(database_password=SecretStr("of the call")).database_password) == "of the call"


def test_an_empty_file_is_as_good_as_none(files: Path) -> None:
    (files / "tmdb_api_token").touch()
    assert Settings().tmdb_api_token is None
    assert not Settings().live


def test_a_directory_that_is_missing_is_told(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (files / "none", files / "file"):
        (files / "file").touch()
        monkeypatch.setenv("MOVIE_ASSETS_SECRETS_DIR", str(place))
        with pytest.raises(ValidationError, match=f"{place} is not a directory"):
            Settings()


@pytest.mark.parametrize("address", ["proxy", "proxy:", "http://proxy:4000", "proxy:4000/", "a b:4000"])
def test_an_address_of_the_code_server_is_a_host_and_a_port(address: str) -> None:
    with pytest.raises(ValidationError, match="code_server"):
        Settings(code_server=address)


def test_a_password_completes_an_address_that_has_none() -> None:
    completed = Database("postgresql://pipeline@db:5432/movies?sslmode=require", "p@ss:w/rd")
    assert completed.libpq_uri == "postgresql://pipeline:p%40ss%3Aw%2Frd@db:5432/movies?sslmode=require"
    assert completed.beside("dagster").libpq_uri == completed.libpq_uri.replace("/movies", "/dagster")
    assert "p@ss" not in repr(completed)
    own = "postgresql://pipeline:own@db:5432/movies"
    assert Database(own, "other").libpq_uri == own
    assert "own" in Database("postgresql://pipeline@db:5432/movies?password=own", "other").libpq_uri
