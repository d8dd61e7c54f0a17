"""`movie-assets dashboards` as a process, and Superset seen from outside: by its API, its tables and a browser."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import parse_qs, urlsplit

import psutil
import requests
from playwright.sync_api import Locator, Page, Response, expect

from movie_assets.dashboards.places import ASSETS
from movie_assets.settings import PROJECT_ROOT
from movie_assets.warehouse.database import Database
from movie_assets_tests.commands.processes import CommandLine, alive, eventually, processes_of
from movie_assets_tests.ui.browser import open_page

ENVIRONMENT = Path(sys.prefix).with_name(".venv-superset")
"""Superset's packages, beside those of the platform and as lasting: installing them takes minutes."""

MAKE_DASHBOARDS = ("make", "-C", str(PROJECT_ROOT), "dashboards", f"VENV={sys.prefix}", "-o", f"{sys.prefix}/.runtime")
"""The command of README.md, with the environment of this process, which is not to be built anew."""

UP_SECONDS = 1200.0
TIMEOUT = 120
PATIENCE_MILLISECONDS = 120_000
"""A server that has just started, on a busy machine, needs more than a minute for its first pages."""

WHOLE_PAGE = (1600, 4200)
"""Superset asks for the data of charts that are on the screen, so the screen holds them all."""

# What Superset stores of the files and of accounts; of a login it notes when it was.
STORED = {
    "dashboards": "",
    "dashboard_slices": "",
    "slices": "",
    "tables": "",
    "table_columns": "",
    "sql_metrics": "",
    "dbs": "",
    "ab_role": "",
    "ab_permission_view_role": "",
    "ab_user_role": "",
    "ab_user": "- 'last_login' - 'login_count' - 'fail_login_count'",
}


