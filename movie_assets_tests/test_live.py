"""The graph with a token: films come from a server that behaves as TMDB does."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from movie_assets.definitions import build_definitions
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.database import Database
from movie_assets_tests.commands.forked import ForkedCommandLine
from movie_assets_tests.commands.processes import place_for_all
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.faults.plugin import Seen
from movie_assets_tests.faults.registry import Fault
from movie_assets_tests.published import FROM_SOURCES
from movie_assets_tests.tmdb_server import TmdbServer, faults

TABLES = [table.name for table in FROM_SOURCES]
TOKEN = "canary-0f4d1c62-token"
FILMS = [
    {
        "id": 2062,
        "title": "Ratatouille",
        "release_date": "2007-06-28",
        "popularity": 21.5,
        "vote_average": 7.8,
        "vote_count": 18000,
        "revenue": 623726085,
        "runtime": 111,
        "status": "Released",
        "genres": [{"id": 16, "name": "Animation"}],
        "production_companies": [{"id": 3, "name": "Pixar"}],
    },
    {
        "id": 999001,
        "title": "Ratatouille",
        "release_date": "2010-01-01",
        "popularity": 0.4,
        "vote_average": 0,
        "vote_count": 0,
        "revenue": 0,
        "runtime": 12,
        "status": "Released",
    },
    {"id": 999002, "title": "Another Film", "release_date": "1999-01-01", "popularity": 3.0, "crew": [7]},
]


@pytest.fixture
def tmdb() -> Iterator[TmdbServer]:
    with TmdbServer(FILMS, token=TOKEN) as server:
        yield server


@pytest.fixture
def live(settings: Settings, tmdb: TmdbServer, tmp_path: Path) -> Iterator[tuple[Settings, Warehouse]]:
    brands = tmp_path / "brands.csv"
    rules = tmp_path / "rules.csv"
    rules.write_text("brand,companies,keywords,people,included,excluded\nPixar,3,,crew:7,,\n")
    brands.write_text("Brand,Total,Releases,#1 Release,Lifetime Gross\nPixar,6078217662,28,Ratatouille,206445654\n")
    own = settings.model_copy(
        update={
            "brands_csv": brands,
            "brand_rules": rules,
            "tmdb_api_token": SecretStr(TOKEN),
            "tmdb_api_url": tmdb.api_url,
        }
    )
    warehouse = Warehouse(own)
    yield own, warehouse
    warehouse.close()


FETCHED = ("raw_tmdb_movies", "raw_tmdb_movies_deleted", "tmdb_people_films", "tmdb_ingestions")
"""The assets that are fetched together."""
NEEDED = ("raw_brands", "raw_brands_rejected", *FETCHED)
"""Those and what a fetch needs, for tests that do not look further."""


def refresh(
    settings: Settings, warehouse: Warehouse, instance: dg.DagsterInstance, *assets: str
) -> dg.ExecuteInProcessResult:
    """A run of everything, or of some assets."""
    job = build_definitions(settings=settings, warehouse=warehouse).resolve_job_def("refresh")
    selection = [dg.AssetKey(name) for name in assets] or None
    return job.execute_in_process(instance=instance, asset_selection=selection, raise_on_error=False)


def test_the_brands_films_are_fetched_matched_and_measured_and_later_what_changed(
    live: tuple[Settings, Warehouse], tmdb: TmdbServer
) -> None:
    settings, warehouse = live
    with dg.DagsterInstance.ephemeral() as instance:
        assert refresh(settings, warehouse, instance).success
        assert_fetched_matched_and_measured(warehouse, tmdb)

        age_the_ledger(warehouse.database)
        tmdb.catalogue.remove(999001)
        tmdb.catalogue.add({**FILMS[0], "vote_count": 20000})
        result = refresh(settings, warehouse, instance)
        assert result.success
    (facts,) = (
        event.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey("raw_tmdb_movies")
    )
    assert (facts["missing"].value, facts["deleted_films"].value, facts["scope"].value) == (0, 1, "brands")
    assert (
        warehouse.database.scalar("SELECT vote_count_sum FROM movies.brand_stats WHERE scope = 'top_release'") == 20000
    )
    assert warehouse.database.rows("SELECT tmdb_id FROM movies.raw_tmdb_movies_deleted") == [{"tmdb_id": 999001}]


def assert_fetched_matched_and_measured(warehouse: Warehouse, tmdb: TmdbServer) -> None:
    films = warehouse.database.rows("SELECT tmdb_id, origin, fetched_at FROM movies.raw_tmdb_movies ORDER BY tmdb_id")
    assert [film["tmdb_id"] for film in films] == [2062, 999001, 999002]
    assert {film["origin"] for film in films} == {"tmdb"}
    assert all(film["fetched_at"] is not None for film in films)
    (match,) = warehouse.database.rows("SELECT status, tmdb_id, n_candidates FROM movies.brand_film_matches")
    assert match == {"status": "matched", "tmdb_id": 2062, "n_candidates": 2}
    assert (
        warehouse.database.scalar("SELECT vote_count_sum FROM movies.brand_stats WHERE scope = 'top_release'") == 18000
    )
    assert [request.path for request in tmdb.requests] == [
        "/3/configuration",
        "/3/company/3",
        "/3/search/movie",
        "/3/discover/movie",
        "/3/discover/movie",
        "/3/movie/2062",
        "/3/movie/999001",
        "/3/movie/999002",
    ]
    assert warehouse.database.rows("SELECT tmdb_id, reasons FROM movies.brand_films ORDER BY tmdb_id") == [
        {"tmdb_id": 2062, "reasons": ["top_release", "company"]},
        {"tmdb_id": 999002, "reasons": ["person"]},
    ]


def test_a_fetch_that_fails_midway_leaves_the_stored_films(live: tuple[Settings, Warehouse], tmdb: TmdbServer) -> None:
    settings, warehouse = live
    with dg.DagsterInstance.ephemeral() as instance:
        assert refresh(settings, warehouse, instance, *NEEDED).success
        before = rows(warehouse.database, NEEDED)
        age_the_ledger(warehouse.database)
        tmdb.catalogue.add({"id": 7, "title": "Ratatouille", "vote_count": 5})
        tmdb.faults.put(faults.code(27), path="/3/movie/999001", times=100)
        result = refresh(settings, warehouse, instance, *NEEDED)
    assert not result.success
    assert rows(warehouse.database, NEEDED) == before


def test_a_server_that_suddenly_knows_no_film_does_not_empty_the_tables(
    live: tuple[Settings, Warehouse], tmdb: TmdbServer
) -> None:
    settings, warehouse = live
    with dg.DagsterInstance.ephemeral() as instance:
        assert refresh(settings, warehouse, instance, *NEEDED).success
        before = rows(warehouse.database, NEEDED)
        age_the_ledger(warehouse.database)
        for film in FILMS:
            tmdb.catalogue.remove(film["id"])
        assert not refresh(settings, warehouse, instance, *NEEDED).success
    assert rows(warehouse.database, NEEDED) == before


def test_a_wrong_token_fails_with_the_remedy_and_is_shown_nowhere(
    live: tuple[Settings, Warehouse],
    tmdb: TmdbServer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    settings, _ = live
    wrong = "canary-77aa-wrong-token"
    caplog.set_level(logging.DEBUG)
    with dg.DagsterInstance.ephemeral() as instance:
        own = settings.model_copy(update={"tmdb_api_token": SecretStr(wrong)})
        result = refresh(own, Warehouse(own), instance)
        events = "\n".join(str(event) for event in instance.all_logs(result.run_id))
    assert not result.success
    assert len(tmdb.requests) == 1
    assert "TMDB_API_TOKEN" in events
    captured = capfd.readouterr()
    for place in (events, caplog.text, captured.out, captured.err):
        assert wrong not in place


def test_a_run_may_choose_another_scope(live: tuple[Settings, Warehouse]) -> None:
    settings, warehouse = live
    definitions = build_definitions(settings=settings, warehouse=warehouse)
    with dg.DagsterInstance.ephemeral() as instance:
        job = definitions.resolve_job_def("refresh")
        fetch = [dg.AssetKey(name) for name in NEEDED]
        config = {"ops": {"raw_tmdb_movies": {"config": {"scope": "popular", "min_votes": 10}}}}
        done = job.execute_in_process(instance=instance, run_config=config, asset_selection=fetch, raise_on_error=False)
        assert done.success
        films = warehouse.database.rows("SELECT tmdb_id FROM movies.raw_tmdb_movies ORDER BY tmdb_id")
        assert [film["tmdb_id"] for film in films] == [2062, 999001, 999002]
        config = {"ops": {"raw_tmdb_movies": {"config": {"scope": "everything"}}}}
        done = job.execute_in_process(instance=instance, run_config=config, asset_selection=fetch, raise_on_error=False)
        assert not done.success


@dataclass(frozen=True)
class Refreshed:
    """The command line on a home and a database that one refresh without a token has filled."""

    command: ForkedCommandLine
    database: Database


@pytest.fixture(scope="module")
def refreshed(server: str) -> Iterator[Refreshed]:
    with place_for_all() as place, temporary_database(server) as url:
        command = ForkedCommandLine(
            place / "home", place, MOVIE_ASSETS_DATABASE_URL=url, MOVIE_ASSETS_DAGSTER_DATABASE_URL=url
        )
        outcome = command("run")
        assert outcome.returncode == 0, outcome.stderr
        yield Refreshed(command, Database(url))


@Fault(
    family="TMDB is down, slow or lying",
    name="A wrong token or key in `movie-assets run`",
    platform="one request is made; nothing is changed, and the secret is shown nowhere",
    where="the terminal",
    shows=("Failed: raw_tmdb_movies: GET /configuration: HTTP 401", "https://www.themoviedb.org/settings/api"),
    person="put a valid token or key into .env",
)
@pytest.mark.parametrize("secret", ["TMDB_API_TOKEN", "TMDB_API_KEY"])
def test_the_command_line_with_a_wrong_secret_says_one_line_and_changes_nothing(
    refreshed: Refreshed, tmdb: TmdbServer, secret: str, seen: Seen
) -> None:
    wrong = "canary-77aa-wrong-secret"
    command, database = refreshed.command, refreshed.database
    before = rows(database)
    outcome = command.with_settings(TMDB_API_URL=tmdb.api_url, **{secret: wrong})("run")
    written = "".join(path.read_text(errors="replace") for path in command.home.rglob("*") if path.is_file())
    assert outcome.returncode == 1
    (line,) = [line for line in outcome.stderr.splitlines() if line.startswith("Failed:")]
    seen(line)
    assert f"Check {secret}" in line or secret in line
    assert "Traceback" not in outcome.stderr
    assert [request.access for request in tmdb.requests] == ["refused"]
    assert rows(database) == before
    assert database.scalar("SELECT to_regnamespace('movies_ingest')") is None
    for place_ in (outcome.stdout, outcome.stderr, written):
        assert wrong not in place_
    assert tables_with(database, wrong) == []
    assert tables_with(database, "TMDB_API_TOKEN") != []


def tables_with(database: Database, wanted: str) -> list[str]:
    """Every stored table, Dagster's event log included, that has the wanted text in any column."""
    tables = database.rows(
        "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables"
        " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'"
    )
    return [
        table["name"]
        for table in tables
        if database.scalar(f"SELECT count(*) FROM {table['name']} AS t WHERE t::text LIKE :text", text=f"%{wanted}%")
    ]


def age_the_ledger(database: Database) -> None:
    """As if everything had been fetched ten days ago."""
    with database.engine.begin() as connection:
        for table, columns in {
            "films": ["fetched_at"],
            "listings": ["started_at", "completed_at"],
            "ingestions": ["started_at", "finished_at"],
        }.items():
            ages = ", ".join(f"{column} = {column} - interval '10 days'" for column in columns)
            connection.execute(text(f"UPDATE movies_ingest.{table} SET {ages}"))


def rows(database: Database, names: Collection[str] = TABLES) -> dict[str, list[dict[str, object]]]:
    return {
        table.name: database.rows(
            f"SELECT * FROM {table.fullname} ORDER BY {', '.join(c.name for c in table.primary_key)}"
        )
        for table in FROM_SOURCES
        if table.name in names
    }
