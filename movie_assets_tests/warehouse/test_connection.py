"""From settings to databases: an external server, and Dagster's own database beside the warehouse."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from movie_assets.settings import Settings
from movie_assets.warehouse import connection
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.errors import DatabaseUnavailableError
from movie_assets_tests.warehouse.publishing_support import run


@contextmanager
def role(database: Database, options: str) -> Iterator[Database]:
    """`database` as another role sees it."""
    name = f"role_{secrets.token_hex(6)}"
    run(database, f"CREATE ROLE {name} LOGIN {options}")
    try:
        yield Database(database.url.set(username=name).render_as_string(hide_password=False))
    finally:
        run(database, f"DROP ROLE {name}")


@pytest.fixture
def beside(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A name for Dagster's database that no other test of this server uses, dropped afterwards."""
    name = f"dagster_{secrets.token_hex(6)}"
    monkeypatch.setattr(connection, "DAGSTER_DATABASE", name)
    yield name
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as autocommit:
        autocommit.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def warehouse_at(database: Database) -> Warehouse:
    return Warehouse(Settings(database_url=SecretStr(database.libpq_uri)))


def test_making_a_warehouse_connects_to_nothing() -> None:
    Warehouse(Settings(database_url=SecretStr("postgresql://127.0.0.1:1/nowhere"))).close()


def test_the_configured_server_is_used_and_no_embedded_one_started(database: Database, tmp_path: Path) -> None:
    warehouse = Warehouse(Settings(database_url=SecretStr(database.libpq_uri), home=tmp_path / "home"))
    assert warehouse.database.scalar("SELECT current_database()") == database.url.database
    assert warehouse.database is warehouse.database
    warehouse.close()
    warehouse.close()
    assert not (tmp_path / "home").exists()


def test_a_server_that_does_not_answer_is_told_at_first_use() -> None:
    warehouse = Warehouse(Settings(database_url=SecretStr("postgresql://alice:canary@127.0.0.1:1/movies")))
    for use in (lambda: warehouse.database, lambda: warehouse.dagster_database):
        with pytest.raises(DatabaseUnavailableError) as caught:
            use()
        assert "canary" not in str(caught.value)


def test_a_failed_first_use_is_tried_again(database: Database) -> None:
    name = f"late_{secrets.token_hex(6)}"
    late = Database(database.url.set(database=name).render_as_string(hide_password=False))
    warehouse = warehouse_at(late)
    with pytest.raises(DatabaseUnavailableError):
        _ = warehouse.database
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as autocommit:
        autocommit.exec_driver_sql(f"CREATE DATABASE {name}")
        try:
            assert warehouse.database.scalar("SELECT 1") == 1
        finally:
            autocommit.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_dagsters_database_is_created_beside_the_warehouse(database: Database, beside: str) -> None:
    first = warehouse_at(database).dagster_database
    assert first.scalar("SELECT current_database()") == beside
    run(first, "CREATE TABLE runs (n int)")
    # The next process finds it as it is.
    assert warehouse_at(database).dagster_database.scalar("SELECT to_regclass('runs')::text") == "runs"


def test_processes_that_create_it_at_once_agree(database: Database, beside: str) -> None:
    def name_of(_: int) -> object:
        return warehouse_at(database).dagster_database.scalar("SELECT current_database()")

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(name_of, range(6))) == [beside] * 6


def test_a_role_that_may_not_create_it_is_told_what_to_do(database: Database, beside: str) -> None:
    with role(database, "NOCREATEDB") as stranger:
        with pytest.raises(DatabaseUnavailableError) as caught:
            _ = warehouse_at(stranger).dagster_database
        message = str(caught.value)
        assert "permission denied to create database" in message
        assert "MOVIE_ASSETS_DAGSTER_DATABASE_URL" in message
        [remedy] = [part for part in message.split("with ") if part.startswith("CREATE DATABASE")]
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as autocommit:
            autocommit.exec_driver_sql(remedy.split(";")[0])
        assert warehouse_at(stranger).dagster_database.scalar("SELECT current_database()") == beside
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as autocommit:
            autocommit.exec_driver_sql(f"DROP DATABASE {beside}")


def test_a_configured_dagster_database_is_left_to_itself(database: Database, beside: str) -> None:
    configured = SecretStr(database.libpq_uri)
    warehouse = Warehouse(Settings(database_url=configured, dagster_database_url=configured))
    assert warehouse.dagster_database.scalar("SELECT current_database()") == database.url.database
    assert database.scalar("SELECT count(*) FROM pg_database WHERE datname = :name", name=beside) == 0
