"""Analysts read what is published for them and nothing else; the pipeline's role owns it; making them is repeatable."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Table, make_url, text
from sqlalchemy.exc import ProgrammingError

from movie_assets.settings import Settings
from movie_assets.tmdb import ledger_tables
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.roles import ANALYST, OWNER, Roles, ensure_roles
from movie_assets.warehouse.tables import is_for_analysts, metadata
from movie_assets_tests.checks.refreshed import refresh
from movie_assets_tests.commands.forked import ForkedCommandLine
from movie_assets_tests.commands.processes import BRANDS_CSV, FILMS, place_for_all
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.debian_postgres import bundled_postgres, debian_postgres
from movie_assets_tests.warehouse.publishing_support import films, frame

pytestmark = pytest.mark.long

DENIED = "permission denied"
OPEN = [table.name for table in metadata.sorted_tables if is_for_analysts(table)]
CLOSED = [table.name for table in metadata.sorted_tables if not is_for_analysts(table)]


@pytest.fixture(scope="module", params=["bundled-18", pytest.param("debian-15", marks=pytest.mark.system)])
def managed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A server where the pipeline is nobody special: what an administrator sees of it."""
    start = bundled_postgres if request.param == "bundled-18" else debian_postgres
    with start(tmp_path_factory.mktemp("managed")) as url:
        yield Database(url)


@contextmanager
def pipeline_account(managed: Database, name: str, attributes: str) -> Iterator[Database]:
    """An empty database that belongs to a new account."""
    with temporary_database(managed.libpq_uri) as url:
        administrator = Database(url)
        execute(administrator, f"CREATE ROLE {name} LOGIN PASSWORD 'x' {attributes}")
        execute(administrator, f"ALTER DATABASE {administrator.url.database} OWNER TO {name}")
        account = make_url(url).set(username=name, password="x")
        try:
            yield Database(account.render_as_string(hide_password=False))
        finally:
            execute(administrator, f"REASSIGN OWNED BY {name} TO owner", f"DROP OWNED BY {name}")
            for role in (name, OWNER, ANALYST):
                exists = administrator.scalar("SELECT 1 FROM pg_roles WHERE rolname = :role", role=role)
                if exists:
                    execute(administrator, f"REASSIGN OWNED BY {role} TO owner", f"DROP OWNED BY {role}")
                    execute(administrator, f"DROP ROLE {role}")


