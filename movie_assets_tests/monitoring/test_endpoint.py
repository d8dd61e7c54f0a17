"""`movie-assets metrics` as a process: it answers without PostgreSQL, shows no secret, and asks before it is public."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from movie_assets_tests.commands.processes import CommandLine, eventually, place_for_all
from movie_assets_tests.monitoring.scraped import Scraped

CANARY = "cAnArY7f3e91"


@pytest.fixture
def command() -> Iterator[CommandLine]:
    """The command line on a home whose database is not there, at an address full of secrets."""
    with place_for_all() as place:
        address = f"postgresql://{CANARY}-user:{CANARY}%20p%40ss@127.0.0.1:1/movies?sslpassword={CANARY}%20key"
        yield CommandLine(place / "home", place, MOVIE_ASSETS_DATABASE_URL=address, MOVIE_ASSETS_METRICS_PORT=0)


def test_it_answers_without_postgresql_and_shows_no_secret(command: CommandLine, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = command.start("metrics", stdout=output, stderr=output)
    try:
        eventually(lambda: "Metrics are at" in log.read_text() or process.poll() is not None, "it answers")
        (url,) = re.findall(r"Metrics are at (http://127\.0\.0\.1:\d+/metrics)\. Ctrl-C", log.read_text())
        for accept in ("text/plain", "application/openmetrics-text; version=1.0.0"):
            answer = requests.get(url, headers={"Accept": accept}, timeout=60)
            assert answer.status_code == 200
            assert answer.headers["Content-Type"].startswith(accept.split(";")[0])
            assert 'movie_assets_database_up{database="warehouse"} 0.0' in answer.text
            assert CANARY not in answer.text
        scraped = Scraped(requests.get(url, timeout=60).text)
        assert scraped.by("database_up", "database") == {("warehouse",): 0, ("dagster",): 0}
        assert ("process_resident_memory_bytes", frozenset()) in scraped.samples
        root = url.removesuffix("metrics")
        assert requests.get(f"{root}healthz", timeout=60).status_code == 200
        elsewhere = requests.get(f"{root}{CANARY}", timeout=60)
        assert (elsewhere.status_code, CANARY in elsewhere.text) == (404, False)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
    said = log.read_text()
    assert "Connection refused" in said
    assert said.count("cannot be read") == 2
    assert f"{CANARY} p@ss" not in said
    assert f"{CANARY}%20" not in said
    assert f"{CANARY} key" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])  # noqa: S104
def test_an_address_that_others_reach_is_refused_with_the_setting(command: CommandLine, host: str) -> None:
    refused = command("metrics", "--host", host)
    assert refused.returncode == 1
    assert f"MOVIE_ASSETS_METRICS_HOST={host}" in refused.stderr
    assert "MOVIE_ASSETS_ALLOW_REMOTE=true" in refused.stderr


def test_a_port_that_is_taken_is_told_by_its_setting(command: CommandLine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = command("metrics", "--port", str(taken.getsockname()[1]))
    assert refused.returncode == 1
    assert "MOVIE_ASSETS_METRICS_PORT" in refused.stderr


def test_the_rights_are_printed_as_statements(command: CommandLine) -> None:
    printed = command("metrics", "--rights")
    assert printed.returncode == 0
    assert "IN ROLE pg_monitor" in printed.stdout
    assert "GRANT SELECT (source_line) ON movies.raw_brands_rejected TO movie_monitor;" in printed.stdout
    assert "raw_text" not in printed.stdout
