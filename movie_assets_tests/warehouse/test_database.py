"""Addresses and connections: what a person is told, and what never shows."""

from __future__ import annotations

import traceback

import pytest
from sqlalchemy.pool import NullPool

from movie_assets.warehouse.database import OLDEST_VERSION, Database
from movie_assets.warehouse.errors import DatabaseUnavailableError

CANARY = "c@na ry/%41?"
ENCODED = "c%40na%20ry%2F%2541%3F"
ADDRESSES = (
    f"postgresql://alice:{ENCODED}@127.0.0.1:1/movies",
    f"postgresql+psycopg2://alice:{ENCODED}@127.0.0.1:1/movies",
    f"postgresql://127.0.0.1:1/movies?user=alice&password={ENCODED}",
)


SECRET_OPTIONS = ("sslpassword", "oauth_client_secret", "scram_client_key", "sslpasswd", "PASSWORD")


def trace_of(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_password_reaches_the_driver_and_nobody_else(address: str) -> None:
    database = Database(address)
    assert f"alice:{ENCODED}@127.0.0.1:1/movies" in database.libpq_uri
    assert database.url.password == CANARY
    for use in (database.require_supported, lambda: database.adbc().__enter__()):
        with pytest.raises(DatabaseUnavailableError) as caught:
            use()
        told = trace_of(caught.value) + repr(database) + str(database.url) + repr(database.engine)
        for secret in (CANARY, ENCODED, ENCODED.replace("%20", "+")):
            assert secret not in told


@pytest.mark.parametrize("option", SECRET_OPTIONS)
def test_secret_options_reach_the_driver_and_nobody_else(option: str) -> None:
    # The last two are misspelt, and what libpq says of them is told without their value.
    database = Database(f"postgresql://alice@127.0.0.1:1/movies?connect_timeout=5&{option}={ENCODED}")
    for one in (database, database.beside("dagster")):
        assert f"{option}={ENCODED}" in one.libpq_uri
        assert f"{option}={ENCODED}" in one.sqlalchemy_uri
        assert one.url.query == {"connect_timeout": "5"}
        for use in (one.require_supported, lambda one=one: one.adbc().__enter__()):
            with pytest.raises(DatabaseUnavailableError) as caught:
                use()
            told = trace_of(caught.value) + repr(one) + str(one.url) + repr(one.engine)
            told += one.url.render_as_string(hide_password=False)
            for secret in (CANARY, ENCODED, ENCODED.replace("%20", "+")):
                assert secret not in told


def test_the_last_of_several_passwords_counts_and_none_shows() -> None:
    database = Database("postgresql://127.0.0.1:1/movies?user=alice&password=first&password=last")
    assert "alice:last@" in database.libpq_uri
    assert "first" not in repr(database)
    assert "last" not in repr(database)


@pytest.mark.parametrize(
    "address",
    [
        f"mysql://alice:{ENCODED}@127.0.0.1/movies",
        f"postgresql://alice:{ENCODED}@127.0.0.1:port/movies",
        f"host=127.0.0.1 password={CANARY}",
        "",
    ],
)
def test_an_address_that_is_no_postgresql_url_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(DatabaseUnavailableError) as caught:
        Database(address)
    assert "Set MOVIE_ASSETS_DATABASE_URL to postgresql://" in str(caught.value)
    for secret in (CANARY, ENCODED):
        assert secret not in "".join(traceback.format_exception_only(caught.value))
        assert secret not in str(caught.value.__cause__)


def test_a_server_that_does_not_answer_is_told_with_a_remedy() -> None:
    with pytest.raises(DatabaseUnavailableError) as caught:
        Database("postgresql://alice@127.0.0.1:1/movies").require_supported()
    message = str(caught.value)
    assert "no PostgreSQL answers at postgresql+psycopg2://alice@127.0.0.1:1/movies" in message
    assert "Connection refused" in message
    assert "Check MOVIE_ASSETS_DATABASE_URL" in message
    assert "\n" not in message


def test_a_database_that_does_not_exist_is_told(database: Database) -> None:
    missing = Database(database.url.set(database="nowhere").render_as_string(hide_password=False))
    with pytest.raises(DatabaseUnavailableError, match='database "nowhere" does not exist'):
        missing.require_supported()
    with pytest.raises(DatabaseUnavailableError, match='database "nowhere" does not exist'), missing.adbc():
        pass


def test_a_supported_server_is_accepted_with_its_version(database: Database) -> None:
    assert database.require_supported() >= OLDEST_VERSION


def test_no_connection_is_kept_open(database: Database) -> None:
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    assert database.rows("SELECT 1 AS one, 'two' AS two") == [{"one": 1, "two": "two"}]
    assert isinstance(database.engine.pool, NullPool)
    assert database.scalar(f"{others} AND state IS NOT NULL AND state <> 'idle'") == 0


def test_a_small_result_takes_parameters(database: Database) -> None:
    assert database.rows("SELECT :a || :b AS joined", {"a": "x", "b": "'; DROP"}) == [{"joined": "x'; DROP"}]
    assert database.scalar("SELECT CAST(:n AS bigint) + 1", n=1) == 2
    assert database.scalar("SELECT 1 WHERE false") is None


def test_adbc_rolls_back_unless_committed(database: Database) -> None:
    with database.adbc() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (n int)")
        connection.commit()
        cursor.execute("CREATE TABLE lost (n int)")
    assert database.scalar("SELECT to_regclass('kept')::text") == "kept"
    assert database.scalar("SELECT to_regclass('lost')::text") is None
