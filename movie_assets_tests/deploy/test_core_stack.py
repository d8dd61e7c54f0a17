"""The core of docker-compose.yml: it comes up locked, follows the brand file and outlives its containers."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.sync.client import connect

from movie_assets.commands.secret_files import GENERATED, make_secrets
from movie_assets_tests.commands.processes import eventually
from movie_assets_tests.deploy.compose import CORE, Stack, timed
from movie_assets_tests.deploy.engine import Docker
from movie_assets_tests.deploy.rights import assert_locked
from movie_assets_tests.readme import DEPLOY, readme_commands

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(900)]

PROJECT = "movie-assets-test-core"
OURS = ("platform", "postgres", "proxy")
TOTALS = iter(range(7_000_000_001, 8_000_000_000))
PIECE_BYTES = 4 * 1024 * 1024


@pytest.fixture(scope="module")
def stack(docker: Docker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The core, up, with the bundled brands in its tables."""
    place = tmp_path_factory.mktemp("core")
    stack = Stack(docker, PROJECT, place, MOVIE_ASSETS_TAG="test")
    stack.prepare()
    # What an interrupted test left.
    stack.down()
    try:
        for command in readme_commands(DEPLOY):
            with timed(command):
                stack.follow(command)
        with timed("first refresh, on empty tables"):
            eventually(lambda: any(run["status"] == "SUCCESS" for run in stack.runs()), "the first refresh", 240)
        yield stack
    finally:
        with timed("down"):
            stack.down()


def changed(stack: Stack) -> None:
    """Edit the brand file and wait until brand_stats tells the new number."""
    total = next(TOTALS)
    with timed("edit, until it is measured"):
        stack.edit(total)
        eventually(lambda: stack.measured() == str(total), f"{total} is measured", 240)


# Who may do what


@pytest.mark.parametrize("service", [*CORE, "migrate"])
def test_a_container_has_no_more_rights_than_it_needs(stack: Stack, service: str) -> None:
    assert_locked(stack, service, {"postgres": 10002, "proxy": 10003, "migrate": None}.get(service, 10001))


def test_only_the_proxy_is_published_and_only_on_this_machine(stack: Stack) -> None:
    published = {service: stack.inspect(service)["HostConfig"]["PortBindings"] for service in CORE}
    port = stack.settings["MOVIE_ASSETS_PROXY_PORT"]
    assert published.pop("proxy") == {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": port}]}
    assert not any(published.values())


def test_nobody_reaches_the_ui_without_a_login(stack: Stack) -> None:
    for path in ("/", "/server_info", "/graphql"):
        assert requests.get(f"{stack.url}{path}", timeout=60).status_code == 401
    name, password = stack.credentials
    assert requests.get(stack.url, auth=(name, "wrong"), timeout=60).status_code == 401
    assert requests.get(stack.url, auth=(name, password), timeout=60).status_code == 200


def test_the_subscriptions_of_the_ui_pass_the_proxy(stack: Stack) -> None:
    token = base64.b64encode(":".join(stack.credentials).encode()).decode()
    address = f"{stack.url.replace('http', 'ws', 1)}/graphql"
    with connect(
        address, subprotocols=["graphql-ws"], additional_headers={"Authorization": f"Basic {token}"}, proxy=None
    ) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {}}))
        assert json.loads(socket.recv(60))["type"] == "connection_ack"


# Secrets


def test_no_secret_is_shown_by_inspect(stack: Stack) -> None:
    values = secrets_of(stack)
    for service in (*CORE, "migrate"):
        shown = json.dumps(stack.inspect(service))
        assert not [name for name, value in values.items() if value in shown], service
    assert not [name for name, value in values.items() if value in stack("config")]
    assert not [name for name, value in values.items() if value in stack("logs", "--no-color")]


@pytest.mark.parametrize("image", OURS)
def test_no_secret_is_in_an_image(stack: Stack, image: str) -> None:
    values = {name: value.encode() for name, value in secrets_of(stack).items()}
    reference = f"movie-assets/{image}:test"
    history = stack.docker("history", "--no-trunc", reference).encode()
    assert not [name for name, value in values.items() if value in history]
    longest = max(map(len, values.values()))
    with subprocess.Popen(
        [stack.docker.client, "save", reference], stdout=subprocess.PIPE, env=stack.docker.environment
    ) as saving:
        assert saving.stdout is not None
        seen = 0
        before = b""
        while piece := saving.stdout.read(PIECE_BYTES):
            seen += len(piece)
            looked_at = before + piece
            assert not [name for name, value in values.items() if value in looked_at]
            before = looked_at[-longest:]
    assert saving.returncode == 0
    assert seen > PIECE_BYTES


