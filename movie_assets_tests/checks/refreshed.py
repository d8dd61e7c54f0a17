"""Refreshes of a real platform, and how its tables are damaged by hand and brought back."""

from __future__ import annotations

import gzip
from collections.abc import Collection, Sequence
from pathlib import Path

import dagster as dg
from pydantic import SecretStr
from sqlalchemy import text

from movie_assets.definitions import build_definitions
from movie_assets.settings import PROJECT_ROOT, Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.tables import metadata

BRANDS = PROJECT_ROOT / "data" / "brands.csv"
FILMS = PROJECT_ROOT / "data" / "sample_films.jsonl.gz"
TABLES = {table.name: table for table in metadata.sorted_tables}


def platform(url: str, directory: Path, *, brands: Path = BRANDS, films: Path = FILMS) -> Settings:
    """Settings that owe nothing to the machine's environment."""
    return Settings(
        home=directory / "home",
        database_url=SecretStr(url),
        dagster_database_url=SecretStr(url),
        brands_csv=brands,
        films=films,
        tmdb_api_token=None,
        tmdb_api_key=None,
    )


def refresh(settings: Settings, instance: dg.DagsterInstance, *, job: str = "refresh") -> dg.ExecuteInProcessResult:
    """One real run of a job on the database of `settings`."""
    warehouse = Warehouse(settings)
    try:
        definitions = build_definitions(settings=settings, warehouse=warehouse)
        return definitions.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False)
    finally:
        warehouse.close()


def bundled_brands(path: Path, *, most: int | None = None) -> Path:
    """A brand file of the bundled brands, or of the first few."""
    lines = BRANDS.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines if most is None else lines[: most + 1]) + "\n", encoding="utf-8")
    return path


def films_file(path: Path, *, most: int | None = None, more: Sequence[str] = ()) -> Path:
    """A film file of the first bundled films, and lines of JSON behind them."""
    with gzip.open(FILMS, "rt", encoding="utf-8") as file:
        lines = file.read().splitlines()
    path.write_text("\n".join([*lines[:most], *more]) + "\n", encoding="utf-8")
    return path


def execute(database: Database, *statements: str) -> None:
    """Change stored tables by hand."""
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def keep(database: Database) -> None:
    """Remember every published table as it is, for `restore`."""
    execute(
        database,
        "CREATE SCHEMA kept",
        *(
            f"CREATE TABLE kept.{name} (LIKE movies.{name} INCLUDING ALL); INSERT INTO kept.{name} TABLE movies.{name}"
            for name in TABLES
        ),
    )


def restore(database: Database, names: Collection[str]) -> None:
    """Bring tables back to what `keep` remembers, keys and constraints included."""
    execute(
        database,
        "SET LOCAL synchronous_commit = off",
        *(
            f"DROP TABLE movies.{name}; CREATE TABLE movies.{name} (LIKE kept.{name} INCLUDING ALL);"
            f" INSERT INTO movies.{name} TABLE kept.{name}"
            for name in names
        ),
    )
