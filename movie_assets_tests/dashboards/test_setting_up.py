"""Secrets, environment and accounts of Superset, without Superset itself."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url, text

from movie_assets.commands.dashboards import make_accounts
from movie_assets.dashboards.environment import ensure_environment
from movie_assets.dashboards.errors import DashboardsError
from movie_assets.dashboards.logins import KEEPER, METADATA_DATABASE, READER, Addresses, Passwords, ensure_logins
from movie_assets.dashboards.stored_secrets import kept_secret
from movie_assets.dashboards.views import VIEWS_SCHEMA, ensure_views
from movie_assets.settings import Settings
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.roles import ensure_roles
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.debian_postgres import bundled_postgres

PASSWORDS = Passwords("reader's p@ss", "keeper's p@ss")


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A warehouse on a server that asks for passwords, with every table stored and empty."""
    with bundled_postgres(tmp_path_factory.mktemp("server")) as url:
        database = Database(url)
        ensure_roles(database)
        metadata.create_all(database.engine)
        ensure_roles(database)
        yield database


@pytest.fixture(scope="module")
def addresses(owner: Database) -> Addresses:
    """Superset's accounts on it, made once."""
    ensure_views(owner)
    return ensure_logins(owner, PASSWORDS, "the files")


def of(address: str) -> Database:
    return Database(address)


def refused(database: Database, statement: str) -> str:
    """What the server says when it refuses the statement."""
    with psycopg2.connect(database.libpq_uri) as connection, pytest.raises(psycopg2.Error) as caught:
        connection.cursor().execute(statement)
    return str(caught.value)