@pytest.fixture(scope="module")
def refreshed(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A warehouse on the embedded server: roles first, then every table by a real refresh, and the ledger's tables."""
    with temporary_database(server) as url, dg.DagsterInstance.ephemeral() as instance:
        database = Database(url)
        ensure_roles(database)
        home = tmp_path_factory.mktemp("roles")
        settings = Settings(home=home, database_url=SecretStr(url), brands_csv=BRANDS_CSV, films=FILMS)
        assert refresh(settings, instance).success
        ledger_tables.ensure_tables(database)
        yield database


def execute(database: Database, *statements: str) -> None:
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@contextmanager
def analyst(database: Database) -> Iterator[Connection]:
    with database.engine.connect() as connection:
        connection.execute(text(f"SET ROLE {ANALYST}"))
        connection.commit()
        yield connection


def refusal(connection: Connection, statement: str) -> str:
    with pytest.raises(ProgrammingError) as caught:
        connection.execute(text(statement))
    connection.rollback()
    return str(caught.value.orig)


def owners(database: Database) -> dict[str, str]:
    rows = database.rows("SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'movies'")
    return {row["tablename"]: row["tableowner"] for row in rows}


def privileges(database: Database, table: str) -> list[dict[str, object]]:
    return database.rows(
        "SELECT privilege_type FROM information_schema.role_table_grants"
        f" WHERE table_schema = 'movies' AND table_name = '{table}' AND grantee = '{ANALYST}'"
    )


def test_which_tables_are_for_analysts_follows_from_their_names() -> None:
    assert CLOSED == [
        "raw_brands",
        "raw_brands_rejected",
        "raw_tmdb_movies",
        "raw_tmdb_movies_deleted",
        "tmdb_ingestions",
        "tmdb_people_films",
    ]
    assert {"brand_stats", "brand_film_matches", "normalized_movies"} <= set(OPEN)


def test_an_analyst_reads_every_table_that_is_for_analysts(refreshed: Database) -> None:
    with analyst(refreshed) as connection:
        counts = {name: connection.execute(text(f"SELECT count(*) FROM movies.{name}")).scalar_one() for name in OPEN}
    assert counts["brand_stats"] > 0
    assert len(counts) == len(OPEN)


@pytest.mark.parametrize("name", CLOSED)
def test_an_analyst_is_refused_raw_tables(refreshed: Database, name: str) -> None:
    with analyst(refreshed) as connection:
        assert DENIED in refusal(connection, f"SELECT * FROM movies.{name} LIMIT 1")


@pytest.mark.parametrize("table", ledger_tables.metadata.sorted_tables, ids=lambda table: table.name)
def test_an_analyst_is_refused_the_ledger(refreshed: Database, table: Table) -> None:
    with analyst(refreshed) as connection:
        assert f"{DENIED} for schema movies_ingest" in refusal(connection, f"SELECT * FROM {table.fullname} LIMIT 1")


@pytest.mark.parametrize("name", OPEN)
def test_an_analyst_is_refused_every_write(refreshed: Database, name: str) -> None:
    column = next(iter(metadata.tables[f"movies.{name}"].columns)).name
    with analyst(refreshed) as connection:
        for statement in (
            f"INSERT INTO movies.{name} SELECT * FROM movies.{name}",
            f"UPDATE movies.{name} SET {column} = {column}",
            f"DELETE FROM movies.{name}",
            f"TRUNCATE movies.{name}",
            f"LOCK TABLE movies.{name} IN ACCESS EXCLUSIVE MODE",
        ):
            assert DENIED in refusal(connection, statement)
        for statement in (f"DROP TABLE movies.{name}", f"ALTER TABLE movies.{name} ADD COLUMN x int"):
            assert "must be owner" in refusal(connection, statement)


@pytest.mark.parametrize("schema", ["movies", "movies_ingest", "public"])
def test_an_analyst_creates_nothing(refreshed: Database, schema: str) -> None:
    with analyst(refreshed) as connection:
        for what in ("TABLE {}.x (y int)", "VIEW {}.x AS SELECT 1", "FUNCTION {}.x() RETURNS int RETURN 1"):
            assert f"{DENIED} for schema {schema}" in refusal(connection, f"CREATE {what.format(schema)}")
        assert f"{DENIED} for database" in refusal(connection, "CREATE SCHEMA x")


def test_a_login_that_is_a_member_reads_as_the_role_does(refreshed: Database) -> None:
    execute(refreshed, f"CREATE ROLE superset LOGIN IN ROLE {ANALYST}")
    login = Database(refreshed.url.set(username="superset").render_as_string(hide_password=False))
    try:
        assert login.scalar("SELECT count(*) FROM movies.brand_stats")
        with pytest.raises(ProgrammingError, match=DENIED):
            login.scalar("SELECT count(*) FROM movies.raw_brands")
    finally:
        execute(refreshed, "DROP ROLE superset")


def test_what_is_published_after_the_roles_needs_no_second_visit(refreshed: Database) -> None:
    assert set(owners(refreshed).values()) == {OWNER}
    assert ensure_roles(refreshed).done == ensure_roles(refreshed).needed == ()


@pytest.mark.parametrize(("name", "readable"), [("films", True), ("raw_films", False), ("films_rejected", False)])
@pytest.mark.parametrize("first", [frame((1, "Heat", 1995, 7.9)), frame()], ids=["adopted", "created empty"])
def test_a_new_table_is_opened_by_what_it_is(database: Database, name: str, *, readable: bool, first: object) -> None:
    ensure_roles(database)
    publish(database, films(name=name, may_be_empty=True), first)  # type: ignore[arg-type]
    assert bool(privileges(database, name)) is readable


def test_hand_made_changes_are_brought_back(refreshed: Database) -> None:
    execute(
        refreshed,
        f"GRANT INSERT ON movies.brand_stats TO {ANALYST}",
        "GRANT SELECT ON movies.raw_brands TO PUBLIC",
        f"REVOKE SELECT ON movies.genre_stats FROM {ANALYST}",
        f"GRANT CREATE ON SCHEMA movies TO {ANALYST}",
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
    )
    assert ensure_roles(refreshed).done == (
        f"REVOKE CREATE ON SCHEMA movies FROM PUBLIC, {ANALYST}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"REVOKE ALL ON movies.brand_stats, movies.raw_brands FROM PUBLIC, {ANALYST}",
        f"GRANT SELECT ON movies.brand_stats, movies.genre_stats TO {ANALYST}",
    )
    assert [row["privilege_type"] for row in privileges(refreshed, "brand_stats")] == ["SELECT"]
    assert not privileges(refreshed, "raw_brands")
    assert ensure_roles(refreshed).done == ()


def test_many_at_once_in_several_databases_make_the_roles_once(managed: Database) -> None:
    with temporary_database(managed.libpq_uri) as one, temporary_database(managed.libpq_uri) as two:
        databases = [Database(one), Database(two)]
        try:
            with ThreadPoolExecutor(8) as pool:
                outcomes = list(pool.map(ensure_roles, databases * 8))
            assert [outcome.reason for outcome in outcomes] == [""] * 16
            assert sum(f"CREATE ROLE {ANALYST} NOLOGIN" in outcome.done for outcome in outcomes) == 1
            assert [ensure_roles(database) for database in databases] == [Roles(), Roles()]
        finally:
            for database in databases:
                execute(database, f"DROP OWNED BY {OWNER}, {ANALYST}")
            execute(managed, f"DROP ROLE {OWNER}, {ANALYST}")


def test_an_account_that_may_create_roles_sets_up_everything_itself(managed: Database, tmp_path: Path) -> None:
    with pipeline_account(managed, "pipeline", "CREATEROLE") as database, dg.DagsterInstance.ephemeral() as instance:
        done = ensure_roles(database).done
        assert done[:2] == (f"CREATE ROLE {OWNER} NOLOGIN", f"CREATE ROLE {ANALYST} NOLOGIN")
        settings = Settings(
            home=tmp_path, database_url=SecretStr(database.libpq_uri), brands_csv=BRANDS_CSV, films=FILMS
        )
        for _ in range(2):
            assert refresh(settings, instance).success
        assert set(owners(database).values()) == {OWNER}
        assert ensure_roles(database).done == ()
        logins = database.rows(f"SELECT rolcanlogin FROM pg_roles WHERE rolname IN ('{OWNER}', '{ANALYST}')")
        assert [row["rolcanlogin"] for row in logins] == [False, False]


def test_an_account_that_may_not_goes_on_and_an_administrator_runs_what_it_prints(managed: Database) -> None:
    with place_for_all() as place, pipeline_account(managed, "plain", "") as database:
        command = ForkedCommandLine(
            place / "home",
            place,
            MOVIE_ASSETS_DATABASE_URL=database.libpq_uri,
            MOVIE_ASSETS_DAGSTER_DATABASE_URL=database.libpq_uri,
        )
        ran = command("run")
        assert ran.returncode == 0, ran.stderr
        assert "plain may not create roles" in ran.stderr
        assert set(owners(database).values()) == {"plain"}
        told = command("roles")
        assert told.returncode == 1
        statements = [line.strip().rstrip(";") for line in told.stderr.splitlines() if line.startswith("    ")]
        assert f"CREATE ROLE {ANALYST} NOLOGIN" in statements
        administrator = Database(
            make_url(managed.libpq_uri).set(database=database.url.database).render_as_string(hide_password=False)
        )
        execute(administrator, *statements)
        again = command("roles")
        assert (again.returncode, again.stderr) == (0, "")
        assert "nothing was changed" in again.stdout
        assert command("run").returncode == 0
        assert set(owners(database).values()) == {OWNER}
        with analyst(administrator) as connection:
            assert connection.execute(text("SELECT count(*) FROM movies.brand_stats")).scalar_one() > 0
            assert DENIED in refusal(connection, "SELECT * FROM movies.raw_brands")
