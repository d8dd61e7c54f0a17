"""A PostgreSQL that is not the platform's own fails in the middle of refreshes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import text

from movie_assets.warehouse.connection import DAGSTER_DATABASE, WAREHOUSE_DATABASE
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets_tests.commands.processes import eventually, place_for_all
from movie_assets_tests.faults.bench import Bench
from movie_assets_tests.faults.live import Live, live
from movie_assets_tests.faults.plugin import Seen
from movie_assets_tests.faults.registry import Fault
from movie_assets_tests.faults.tables import assert_equal, contents
from movie_assets_tests.warehouse.publishing_support import run

pytestmark = pytest.mark.timeout(280)

FAMILY = "PostgreSQL fails"
FROZEN_SECONDS = 10
STOPPED_SECONDS = {False: 60, True: 15}
"""By whether the run is killed as well."""


@pytest.fixture(scope="module")
def elsewhere(shared: Bench) -> Iterator[Live]:
    """A platform on a server that is not its own."""
    with place_for_all() as place:
        server = EmbeddedServer(place / "server")
        server.acquire(databases=(WAREHOUSE_DATABASE, DAGSTER_DATABASE))
        try:
            with live(shared, server) as home:
                yield home
        finally:
            server.release()


def failing(platform: Live, known: int) -> str:
    """What the UI shows of the first failed run beyond the known ones."""
    failed = eventually(lambda: [run for run in platform.runs()[known:] if run["status"] == "FAILURE"], "a run fails")
    return platform.told_of(failed[0])


@Fault(
    FAMILY,
    f"Frozen for {FROZEN_SECONDS} s (SIGSTOP of all its processes) during a refresh",
    "the run waits and goes on",
)
def test_a_frozen_server(elsewhere: Live) -> None:
    runs = len(elsewhere.runs())
    with elsewhere.held():
        elsewhere.edit()
        elsewhere.started_after(runs)
        processes = elsewhere.postgres
        for process in processes:
            process.suspend()
        time.sleep(FROZEN_SECONDS)
        for process in processes:
            process.resume()
    elsewhere.recovered()


@pytest.mark.parametrize(
    "run_is_killed",
    [
        pytest.param(
            False,
            marks=Fault(
                FAMILY,
                f"Stopped for {STOPPED_SECONDS[False]} s during a refresh",
                "the publication is done again on a new connection, or the run fails and is made up for",
                where="the platform's logs",
                shows=("Retrying failed database connection",),
                person="start the server again (the embedded one is started by the platform)",
            ).marks,
            id="stopped",
        ),
        pytest.param(
            True,
            marks=Fault(
                FAMILY,
                f"Stopped for {STOPPED_SECONDS[True]} s during a refresh, whose run is killed meanwhile",
                "the run is recorded as failed once the server is back, and made up for",
                where="the code server's log",
                shows=("lost runs cannot be recorded now; this is tried again",),
                person="start the server again (the embedded one is started by the platform)",
            ).marks,
            id="stopped and killed",
        ),
    ],
)
def test_a_stopped_server(elsewhere: Live, seen: Seen, run_is_killed: bool) -> None:
    runs = len(elsewhere.runs())
    with elsewhere.held():
        elsewhere.edit()
        elsewhere.started_after(runs)
        process = elsewhere.run_process()
        elsewhere.server.down(mode="immediate")
        if run_is_killed:
            process.kill()
        time.sleep(STOPPED_SECONDS[run_is_killed])
    elsewhere.server.acquire(databases=(WAREHOUSE_DATABASE, DAGSTER_DATABASE))
    elsewhere.server.release()
    elsewhere.recovered()
    seen(_tails(elsewhere.command.home / "logs"))


@Fault(
    FAMILY,
    "Read-only (default_transaction_read_only) when a refresh begins",
    "the run fails with PostgreSQL's own words; the old rows stay; the next edit is refreshed",
    where="the failed run's error",
    shows=("read-only transaction", "the old rows stay"),
    person="make the server writable again and save the file once more",
)
def test_a_read_only_server(elsewhere: Live, seen: Seen) -> None:
    before, runs = contents(elsewhere.database), len(elsewhere.runs())
    run(elsewhere.database, f"ALTER DATABASE {WAREHOUSE_DATABASE} SET default_transaction_read_only = on")
    elsewhere.edit()
    seen(failing(elsewhere, runs))
    assert_equal(contents(elsewhere.database), before)
    with elsewhere.database.engine.begin() as connection:
        connection.execute(text("SET TRANSACTION READ WRITE"))
        connection.execute(text(f"ALTER DATABASE {WAREHOUSE_DATABASE} RESET default_transaction_read_only"))
    elsewhere.refreshed()


@Fault(
    FAMILY,
    "Temporary space limited (temp_file_limit) below what a publication needs",
    "the run fails with PostgreSQL's own words; the old rows stay; the next edit is refreshed",
    where="the failed run's error",
    shows=('temporary file size exceeds "temp_file_limit"', "the old rows stay"),
    person="raise the limit and save the file once more",
)
def test_too_little_temporary_space(elsewhere: Live, seen: Seen) -> None:
    before, runs = contents(elsewhere.database), len(elsewhere.runs())
    run(
        elsewhere.database,
        f"ALTER DATABASE {WAREHOUSE_DATABASE} SET temp_file_limit = 0",
        # A publication of the bundled data fits into memory; a trigger needs more than that.
        "CREATE FUNCTION sorting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN SET LOCAL work_mem = '64kB';"
        " PERFORM count(*) FROM (SELECT DISTINCT n, md5(n::text) FROM generate_series(1, 200000) AS n) AS sorted;"
        " RETURN NULL; END $$",
        "CREATE TRIGGER sorting AFTER DELETE ON movies.raw_brands EXECUTE FUNCTION sorting()",
    )
    elsewhere.edit()
    seen(failing(elsewhere, runs))
    assert_equal(contents(elsewhere.database), before)
    run(
        elsewhere.database,
        f"ALTER DATABASE {WAREHOUSE_DATABASE} RESET temp_file_limit",
        "DROP TRIGGER sorting ON movies.raw_brands",
        "DROP FUNCTION sorting()",
    )
    elsewhere.refreshed()
    # A refusal is no lost connection, and is not tried again.
    assert [run["status"] for run in elsewhere.runs()[runs:]] == ["FAILURE", "SUCCESS"]


@Fault(
    FAMILY,
    "Out of connections when a refresh begins",
    "what cannot be asked for is asked for again or recorded as failed; the refresh is made up for or comes with the"
    " next edit",
    where="the platform's logs",
    shows=("too many clients already",),
    person="end the sessions that hold the connections",
)
def test_no_connection_is_left(elsewhere: Live, seen: Seen) -> None:
    with contextlib.ExitStack() as taken:
        while True:
            try:
                connection = psycopg2.connect(elsewhere.server.dsn("postgres"))
            except psycopg2.OperationalError:
                break
            taken.callback(connection.close)
        elsewhere.edit()
        logs = elsewhere.command.home / "logs"
        eventually(lambda: seen.within(_tails(logs)), "the platform notices")
        seen(_tails(logs))
        time.sleep(5)
    elsewhere.assert_whole()
    elsewhere.edit()
    elsewhere.recovered()
    elsewhere.refreshed()


def _tails(logs: Path) -> str:
    return "\n".join(path.read_text(errors="replace")[-2_000_000:] for path in logs.iterdir())
