"""Every secret setting holds a canary, real things go wrong, and the canary is looked for wherever anybody can look."""

from __future__ import annotations

import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import make_url, text

from movie_assets.settings import Settings
from movie_assets.warehouse.database import Database
from movie_assets_tests.commands.forked import ForkedCommandLine
from movie_assets_tests.commands.processes import Platform, ended, place_for_all
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.debian_postgres import bundled_postgres
from movie_assets_tests.tmdb_server import TmdbServer, faults

pytestmark = pytest.mark.long

# Quoting leaves letters and digits as they are, so that a secret is found in whatever form it is written.
CANARY = "cAnArY7f3e91"
# What addresses and drivers treat as their own follows in each.
TOKEN, KEY = f"{CANARY}.token-_/+=", f"{CANARY}.key"
PASSWORD, WRONG, PASSPHRASE = f"{CANARY} p@ss:w/rd%41?", f"{CANARY} wr@ng", f"{CANARY} ph/r@se"
ACCOUNT = "pipeline"
MARKER = "a line that the crashing asset printed"

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
        "production_companies": [{"id": 3, "name": "Pixar"}],
    },
]
BRANDS = "Brand,Total,Releases,#1 Release,Lifetime Gross\nPixar,6078217662,28,Ratatouille,206445654\n"

# Prints, logs, reports and raises what a careless asset would.
CRASHING = f"""
import dagster as dg
from movie_assets.commands.instance import dagster_environment
from movie_assets.settings import Settings
from movie_assets.tmdb.credentials import Credential
from movie_assets.warehouse.connection import Warehouse
import os

@dg.asset
def careless(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings],
             warehouse: dg.ResourceParam[Warehouse]) -> None:
    token = Credential(token=settings.tmdb_api_token, key=settings.tmdb_api_key)
    database = warehouse.database
    shown = f"{{settings}} {{settings!r}} {{settings.model_dump()}} {{database!r}} {{database.url}} {{database.engine}}"
    shown += f" {{warehouse.dagster_database!r}} {{token!r}} {{vars(settings)}}"
    print({MARKER!r}, shown)
    context.log.error(shown)
    context.add_output_metadata({{"shown": shown}})
    try:
        database.rows("SELECT nothing FROM nowhere")
    except Exception as error:
        raise RuntimeError(shown) from error

settings = Settings()
os.environ.update(dagster_environment(settings))
with dg.DagsterInstance.get() as instance:
    resources = {{"settings": settings, "warehouse": Warehouse(settings)}}
    dg.materialize([careless], instance=instance, resources=resources, raise_on_error=True)
"""


