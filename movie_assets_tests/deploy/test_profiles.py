"""What docs/high-availability.md, docs/dashboards.md and docs/deploy.md (TLS) have in a `.env`, all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from movie_assets.settings import PROJECT_ROOT
from movie_assets_tests.commands.processes import eventually
from movie_assets_tests.dashboards.superset import Api
from movie_assets_tests.deploy.compose import CORE, Stack, timed
from movie_assets_tests.deploy.engine import Docker
from movie_assets_tests.deploy.rights import assert_locked
from movie_assets_tests.readme import DEPLOY, readme_commands

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(900)]

SYNCHRONOUS = "POSTGRES_SYNCHRONOUS_STANDBY_NAMES"
REPLICATION = "SELECT state, sync_state FROM pg_stat_replication"


@dataclass(frozen=True)
class Superset:
    """The Superset of a stack, as `Api` asks for it."""

    stack: Stack

    @property
    def url(self) -> str:
        """Where it is published."""
        return f"http://127.0.0.1:{self.stack.settings['MOVIE_ASSETS_SUPERSET_PORT']}"

    def password(self, account: str) -> str:
        """The password that the command of the secrets made for the account."""
        return (self.stack.secrets / f"superset_{account}_password").read_text(encoding="utf-8").strip()

    def total(self) -> Any:
        """Pixar's total, as a chart would be answered that asks for it now."""
        api = Api(self, "analyst")
        dataset = next(one["id"] for one in api.list("dataset") if one["table_name"] == "brand_stats")
        answer = api.rows_of(dataset, "brand", "total_gross_usd")
        assert answer.ok, answer.text
        rows = answer.json()["result"][0]["data"]
        return {row["brand"]: row["total_gross_usd"] for row in rows}.get("Pixar")


def documented() -> dict[str, str]:
    """The lines of a `.env` that docs/high-availability.md gives."""
    text = (PROJECT_ROOT / "docs" / "high-availability.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^    ([A-Z_]+)=(.+)$", text, re.MULTILINE))


@pytest.fixture(scope="module")
def stack(docker: Docker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The core with its standby and Superset, behind TLS; the standby is made synchronous when it is there."""
    settings = documented()
    synchronous = settings.pop(SYNCHRONOUS)
    settings["COMPOSE_PROFILES"] += ",bi"
    stack = Stack(
        docker, "movie-assets-test-profiles", tmp_path_factory.mktemp("profiles"), MOVIE_ASSETS_TAG="test", **settings
    )
    stack.prepare()
    # What an interrupted test left.
    stack.down()
    make_secrets, *others = readme_commands(DEPLOY)
    stack.follow(make_secrets)
    stack.certify()
    try:
        for command in others:
            with timed(command):
                stack.follow(command)
        stack.settings[SYNCHRONOUS] = synchronous
        with timed("a synchronous standby"):
            stack.up()
        eventually(lambda: any(run["status"] == "SUCCESS" for run in stack.runs()), "the first refresh", 240)
        yield stack
    finally:
        stack.down()


@pytest.mark.parametrize(
    ("service", "account"),
    [("postgres-standby", 10002), ("superset", 1000), ("superset-accounts", None), ("superset-apply", None)],
)
def test_a_container_has_no_more_rights_than_it_needs(stack: Stack, service: str, account: int | None) -> None:
    assert_locked(stack, service, account)


def test_the_ui_is_behind_tls_and_a_login(stack: Stack) -> None:
    assert stack.url.startswith("https:")
    assert requests.get(stack.url, verify=stack.trusted, timeout=60).status_code == 401
    assert requests.get(stack.url, verify=stack.trusted, auth=stack.credentials, timeout=60).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(stack.url.replace("https", "http"), timeout=60)


def test_superset_shows_what_analysts_may_see_and_an_edit_at_once(stack: Stack) -> None:
    superset = Superset(stack)
    analyst = Api(superset, "analyst")
    assert len(analyst.list("dashboard")) == 4
    denied = analyst.sql("SELECT brand FROM movies.raw_brands").text
    assert "permission denied" in denied, denied
    stack.edit(7_100_000_001)
    eventually(lambda: stack.measured() == "7100000001", "an edit is measured", 240)
    assert superset.total() == 7_100_000_001


def test_a_primary_that_dies_is_followed_by_its_standby_without_a_restart(stack: Stack) -> None:
    assert stack.sql(REPLICATION) == "streaming|sync"
    platform = [service for service in (*CORE, "superset") if service != "postgres"]
    started = {service: stack.inspect(service)["State"]["StartedAt"] for service in platform}
    measured = stack.measured()
    with timed("failover, until the next edit is measured"):
        stack("kill", "--signal", "SIGKILL", "postgres")
        stack("exec", "-T", "postgres-standby", "promote")
        stack.primary = "postgres-standby"
        assert stack.measured() == measured
        stack.edit(7_200_000_002)
        eventually(lambda: stack.measured() == "7200000002", "an edit is measured on the new primary", 240)
    assert eventually(lambda: Superset(stack).total() == 7_200_000_002, "Superset follows")
    assert started == {service: stack.inspect(service)["State"]["StartedAt"] for service in platform}
