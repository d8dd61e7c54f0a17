"""Names that are commands elsewhere go through the pipeline as names: SQL, shell, HTML, Markdown, sheets, terminal."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest
from markdown_it import MarkdownIt
from pydantic import SecretStr

from movie_assets.settings import Settings
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.tables import metadata
from movie_assets_tests.checks.refreshed import refresh
from movie_assets_tests.commands.forked import ForkedCommandLine
from movie_assets_tests.commands.processes import place_for_all
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.report.reading import ReadPage

pytestmark = pytest.mark.long

MARKDOWN = (
    "[click](javascript:alert(1))",
    "![x](http://192.0.2.1/x.png)",
    "<http://192.0.2.1/>",
    "<img src=x onerror=alert(1)>",
    "a | b || c",
    "`code` **bold** # head",
    "<script>alert(1)</script>",
)
NAMES = (
    *MARKDOWN,
    "'; DROP TABLE movies.raw_brands; --",
    "x' OR '1'='1",
    '"; DROP SCHEMA movies CASCADE; --',
    "</script><script>alert(2)</script>",
    "<!-- --> <svg/onload=alert(3)>",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://192.0.2.1","x")',
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "${{ secrets.TOKEN }}",
    "{{7*7}}",
    "{% for x in y %}",
    "%(brand)s %s %d {0} {brand}",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "../../etc/passwd",
    ":brand :name $1",
    "[bold red]x[/] [link=http://192.0.2.1]y[/link]",
    "\\N",
    "NULL",
    "nan",
)
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m"
DRIVEN = f"{ESCAPES}Film"
"""A film's title that would drive a terminal."""


@dataclass(frozen=True)
class Refreshed:
    """A warehouse full of such names, Dagster's record of how they got there, and the command line on it."""

    database: Database
    instance: dg.DagsterInstance
    command: ForkedCommandLine
    place: Path