@dataclass(frozen=True)
class Place:
    """A platform whose every secret is a canary, on a server that asks for the password."""

    command: ForkedCommandLine
    warehouse: Database
    dagster: Database
    tmdb: TmdbServer

    def address(self, password: str, *, database: str, port: int | None = None) -> str:
        """How the platform is told of one of its databases."""
        url = self.warehouse.url
        place = f"{url.host}:{port or url.port}/{database}"
        return f"postgresql://{ACCOUNT}:{quote(password, safe='')}@{place}?sslpassword={quote(PASSPHRASE, safe='')}"

    def elsewhere(self, password: str, *, port: int | None = None) -> ForkedCommandLine:
        """The command line with other addresses."""
        warehouse = self.address(password, database=str(self.warehouse.url.database), port=port)
        dagster = self.address(password, database=str(self.dagster.url.database), port=port)
        return self.command.with_settings(
            MOVIE_ASSETS_DATABASE_URL=warehouse, MOVIE_ASSETS_DAGSTER_DATABASE_URL=dagster
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with (
        bundled_postgres(tmp_path_factory.mktemp("canary")) as server,
        place_for_all() as directory,
        temporary_database(server) as warehouse,
        temporary_database(server) as dagster,
        TmdbServer(FILMS, token=TOKEN, key=KEY) as tmdb,
    ):
        administrator = Database(server)
        with administrator.engine.begin() as connection:
            connection.execute(text(f"CREATE ROLE {ACCOUNT} LOGIN CREATEROLE"))
            connection.execute(text(f"ALTER ROLE {ACCOUNT} PASSWORD :password"), {"password": PASSWORD})
            for url in (warehouse, dagster):
                connection.execute(text(f"ALTER DATABASE {make_url(url).database} OWNER TO {ACCOUNT}"))
        (directory / "brands.csv").write_text(BRANDS, encoding="utf-8")
        command = ForkedCommandLine(
            directory / "home",
            directory,
            MOVIE_ASSETS_BRANDS_CSV=directory / "brands.csv",
            MOVIE_ASSETS_BRAND_RULES=directory / "rules.csv",
            # Nothing listens there, so that telling of a failed run goes wrong as well.
            MOVIE_ASSETS_NOTIFY_WEBHOOK=f"http://127.0.0.1:9/{CANARY}",
            MOVIE_ASSETS_SUPERSET_ADMIN_PASSWORD=f"{CANARY} dashboards",
            MOVIE_ASSETS_SUPERSET_WAREHOUSE_PASSWORD=f"{CANARY} reader",
            MOVIE_ASSETS_SUPERSET_METADATA_PASSWORD=f"{CANARY} keeper",
            MOVIE_ASSETS_DATABASE_PASSWORD=f"{CANARY} completing",
            TMDB_API_TOKEN=TOKEN,
            TMDB_API_KEY=KEY,
            TMDB_API_URL=tmdb.api_url,
            TMDB_EXPORT_URL=tmdb.export_url,
        )
        found = Place(command, Database(warehouse), Database(dagster), tmdb)
        yield Place(found.elsewhere(PASSWORD), found.warehouse, found.dagster, tmdb)


def stored(database: Database) -> Iterator[str]:
    """Every value of every table, with what Dagster stores compressed."""
    tables = database.rows(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    for table in tables:
        for row in database.rows(f'SELECT * FROM "{table["schemaname"]}"."{table["tablename"]}"'):
            for value in row.values():
                if isinstance(value, bytes | memoryview):
                    try:
                        yield zlib.decompress(bytes(value)).decode(errors="replace")
                    except zlib.error:
                        yield bytes(value).decode(errors="replace")
                else:
                    yield str(value)


def written(home: Path) -> Iterator[tuple[Path, str]]:
    for path in home.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes().decode(errors="replace")


def test_every_secret_setting_holds_a_canary(place: Place) -> None:
    secrets = [name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]
    assert secrets
    for name in secrets:
        variable = name if name.startswith("TMDB_") else f"MOVIE_ASSETS_{name}"
        assert CANARY in place.command.environment[variable], variable


def require_no_canary(place: Place, outcome: subprocess.CompletedProcess[str]) -> str:
    """The outcome's output, after the canary was looked for in it, in every file and in every table."""
    said = f"{outcome.stdout}{outcome.stderr}"
    assert CANARY not in said
    for path, content in written(place.command.home):
        assert CANARY not in content, path
        assert CANARY not in str(path)
    for database in (place.warehouse, place.dagster):
        for value in stored(database):
            assert CANARY not in value, value
    return said


def test_a_refresh_that_succeeds_shows_no_secret(place: Place) -> None:
    outcome = place.command("run")
    assert outcome.returncode == 0, outcome.stderr
    require_no_canary(place, outcome)
    assert {request.access for request in place.tmdb.requests} == {"token"}
    # What is looked through is really there.
    assert any("Ratatouille" in content for _, content in written(place.command.home))
    assert any("ASSET_MATERIALIZATION" in value for value in stored(place.dagster))


def test_the_key_shows_as_little_as_the_token(place: Place) -> None:
    outcome = place.command.with_settings(TMDB_API_TOKEN="")("run")
    assert outcome.returncode == 0, outcome.stderr
    require_no_canary(place, outcome)


@pytest.mark.parametrize("credential", ["TMDB_API_TOKEN", "TMDB_API_KEY"])
def test_a_server_that_repeats_the_secret_does_not_make_it_show(place: Place, credential: str) -> None:
    other = ({"TMDB_API_TOKEN", "TMDB_API_KEY"} - {credential}).pop()
    secret = TOKEN if credential == "TMDB_API_TOKEN" else KEY
    saying = {"status_code": 7, "status_message": f"Invalid: {secret}, api_key={quote(secret, safe='')}"}
    place.tmdb.faults.put(faults.body(saying | {"status_code": 11}, 500), times=2)
    place.tmdb.faults.put(faults.redirect(f"{place.tmdb.url}/?api_key={quote(secret, safe='')}"))
    recovered = place.command.with_settings(**{other: ""})("run")
    assert recovered.returncode == 0
    require_no_canary(place, recovered)
    assert place.tmdb.faults.take("/3/configuration") is None
    place.tmdb.faults.put(faults.body(saying, 401), times=9)
    refused = place.command.with_settings(**{other: ""})("run")
    place.tmdb.faults.clear()
    assert refused.returncode == 1
    assert "HTTP 401" in require_no_canary(place, refused)


@pytest.mark.parametrize("arguments", [("run",), ("up",), ("status",), ("export", "brand_stats")])
def test_a_database_that_cannot_be_reached_or_refuses_the_password(place: Place, arguments: tuple[str, ...]) -> None:
    for command, reason in (
        (place.elsewhere(PASSWORD, port=1), "Connection refused"),
        (place.elsewhere(WRONG), "password authentication failed"),
    ):
        outcome = command(*arguments)
        assert outcome.returncode == 1
        said = require_no_canary(place, outcome)
        assert reason in said
        assert "Traceback" not in said


def test_psql_is_given_no_secret_on_its_command_line(place: Place) -> None:
    outcome = place.command("psql", "--print")
    assert outcome.returncode == 0
    require_no_canary(place, outcome)
    answer = place.command("psql", "--command", "SELECT 6 * 7")
    assert "42" in require_no_canary(place, answer)


UNUSABLE = [
    ("MOVIE_ASSETS_DATABASE_URL", f"mysql://u:{CANARY}@h/d"),
    ("MOVIE_ASSETS_DATABASE_URL", f"postgresql://{CANARY}@h:{CANARY}/d"),
    ("MOVIE_ASSETS_DAGSTER_DATABASE_URL", f"{CANARY} \N{SNOWMAN}"),
    ("TMDB_API_TOKEN", f"{CANARY} \N{SNOWMAN}"),
    ("TMDB_API_KEY", f"{CANARY} \N{SNOWMAN}"),
]


@pytest.mark.parametrize(("setting", "value"), UNUSABLE)
def test_a_secret_in_a_form_that_cannot_work_is_refused_unseen(place: Place, setting: str, value: str) -> None:
    outcome = place.command.with_settings(**{"TMDB_API_TOKEN": "", setting: value})("run")
    assert outcome.returncode == 1, outcome.stdout
    require_no_canary(place, outcome)


def test_an_asset_that_crashes_shows_no_secret_even_if_it_prints_all_it_has(place: Place) -> None:
    crashed = ended(place.command.start_program([sys.executable, "-c", CRASHING]))
    assert crashed.returncode == 1
    said = require_no_canary(place, crashed)
    assert 'relation "nowhere" does not exist' in said
    # Compute logs are files of the home.
    assert any(MARKER in content for _, content in written(place.command.home))
    assert any("RuntimeError" in value for value in stored(place.dagster))


def test_a_table_that_cannot_be_published_shows_no_secret(place: Place) -> None:
    with place.warehouse.engine.begin() as connection:
        connection.execute(text("ALTER TABLE movies.raw_brands ADD COLUMN by_hand int"))
    failed = place.command("run")
    with place.warehouse.engine.begin() as connection:
        connection.execute(text("ALTER TABLE movies.raw_brands DROP COLUMN by_hand"))
    assert failed.returncode == 1
    assert "by_hand" in require_no_canary(place, failed)


def test_the_platforms_servers_log_no_secret(place: Place) -> None:
    log = place.command.home.parent / "up.log"
    with Platform(place.command.with_settings(MOVIE_ASSETS_LOG_LEVEL="debug"), log) as platform:
        platform.ready()
        answer = str(platform.ask("{instance {info daemonHealth {id}} version}"))
        arguments = "\n".join(word for process in platform_processes(platform) for word in process)
    assert CANARY not in answer + arguments
    require_no_canary(place, subprocess.CompletedProcess([], 0, log.read_text(encoding="utf-8"), ""))


def platform_processes(platform: Platform) -> list[list[str]]:
    from movie_assets_tests.commands.processes import processes_of  # noqa: PLC0415

    return [process.cmdline() for process in processes_of(platform.home)]