class Dashboards:
    """`make dashboards`, as README.md has it, on a home whose platform has run."""

    def __init__(self, command: CommandLine, log: Path) -> None:
        self.command = command.with_settings(
            MOVIE_ASSETS_SUPERSET_PORT=0, MOVIE_ASSETS_SUPERSET_ENVIRONMENT=ENVIRONMENT
        )
        self.home = command.home
        self.log = log
        with log.open("wb") as file:
            self.process = self.command.start_program(MAKE_DASHBOARDS, stdout=file, stderr=file, start_new_session=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ready(self) -> Self:
        """Wait until it says who may log in."""

        def said() -> bool:
            assert self.process.poll() is None, self.output
            return "Log in as " in self.output

        eventually(said, "the dashboards are up", UP_SECONDS)
        return self

    def stop(self) -> None:
        """What a terminal does on Ctrl-C: SIGINT to the whole process group."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(60)
        finally:
            for process in self.servers():
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(encoding="utf-8")

    @property
    def url(self) -> str:
        """Where it says the dashboards are."""
        return re.findall(r"The dashboards are up: (\S+)", self.output)[0]

    def password(self, account: str) -> str:
        """The password that was made for the account."""
        return self.secret(f"{account}_password")

    def secret(self, name: str) -> str:
        """What a file of a secret holds."""
        return (self.home / "superset" / name).read_text(encoding="ascii").strip()

    def servers(self) -> list[psutil.Process]:
        """The processes of Superset's environment that serve this home."""
        return [
            process
            for process in processes_of(self.home)
            if alive(process) and str(ENVIRONMENT) in " ".join(process.cmdline())
        ]


class Served(Protocol):
    """A Superset that is up."""

    @property
    def url(self) -> str:
        """Where it is."""

    def password(self, account: str) -> str:
        """What the account logs in with."""


class Api:
    """Superset's API, logged in as one account."""

    def __init__(self, dashboards: Served, account: str) -> None:
        self.url = dashboards.url
        self.session = requests.Session()
        login = {"username": account, "password": dashboards.password(account), "provider": "db"}
        answer = self.session.post(f"{self.url}/api/v1/security/login", json=login, timeout=TIMEOUT)
        assert answer.ok, answer.text
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self.session.headers["Referer"] = self.url
        token = self.session.get(f"{self.url}/api/v1/security/csrf_token/", timeout=TIMEOUT)
        self.session.headers["X-CSRFToken"] = token.json()["result"]

    def list(self, kind: str) -> list[dict[str, Any]]:
        """All objects of a kind, such as `chart`."""
        answer = self.session.get(f"{self.url}/api/v1/{kind}/?q=(page_size:1000)", timeout=TIMEOUT)
        assert answer.ok, answer.text
        return answer.json()["result"]

    def post(self, path: str, body: dict[str, Any]) -> requests.Response:
        """The answer to what is sent."""
        return self.session.post(f"{self.url}/api/v1/{path}", json=body, timeout=TIMEOUT)

    def sql(self, statement: str) -> requests.Response:
        """The answer of SQL Lab."""
        (database,) = self.list("database")
        body = {"database_id": database["id"], "sql": statement, "runAsync": False, "schema": "movies"}
        return self.post("sqllab/execute/", body)

    def rows_of(self, dataset: int, *columns: str) -> requests.Response:
        """What a chart on a dataset is answered."""
        asked = {"columns": columns, "metrics": [], "row_limit": 1000}
        return self.post("chart/data", {"datasource": {"id": dataset, "type": "table"}, "queries": [asked]})


@dataclass
class Shown:
    """A dashboard in a browser, and the rows that its charts were drawn from, by the chart's title."""

    page: Page
    titles: dict[int, str]
    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    untouched: str | None = None

    def __post_init__(self) -> None:
        self.page.on("response", self._note)

    def _note(self, response: Response) -> None:
        if "/api/v1/chart/data" not in response.url:
            return
        form = json.loads(parse_qs(urlsplit(response.url).query).get("form_data", ["{}"])[0])
        title = self.titles.get(form.get("slice_id", 0), response.url)
        if response.status != requests.codes.ok:
            self.complaints.append(f"{title}: {response.status}")
        else:
            self.answers[title] = [row for result in response.json()["result"] for row in result["data"]]

    def open(self, slug: str) -> Self:
        """The dashboard, loaded anew, once all its charts are drawn."""
        self.answers.clear()
        self.complaints.clear()
        self.untouched = None
        self.page.goto(f"/superset/dashboard/{slug}/")
        self.drawn(charts_in(slug))
        self.untouched = slug
        return self

    def see(self, slug: str) -> Self:
        """The dashboard as it opens; one that is open and that nobody filtered is not loaded anew."""
        return self if self.untouched == slug else self.open(slug)

    def drawn(self, charts: int) -> None:
        """Wait until that many charts are drawn, and each has data."""
        holders = self.page.locator(".dashboard-component-chart-holder").filter(
            has=self.page.locator("[data-test=slice-container], .slice_container")
        )
        expect(holders).to_have_count(charts)
        for holder in holders.all():
            expect(holder.locator("canvas, table tbody tr, .header-line").first).to_be_visible()
        expect(self.page.locator(".loading, [data-test=loading-indicator]")).to_have_count(0)

    def chart(self, title: str) -> Locator:
        """The chart of that title."""
        return self.page.locator(".dashboard-component-chart-holder", has_text=title)

    def table(self, title: str) -> list[list[str]]:
        """The cells that a table shows."""
        rows = self.chart(title).locator("table tbody tr").all()
        return [row.locator("td").all_text_contents() for row in rows]

    def choose(self, name: str, value: str) -> None:
        """Choose a value in the filter of that name, and apply it."""
        self.untouched = None
        number = self.page.locator("[data-test=filter-control-name]").all_text_contents().index(name)
        control = self.page.locator("[data-test=form-item-value]").nth(number)
        control.locator(".ant-select-selector").click()
        self.page.keyboard.type(value)
        self.page.locator(".ant-select-item-option", has_text=re.compile(f"^{re.escape(value)}$")).first.click()
        self.page.keyboard.press("Escape")
        self.page.locator("[data-test=filter-bar__apply-button]").click()


@contextmanager
def browsing(dashboards: Dashboards, account: str, width: int, height: int, scale: float = 1) -> Iterator[Shown]:
    """A browser that is logged in."""
    titles = {chart["id"]: chart["slice_name"] for chart in Api(dashboards, "admin").list("chart")}
    with open_page(dashboards.url, width, height, scale) as page:
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        expect.set_options(timeout=PATIENCE_MILLISECONDS)
        page.goto("/login/")
        page.locator("input#username").fill(account)
        page.locator("input#password").fill(dashboards.password(account))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/superset/welcome/**", wait_until="commit")
        yield Shown(page, titles)


def charts_in(slug: str) -> int:
    """How many charts the file of a dashboard holds."""
    return (ASSETS / "dashboards" / f"{slug.replace('-', '_')}.yaml").read_text(encoding="utf-8").count("type: CHART\n")


def stored_by(superset: Database) -> dict[str, list[dict[str, Any]]]:
    """What a Superset has stored in its own database."""
    return {
        table: superset.rows(f"SELECT (to_jsonb(t) {less})::text AS row FROM {table} AS t ORDER BY 1")
        for table, less in STORED.items()
    }
