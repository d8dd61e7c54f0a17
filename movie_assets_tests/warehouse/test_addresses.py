"""Addresses with several hosts: every way of writing one leads every driver to the same servers."""

from __future__ import annotations

import traceback
from urllib.parse import quote

import psycopg2.extensions
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url

from movie_assets.warehouse.addresses import DEFAULT_PORT, FAILOVER, hosts_of
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.errors import DatabaseUnavailableError

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?(\.[a-z]{1,5})?", fullmatch=True)
HOSTS = st.one_of(NAMES, st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str))
PORTS = st.one_of(st.none(), st.integers(1, 65535))
SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=8, max_size=12)
PAIRS = st.lists(st.tuples(HOSTS, PORTS), min_size=2, max_size=4)


def written(host: str, port: int | None) -> str:
    return (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")


def arguments(database: Database) -> list[dict[str, str]]:
    """What libpq makes of the address for ADBC and psycopg2, for SQLAlchemy's engine and for Dagster's storage."""
    dialect = database.engine.dialect
    found = [psycopg2.extensions.parse_dsn(database.libpq_uri)]
    for url in (database.url, make_url(database.sqlalchemy_uri)):
        options = {name: str(value) for name, value in dialect.create_connect_args(url)[1].items()}
        options["dbname"] = options.pop("database", options.get("dbname", ""))
        found.append(options)
    return found


@given(pairs=PAIRS, password=SECRETS, name=NAMES)
def test_every_form_leads_every_driver_to_the_same_hosts(
    pairs: list[tuple[str, int | None]], password: str, name: str
) -> None:
    account = f"alice:{quote(password, safe='')}"
    joined = ",".join(written(*pair) for pair in pairs)
    tokens = "&".join(f"host={written(*pair)}" for pair in pairs)
    split = f"host={','.join(host for host, _ in pairs)}&port={','.join(str(port or '') for _, port in pairs)}"
    ports = ",".join(str(port or DEFAULT_PORT) for _, port in pairs) if any(port for _, port in pairs) else None
    for address in (
        f"postgresql://{account}@{joined}/{name}",
        f"postgresql+psycopg2://{account}@/{name}?{tokens}",
        f"postgresql://{account}@/{name}?{split}",
    ):
        for database in (Database(address), Database(address).beside(name)):
            for found in arguments(database):
                assert found["host"] == ",".join(host for host, _ in pairs)
                assert found.get("port") in ({ports} if ports else {None, "," * (len(pairs) - 1)})
                assert (found["user"], found["password"], found["dbname"]) == ("alice", password, name)
                assert {option: found[option] for option in FAILOVER} == FAILOVER
            assert password not in repr(database).replace("alice", "").replace(name, "")
            assert [host for host, _ in hosts_of(database.url)] == [host for host, _ in pairs]
            assert database.has_standby


def test_what_a_person_reads_names_the_hosts_as_written() -> None:
    database = Database("postgresql://alice:secret@one:5432,two/movies?target_session_attrs=any&connect_timeout=9")
    assert repr(database).startswith("Database('postgresql+psycopg2://alice:***@one:5432,two:5432/movies?")
    # What the address says itself counts.
    [found, *_] = arguments(database)
    assert (found["target_session_attrs"], found["connect_timeout"]) == ("any", "9")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://alice:s3cr3tword@one:port,two/movies",
        "postgresql://alice:s3cr3tword@one,two/movies?host=three",
        "postgresql://alice:s3cr3tword@/movies?host=one,two,three&port=1,2",
        "postgresql://alice:s3cr3tword@/movies?host=one:x&host=two",
    ],
)
def test_hosts_and_ports_that_do_not_fit_are_refused_without_repeating_the_password(address: str) -> None:
    with pytest.raises(DatabaseUnavailableError, match="Set MOVIE_ASSETS_DATABASE_URL to postgresql://") as caught:
        Database(address)
    assert "s3cr3tword" not in "".join(traceback.format_exception(caught.value)).split("Error: the database")[-1]


@pytest.mark.parametrize(
    "address", ["postgresql://alice@one:5432/movies", "postgresql://alice@/movies?host=/run/postgresql&port=5433"]
)
def test_an_address_of_one_host_stays_as_it_was(address: str) -> None:
    database = Database(address)
    assert not database.has_standby
    assert psycopg2.extensions.parse_dsn(database.libpq_uri) == psycopg2.extensions.parse_dsn(address)


def test_one_host_in_sqlalchemys_form_is_read_as_sqlalchemy_reads_it() -> None:
    found = psycopg2.extensions.parse_dsn(Database("postgresql://alice@/movies?host=one:5433").libpq_uri)
    assert (found["host"], found["port"]) == ("one", "5433")


def test_a_host_that_does_not_answer_is_passed_over(database: Database) -> None:
    [(host, port)] = hosts_of(database.url)
    both = Database(
        f"postgresql://{database.url.username}@/{database.url.database}?host=127.0.0.1,{host}&port=1,{port}"
    )
    assert both.scalar("SELECT 1") == 1
    with both.adbc() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 2")
        assert cursor.fetchall() == [(2,)]


def test_of_two_hosts_the_one_that_takes_writes_is_used(database: Database) -> None:
    [(host, port)] = hosts_of(database.url)
    address = f"postgresql://{database.url.username}@/{database.url.database}?host={host},{host}&port={port},{port}"
    reads_only = Database(f"{address}&options=-c%20default_transaction_read_only%3Don")
    with pytest.raises(DatabaseUnavailableError, match="read-only"):
        reads_only.require_supported()