def test_a_secret_is_made_once_for_its_account_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(lambda _: kept_secret(path), range(32)))
    assert made == {path.read_text().strip()}
    assert len(made.pop()) >= 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_a_secret_that_was_opened_to_others_is_closed_again(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("known\n")
    path.chmod(0o644)
    assert kept_secret(path) == "known"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_secret_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    with pytest.raises(DashboardsError, match=r"secret is empty\. Remove the file"):
        kept_secret(tmp_path / "secret")


@pytest.mark.long
def test_an_environment_is_built_once_and_anew_when_its_lock_changes(tmp_path: Path) -> None:
    lock, environment, said = tmp_path / "lock", tmp_path / "environment", list[str]()
    lock.write_text("# nothing\n")
    ensure_environment(environment, lock, said.append)
    assert (environment / "bin" / "python").exists()
    ensure_environment(environment, lock, said.append)
    assert len(said) == 1
    lock.write_text("this is no requirement\n")
    with pytest.raises(DashboardsError, match=r"cannot be installed from .*lock"):
        ensure_environment(environment, lock, said.append)
    # One that was left half built is no environment.
    lock.write_text("# nothing\n")
    ensure_environment(environment, lock, said.append)
    assert len(said) == 3


def test_a_directory_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(DashboardsError, match="MOVIE_ASSETS_SUPERSET_ENVIRONMENT"):
        ensure_environment(tmp_path, tmp_path / "letters.txt", print)
    assert (tmp_path / "letters.txt").read_text() == "dear"


def test_accounts_are_made_with_the_passwords_that_are_set_and_none_is_kept(
    owner: Database, addresses: Addresses, tmp_path: Path
) -> None:
    settings = Settings(
        home=tmp_path,
        superset_warehouse_password=SecretStr(PASSWORDS.reader),
        superset_metadata_password=SecretStr(PASSWORDS.keeper),
    )
    said: list[str] = []
    make_accounts(settings, lambda: owner, said.append)
    assert said == ["Superset's accounts and views are there."]
    assert list(tmp_path.rglob("*password*")) == []
    # They are there, with other passwords.
    with pytest.raises(DashboardsError, match="cannot log in"):
        make_accounts(Settings(home=tmp_path), lambda: owner, said.append)


def test_the_reader_reads_what_analysts_may_and_nothing_else(owner: Database, addresses: Addresses) -> None:
    reader = of(addresses.warehouse)
    assert reader.rows("SELECT * FROM movies.brand_stats") == []
    assert reader.rows(f"SELECT * FROM {VIEWS_SCHEMA}.brand_file_lines") == [{"accepted_lines": 0, "rejected_lines": 0}]
    for table in ("raw_brands", "raw_brands_rejected", "raw_tmdb_movies", "tmdb_ingestions"):
        assert "permission denied" in refused(reader, f"SELECT * FROM movies.{table}")
    assert "read-only" in refused(reader, "CREATE TEMPORARY TABLE t (n int)")
    assert "permission denied" in refused(reader, "SET TRANSACTION READ WRITE; DELETE FROM movies.brand_stats")


def test_the_reader_may_not_enter_supersets_own_database(addresses: Addresses) -> None:
    url = make_url(addresses.warehouse).set(drivername="postgresql", database=METADATA_DATABASE)
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        psycopg2.connect(url.render_as_string(hide_password=False))


def test_the_keeper_owns_its_database_and_reads_no_table_of_the_warehouse(
    owner: Database, addresses: Addresses
) -> None:
    with of(addresses.metadata).engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (n int)"))
        connection.execute(text("DROP TABLE t"))
    keeper = make_url(addresses.metadata).set(database=owner.url.database).render_as_string(hide_password=False)
    assert "permission denied" in refused(of(keeper), "SELECT * FROM movies.brand_stats")


def test_a_second_time_changes_nothing(owner: Database, addresses: Addresses) -> None:
    catalogue = (
        "SELECT rolname, rolpassword, rolconfig::text, rolconnlimit, a.xmin::text FROM pg_authid AS a"
        " LEFT JOIN pg_db_role_setting ON setrole = a.oid CROSS JOIN LATERAL (SELECT setconfig AS rolconfig) AS c"
        " UNION ALL SELECT datname, NULL, datacl::text, 0, xmin::text FROM pg_database ORDER BY 1"
    )
    before = owner.rows(catalogue)
    assert {READER, KEEPER} <= {row["rolname"] for row in before}
    assert ensure_logins(owner, PASSWORDS, "the files") == addresses
    ensure_views(owner)
    assert owner.rows(catalogue) == before


def test_a_password_that_is_another_one_is_told_with_the_statements(owner: Database, addresses: Addresses) -> None:
    with pytest.raises(DashboardsError) as caught:
        ensure_logins(owner, Passwords("another", PASSWORDS.keeper), "/home/x/*_password")
    message = str(caught.value)
    assert "superset cannot log in" in message
    assert "/home/x/*_password" in message
    assert "ALTER ROLE ... PASSWORD" in message
    assert "another" not in message.replace("another one", "")


def test_an_account_that_may_not_make_roles_is_told_what_an_administrator_runs(tmp_path: Path) -> None:
    with bundled_postgres(tmp_path) as url:
        admin = Database(url)
        ensure_roles(admin)
        with admin.engine.begin() as connection:
            connection.execute(text("CREATE ROLE plain LOGIN PASSWORD 'plain'"))
        plain = Database(admin.url.set(username="plain", password="plain").render_as_string(hide_password=False))
        with pytest.raises(DashboardsError, match="permission denied to create role") as caught:
            ensure_logins(plain, PASSWORDS, "the files")
        assert f"CREATE DATABASE {METADATA_DATABASE} OWNER {KEEPER}" in str(caught.value)
        assert PASSWORDS.reader not in str(caught.value)


def test_an_account_that_may_make_roles_and_databases_needs_no_administrator(tmp_path: Path) -> None:
    with bundled_postgres(tmp_path) as url:
        admin = Database(url)
        with admin.engine.begin() as connection:
            connection.execute(text("CREATE ROLE pipeline LOGIN CREATEROLE CREATEDB PASSWORD 'x'"))
            connection.execute(text("GRANT CREATE ON DATABASE postgres TO pipeline"))
        pipeline = Database(admin.url.set(username="pipeline", password="x").render_as_string(hide_password=False))
        assert ensure_roles(pipeline).needed == ()
        metadata.create_all(pipeline.engine)
        ensure_roles(pipeline)
        ensure_views(pipeline)
        made = ensure_logins(pipeline, PASSWORDS, "the files")
        assert of(made.warehouse).rows(f"SELECT rejected_lines FROM {VIEWS_SCHEMA}.brand_file_lines")