@pytest.fixture(scope="module")
def refreshed(server: str) -> Iterator[Refreshed]:
    with (
        place_for_all() as place,
        temporary_database(server) as url,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        brands, films, home = place / "brands.csv", place / "films.jsonl", place / "home"
        with brands.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Brand", "Total", "Releases", "#1 Release", "Lifetime Gross"])
            for number, name in enumerate(NAMES):
                writer.writerow([name, 1_000_000 + number, 1, f"{name} film", 900_000])
            writer.writerow(["Driven", 5_000_000, 1, "A Plain Title", 900_000])
            writer.writerow([f"{ESCAPES}brand", 1, 1, "x", 1])
        objects = [
            {
                "id": number + 1,
                "title": f"{name} film",
                "overview": name,
                "vote_average": 9.9 if name in MARKDOWN else 5.0,
                "vote_count": 1000,
                "popularity": 1.0,
                "release_date": "2001-01-01",
                "revenue": 900_000,
                "production_companies": [{"id": 1, "name": name}],
            }
            for number, name in enumerate(NAMES)
        ]
        objects.append(
            {
                "id": 9999,
                "title": DRIVEN,
                "alternative_titles": {"titles": [{"title": "A Plain Title"}]},
                "vote_count": 9,
            }
        )
        films.write_text("\n".join(json.dumps(film) for film in objects), encoding="utf-8")
        settings = Settings(home=home, database_url=SecretStr(url), brands_csv=brands, films=films)
        assert refresh(settings, instance).success
        command = ForkedCommandLine(
            home,
            place,
            MOVIE_ASSETS_DATABASE_URL=url,
            MOVIE_ASSETS_DAGSTER_DATABASE_URL=url,
            MOVIE_ASSETS_BRANDS_CSV=brands,
            MOVIE_ASSETS_FILMS=films,
        )
        yield Refreshed(Database(url), instance, command, place)


def spoken(refreshed: Refreshed, *arguments: str) -> str:
    """What a command prints, which must not drive a terminal."""
    outcome = refreshed.command(*arguments)
    assert outcome.returncode == 0, outcome.stderr
    said = outcome.stdout + outcome.stderr
    assert [c for c in said if unicodedata.category(c) == "Cc" and c not in "\n\t"] == []
    return said


def test_names_are_stored_as_they_are_and_every_table_is_there(refreshed: Refreshed) -> None:
    for table in ("raw_brands", "brand_film_matches"):
        stored = {str(row["brand"]) for row in refreshed.database.rows(f"SELECT brand FROM movies.{table}")}
        assert stored == {*NAMES, "Driven"}
    stats = refreshed.database.rows("SELECT DISTINCT brand, top_release FROM movies.brand_stats")
    assert {(row["brand"], row["top_release"]) for row in stats} >= {(name, f"{name} film") for name in NAMES}
    for table in metadata.sorted_tables:
        assert refreshed.database.scalar("SELECT to_regclass(:name)", name=table.fullname) is not None
    (rejected,) = refreshed.database.rows("SELECT raw_text, reasons FROM movies.raw_brands_rejected")
    assert rejected["raw_text"].startswith(ESCAPES)
    assert "control characters" in rejected["reasons"][0]
    assert "\x1b" not in rejected["reasons"][0]
    titles = refreshed.database.rows("SELECT title FROM movies.normalized_movies WHERE tmdb_id = 9999")
    assert titles == [{"title": DRIVEN}]


def test_the_report_holds_them_as_text(refreshed: Refreshed) -> None:
    path = Path(spoken(refreshed, "report").strip())
    page = ReadPage(path.read_text(encoding="utf-8"))
    cells = {cell for rows in page.rows.values() for row in rows for cell in row}
    assert cells >= set(NAMES)
    assert "49" not in cells
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not set(page.tags) & {"img", "svg", "iframe", "object", "embed"}
    assert all(link.startswith("https://www.themoviedb.org/") for link in page.links.values() if ":" in link)
    # The data, the charting library and the page's own.
    assert len(page.scripts) == 3


class _Rendered(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_markdown_in_metadata_renders_them_as_text(refreshed: Refreshed) -> None:
    markdown = []
    for key in refreshed.instance.all_asset_keys():
        event = refreshed.instance.get_latest_materialization_event(key)
        assert event is not None
        assert event.asset_materialization is not None
        for label, value in event.asset_materialization.metadata.items():
            if isinstance(value, dg.MarkdownMetadataValue):
                markdown.append((key.path[-1], label, str(value.md_str)))
    assert "preview" in {label for _, label, _ in markdown}
    for asset, label, source in markdown:
        rendered = _Rendered(MarkdownIt("commonmark", {"html": True}).enable("table").render(source))
        assert not rendered.tags & {"a", "img", "script", "svg", "iframe"}, (asset, label)
        if label == "preview":
            assert rendered.tags == {"table", "thead", "tbody", "tr", "th", "td", "p"}
            for name in MARKDOWN:
                assert name in rendered.text


def test_the_terminal_shows_them_and_is_not_driven_by_them(refreshed: Refreshed) -> None:
    listing = spoken(refreshed, "run")
    assert all(name in listing for name in NAMES)
    for name in NAMES[::6]:
        assert name in spoken(refreshed, "explain", "--", name)
    assert "\\x1b]0;owned\\x07" in spoken(refreshed, "explain", "Driven")
    spoken(refreshed, "review", "--list")
    spoken(refreshed, "status")


def test_the_shell_ran_nothing(refreshed: Refreshed) -> None:
    assert not (refreshed.place / "pwned").exists()
    assert not Path("pwned").exists()


def test_exports_hold_them_as_they_are(refreshed: Refreshed, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(refreshed.command("export", "raw_brands").stdout)))
    assert {row["brand"] for row in rows} == {*NAMES, "Driven"}
    objects = json.loads(refreshed.command("export", "raw_brands", "--format", "json").stdout)
    assert {row["brand"] for row in objects} == {*NAMES, "Driven"}
    path = tmp_path / "brands.parquet"
    assert refreshed.command("export", "raw_brands", "--format", "parquet", "--output", path).returncode == 0
    assert set(pd.read_parquet(path)["brand"]) == {*NAMES, "Driven"}
    spoken(refreshed, "export", "--all", "--output", str(tmp_path / "all"))


def test_no_cell_of_a_sheet_is_run(refreshed: Refreshed) -> None:
    for table in ("raw_brands", "brand_film_matches", "brand_stats"):
        text = refreshed.command("export", table, "--safe-for-spreadsheets").stdout
        cells = [row[column] for row in csv.DictReader(io.StringIO(text)) for column in ("brand", "top_release")]
        assert len(cells) >= 2 * len(NAMES)
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))] == []
        assert {cell.removeprefix("'") for cell in cells} >= {name.removeprefix("'") for name in NAMES}