def test_a_missing_secret_is_refused_by_its_name(stack: Stack, tmp_path: Path) -> None:
    other = Stack(stack.docker, f"{PROJECT}-refused", tmp_path, MOVIE_ASSETS_TAG="test")
    other.prepare()
    make_secrets(other.secrets, "admin", print)
    (other.secrets / "replication_password").unlink()
    try:
        outcome = other.run("up", "--detach")
        assert outcome.returncode != 0
        assert str(other.secrets / "replication_password") in outcome.stderr
        assert "does not exist" in outcome.stderr
    finally:
        other.down()


def secrets_of(stack: Stack) -> dict[str, str]:
    """Every value that is to be hidden."""
    values = {name: (stack.secrets / name).read_text(encoding="utf-8") for name in GENERATED}
    values["proxy_users"] = (stack.secrets / "proxy_users").read_text(encoding="utf-8").split()[-1]
    values["login"] = stack.credentials[1]
    return values


# The brand file


def test_a_brand_file_renamed_into_place_on_the_host_is_measured(stack: Stack) -> None:
    changed(stack)


# Every container ends once


@pytest.mark.parametrize("service", CORE)
def test_a_container_that_dies_is_started_again_and_the_platform_works(stack: Stack, service: str) -> None:
    with timed(f"{service} killed, until it is healthy again"):
        before = stack.kill(service)
        stack.again(service, before)
    changed(stack)


def test_the_ui_answers_while_a_webserver_is_dead(stack: Stack) -> None:
    for dead in ("webserver-1", "webserver-2"):
        stack("stop", "--timeout", "0", dead)
        try:
            # Without an answer that is an error in between: the proxy asks the other one.
            for _ in range(20):
                assert requests.get(f"{stack.url}/server_info", auth=stack.credentials, timeout=60).ok
        finally:
            stack.up(dead)


def test_a_refresh_works_while_a_code_server_is_dead(stack: Stack) -> None:
    for dead in ("code-server-1", "code-server-2"):
        stack("stop", "--timeout", "0", dead)
        try:
            changed(stack)
        finally:
            stack.up(dead)


