"""`movie-assets secrets`: made once, readable for containers and for nobody else, and never shown."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import bcrypt
import pytest

from movie_assets.commands.secret_files import CLEAR, GENERATED, LOGINS, OPTIONAL, make_secrets
from movie_assets.errors import MovieAssetsError
from movie_assets_tests.commands.processes import CommandLine


def contents(directory: Path) -> dict[str, str]:
    """Every file below, by its path."""
    return {
        str(path.relative_to(directory)): path.read_text(encoding="utf-8")
        for path in directory.rglob("*")
        if path.is_file()
    }


def mode(path: Path) -> int:
    """Who may do what with the file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_every_secret_is_made_once_and_none_is_shown(command: CommandLine, place: Path) -> None:
    directory = place / "deploy" / "secrets"
    first = command("secrets")
    assert first.returncode == 0, first.stderr
    made = contents(directory)
    assert set(made) == {*GENERATED, *OPTIONAL, LOGINS, f"{CLEAR}/admin"}
    assert all(len(made[name]) >= 43 for name in GENERATED)
    assert len({made[name] for name in GENERATED}) == len(GENERATED)
    assert not any(made[name] for name in OPTIONAL)
    assert str(directory.relative_to(place) / CLEAR / "admin") in re.sub(r"\s", "", first.stderr)

    second = command("secrets")
    assert contents(directory) == made
    assert "nothing was changed" in second.stderr
    for value in filter(None, made.values()):
        assert value.strip() not in first.stdout + first.stderr + second.stdout + second.stderr


def test_containers_may_read_what_only_the_owner_can_reach(tmp_path: Path) -> None:
    directory = tmp_path / "secrets"
    make_secrets(directory, "admin", print)
    assert mode(directory) == mode(directory / CLEAR) == 0o700
    assert {mode(directory / name) for name in (*GENERATED, LOGINS)} == {0o444}
    assert {mode(directory / name) for name in OPTIONAL} == {0o644}
    assert mode(directory / CLEAR / "admin") == 0o400

    directory.chmod(0o755)
    (directory / "monitor_password").chmod(0o600)
    make_secrets(directory, "admin", print)
    assert (mode(directory), mode(directory / "monitor_password")) == (0o700, 0o444)


def test_logins_are_added_and_stored_as_hashes(tmp_path: Path) -> None:
    for login in ("admin", "anna", "admin"):
        make_secrets(tmp_path, login, print)
    heading, *users = (tmp_path / LOGINS).read_text(encoding="utf-8").splitlines()
    assert heading == "userlist people"
    hashes = {words[1]: words[3] for words in map(str.split, users)}
    assert list(hashes) == ["admin", "anna"]
    for login, hashed in hashes.items():
        password = (tmp_path / CLEAR / login).read_text(encoding="utf-8")
        assert bcrypt.checkpw(password.encode(), hashed.encode())
        assert password not in (tmp_path / LOGINS).read_text(encoding="utf-8")


def test_an_interrupted_start_leaves_no_half_secret(tmp_path: Path) -> None:
    (tmp_path / ".monitor_password.new").write_text("half", encoding="utf-8")
    make_secrets(tmp_path, "admin", print)
    assert len((tmp_path / "monitor_password").read_text(encoding="utf-8")) == 43
    assert not (tmp_path / ".monitor_password.new").exists()


@pytest.mark.parametrize("name", [*GENERATED, LOGINS])
def test_an_empty_secret_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    make_secrets(tmp_path, "admin", print)
    (tmp_path / name).chmod(0o644)
    (tmp_path / name).write_text("\n", encoding="utf-8")
    (tmp_path / CLEAR / "admin").unlink()
    with pytest.raises(MovieAssetsError, match=rf"{name} is empty\. Remove the file"):
        make_secrets(tmp_path, "admin", print)


@pytest.mark.parametrize("login", ["", "Anna", "a b", "a\nuser b insecure-password c", "-a", "a:b", "../a"])
def test_a_login_that_is_no_name_is_refused(tmp_path: Path, login: str) -> None:
    with pytest.raises(MovieAssetsError, match="is no name for a login"):
        make_secrets(tmp_path, login, print)
    assert not contents(tmp_path)


def test_a_directory_in_the_place_of_a_secret_is_told(tmp_path: Path) -> None:
    (tmp_path / "postgres_password").mkdir()
    with pytest.raises(MovieAssetsError, match="postgres_password"):
        make_secrets(tmp_path, "admin", print)