def test_a_run_that_dies_with_its_code_server_is_recorded_as_failed_and_made_up_for(stack: Stack) -> None:
    runs = len(finished(stack))
    total = next(TOTALS)
    blocked = "BEGIN; LOCK TABLE movies.raw_brands IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)"
    blocker = subprocess.Popen(
        [stack.docker.client, "exec", container(stack, "postgres"), "psql", "--dbname", "movie_assets", "-c", blocked],
        env=stack.docker.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: stack.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'"), "a lock")
        stack.edit(total)
        eventually(lambda: [run["status"] for run in stack.runs()[runs:]] == ["STARTED"], "a run that waits")
        (signed,) = stack.ask("{runsOrError(filter: {statuses: [STARTED]}) {... on Runs {results {runId}}}}")[
            "runsOrError"
        ]["results"]
        server = server_of(stack, signed["runId"])
        with timed(f"{server} killed in a refresh, until the run is recorded as failed"):
            before = stack.kill(server)
            eventually(lambda: [run["status"] for run in stack.runs()[runs:]][:1] == ["FAILURE"], "a lost run", 240)
        stack.again(server, before)
    finally:
        stack.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'")
        blocker.wait(60)
    eventually(lambda: stack.measured() == str(total), "the change is measured by another run", 240)


def container(stack: Stack, service: str) -> str:
    """The id of a service's container."""
    return str(stack.inspect(service)["Id"])


def server_of(stack: Stack, run_id: str) -> str:
    """The code server that executes a run, as the run's tag tells."""
    words = ("psql", "-XAt", "--dbname", "dagster", "-c")
    found = stack(
        *("exec", "-T", "postgres", *words),
        f"SELECT value FROM run_tags WHERE run_id = '{run_id}' AND key = '.dagster/grpc_info'",
    )
    told: dict[str, Any] = json.loads(found)
    assert told["port"] == 4000
    return str(told["host"])


def finished(stack: Stack) -> list[dict[str, Any]]:
    """All runs, once none is in progress."""
    done = {"SUCCESS", "FAILURE", "CANCELED"}
    return eventually(lambda: (runs := stack.runs()) and all(run["status"] in done for run in runs) and runs, "quiet")


# Upgrades


def test_an_upgrade_in_place_keeps_everything(stack: Stack) -> None:
    runs, rows = finished(stack), stack.sql("SELECT count(*), max(snapshot_date) FROM movies.brand_stats_history")
    old = {service: stack.inspect(service)["Image"] for service in CORE}
    newer = "FROM movie-assets/platform:test\nLABEL org.opencontainers.image.version=next\n"
    stack.docker("build", "--tag", "movie-assets/platform:test-next", "-", stdin=newer)
    stack.settings["MOVIE_ASSETS_PLATFORM_IMAGE"] = "movie-assets/platform:test-next"

    with timed("upgrade, until it is healthy"):
        stack.up()

    new = {service: stack.inspect(service)["Image"] for service in CORE}
    assert {service for service in CORE if new[service] != old[service]} == {*CORE} - {"postgres", "proxy"}
    assert stack.inspect("migrate")["State"]["ExitCode"] == 0
    assert stack.runs()[: len(runs)] == runs
    assert stack.sql("SELECT count(*), max(snapshot_date) FROM movies.brand_stats_history") == rows
    changed(stack)


# Backups


def test_a_destroyed_volume_is_restored_from_a_backup(stack: Stack) -> None:
    finished(stack)
    words = ("--no-deps", "--rm", "--interactive=false", "-T")
    servers = ("daemon", "code-server-1", "code-server-2", "webserver-1", "webserver-2", "backup")
    # Nothing is written between the backup and the end of the volume.
    stack("stop", *servers)
    before = tables(stack)
    with timed("backup"):
        stack("run", *words, "backup", "backup", "--output", "/var/lib/movie-assets-backups/test")
    stack("rm", "--stop", "--force", "--volumes", "postgres")
    stack.docker("volume", "rm", f"{stack.name}_postgres")

    stack.up("postgres")
    assert not tables(stack)
    find = "import pathlib; print(*pathlib.Path('/var/lib/movie-assets-backups/test').iterdir())"
    folder = stack("run", *words, "--entrypoint", "python", "backup", "-c", find).strip()
    with timed("restore"):
        stack("run", *words, "backup", "restore", folder, "--overwrite")
    assert tables(stack) == before

    stack.up()
    changed(stack)


def tables(stack: Stack) -> dict[str, str]:
    """A digest of the rows of every table of the platform and of Dagster."""
    listing = (
        "SELECT format('SELECT %L, count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM %I.%I t;', "
        "schemaname || '.' || tablename, schemaname, tablename) FROM pg_tables "
        "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
    )
    found = {}
    for database in ("movie_assets", "dagster"):
        psql = ("exec", "-T", "postgres", "psql", "-XAt", "--dbname", database, "--command")
        for line in stack(*psql, stack(*psql, listing)).splitlines():
            name, _, digest = line.partition("|")
            found[f"{database}.{name}"] = digest
    return found


# Profiles


def test_monitoring_comes_up_beside_it_and_reaches_everything_it_watches(stack: Stack) -> None:
    # Grafana is its maker's image, which is not everywhere to be had.
    services = ("metrics", "postgres-exporter", "prometheus", "alertmanager")
    profile = ("--profile", "monitoring")
    files = ("--file", "docker-compose.yml", "--file", "docker-compose.build.yml")
    with timed("images of monitoring"):
        stack(*files, *profile, "build", *services[1:])
    with timed("monitoring, until it is healthy"):
        stack(*profile, "up", "--detach", "--wait", *services)

    def jobs() -> dict[str, str]:
        answer = requests.get(
            f"http://127.0.0.1:{stack.settings['MOVIE_ASSETS_PROMETHEUS_PORT']}/api/v1/targets", timeout=60
        )
        return {found["labels"]["job"]: found["health"] for found in answer.json()["data"]["activeTargets"]}

    watched = {"movie-assets", "postgres", "prometheus", "alertmanager", "haproxy"}
    eventually(lambda: jobs() == dict.fromkeys(watched, "up"), "everything is scraped")
