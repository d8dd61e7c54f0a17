"""Publishing and reading against the usual ways, on the same rows and the same server, in one run.

    python -m benchmarks.warehouse --rows 1000000 --json warehouse.json

Every way starts from the same pandas frame in memory and ends with committed rows in a table with raw_tmdb_movies'
columns and key; psql starts from a CSV file that is already written. Reading ends with a pandas frame.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa
from sqlalchemy import create_engine, make_url, text

from benchmarks.films import films
from benchmarks.measuring import Measured, measured
from movie_assets.warehouse.arrow import record_batches
from movie_assets.warehouse.column_types import arrow_schema
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer
from movie_assets.warehouse.evolution import ensure_table
from movie_assets.warehouse.publishing import ensure_schema, publish
from movie_assets.warehouse.reading import read
from movie_assets.warehouse.staging import Frames
from movie_assets.warehouse.tables import metadata

FILMS = metadata.tables["movies.raw_tmdb_movies"]
STREAM_SLICE = 50_000
WAYS = ("psql", "ours", "stream", "psycopg", "dlt", "to_sql")


def changed_one_percent(frame: pd.DataFrame) -> pd.DataFrame:
    """The same films with a new popularity in every hundredth row."""
    changed = frame.copy(deep=False)
    popularity = changed["popularity"].copy()
    popularity.iloc[::100] += 1.0
    return changed.assign(popularity=popularity)


def publish_frame(url: str, frame: pd.DataFrame) -> dict[str, int]:
    done = publish(Database(url), FILMS, frame)
    return {"inserted": done.inserted, "updated": done.updated, "unchanged": done.unchanged}


def publish_stream(url: str, rows: int, _: None) -> int:
    slices = (films(min(STREAM_SLICE, rows - start), first_id=start + 1) for start in range(0, rows, STREAM_SLICE))
    return publish(Database(url), FILMS, Frames(slices)).inserted


def psql_copy(url: str, csv: Path, _: None) -> None:
    command = f"\\copy movies.{FILMS.name} FROM '{csv}' WITH (FORMAT csv)"
    subprocess.run([_psql(), url, "--quiet", "--set=ON_ERROR_STOP=1", "--command", command], check=True)


def psycopg_copy(url: str, frame: pd.DataFrame) -> None:
    plain = frame.astype(object).where(frame.notna(), None)
    statement = f"COPY {FILMS.fullname} FROM STDIN"
    with psycopg.connect(url) as connection, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in plain.itertuples(index=False):
            copy.write_row(row)


def to_sql(url: str, frame: pd.DataFrame) -> None:
    engine = create_engine(Database(url).url)
    plain = frame.astype(object).where(frame.notna(), None)
    plain.to_sql(FILMS.name, engine, schema="movies", if_exists="append", index=False, chunksize=50_000)


def flat_arrow(frame: Path) -> pa.Table:
    """The rows as dlt can write them: Arrow, lists as text."""
    batches = record_batches(pd.read_pickle(frame), FILMS)  # noqa: S301 - this run has written it
    rows = pa.Table.from_batches(batches, schema=arrow_schema(FILMS))
    for place, field in enumerate(rows.schema):
        if pa.types.is_list(field.type):
            texts = [None if value is None else json.dumps(value) for value in rows[field.name].to_pylist()]
            rows = rows.set_column(place, field.name, pa.array(texts, pa.string()))
    return rows


def dlt_load(url: str, directory: str, rows: pa.Table) -> None:
    os.environ.update({"DLT_DATA_DIR": directory, "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"})
    import dlt  # noqa: PLC0415 - takes seconds, and only this process needs it

    # dlt wants a host and a password; libpq prefers the address's own host, a socket that asks for none.
    address = make_url(url).set(host="localhost", password="none")  # noqa: S106
    pipeline = dlt.pipeline(
        "films",
        destination=dlt.destinations.postgres(address.render_as_string(hide_password=False)),
        dataset_name="dlt_films",
        pipelines_dir=directory,
    )
    pipeline.run(rows, table_name=FILMS.name, write_disposition="replace", primary_key="tmdb_id").raise_on_failed_jobs()


def read_ours(url: str, _: None) -> int:
    return len(read(Database(url), FILMS))


def read_sql(url: str, _: None) -> int:
    return len(pd.read_sql(f"SELECT * FROM movies.{FILMS.name}", create_engine(Database(url).url)))


def nothing() -> None:
    """There is nothing to prepare."""


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """The frame as PostgreSQL's CSV, lists as array literals."""
    flat = frame.copy(deep=False)
    for column in FILMS.columns:
        if frame[column.name].map(lambda value: isinstance(value, list)).any():
            flat[column.name] = [_array(value) for value in frame[column.name]]
    flat.to_csv(path, index=False, header=False)


def _array(values: list[Any] | None) -> str | None:
    if values is None:
        return None
    quoted = ",".join(json.dumps(v, ensure_ascii=False) if isinstance(v, str) else str(v) for v in values)
    return f"{{{quoted}}}"


def _psql() -> str:
    from movie_assets.cli import _psql as bundled  # noqa: PLC0415

    return bundled()


def dropped(database: Database) -> str:
    """No table yet, as before the very first publication."""
    ensure_schema(database)
    with database.engine.begin() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {FILMS.fullname}"))
    return database.libpq_uri


def create(database: Database) -> str:
    """An empty table with raw_tmdb_movies' columns, key and rules."""
    dropped(database)
    with database.adbc() as connection, connection.cursor() as cursor:
        ensure_table(cursor, FILMS)
        connection.commit()
    return database.libpq_uri


def equal_cell_by_cell(database: Database, frame: pd.DataFrame) -> bool:
    """Whether what was published reads back exactly."""
    back = read(database, FILMS, ordered=True)
    for column in frame.columns:
        expected = frame[column].reset_index(drop=True)
        if expected.dtype == object:
            if list(expected) != list(back[column]):
                return False
        elif not expected.astype(back[column].dtype).equals(back[column]):
            return False
    return True


def run(rows: int, repeat: int, stream_rows: int, ways: set[str]) -> dict[str, Any]:
    """Everything measured on one embedded server; medians of `repeat` runs."""
    directory = Path(tempfile.mkdtemp(prefix="movie-assets-bench-"))
    directory.chmod(0o755)
    results: dict[str, Measured] = {}

    def note(way: str, once: Callable[[], Measured], times: int = repeat) -> None:
        if ways and way.split(":", maxsplit=1)[0] not in ways:
            return
        runs = [once() for _ in range(times)]
        median = statistics.median(run.seconds for run in runs)
        results[way] = Measured(
            median, max(run.extra_mb for run in runs), max(run.peak_mb for run in runs), runs[-1].value
        )
        logging.info("%-32s %8.2f s %8.0f MB", way, median, results[way].extra_mb)

    try:
        server = EmbeddedServer(directory / "home")
        server.acquire(databases=WAYS)
        try:
            url = {way: server.dsn(way) for way in WAYS}
            ours = Database(url["ours"])
            frame = films(rows)
            csv, same, changed = (directory / name for name in ("films.csv", "same.pickle", "changed.pickle"))
            write_csv(frame, csv)
            # Each measured process takes its rows from here: making them would take longer than most of the work.
            frame.to_pickle(same)
            changed_one_percent(frame).to_pickle(changed)
            make, alter = partial(pd.read_pickle, same), partial(pd.read_pickle, changed)

            def into_table(way: str) -> str:
                return create(Database(url[way]))

            def into_nothing(way: str) -> str:
                return dropped(Database(url[way]))

            note("psql:\\copy csv", lambda: measured(nothing, partial(psql_copy, into_table("psql"), csv)))
            note("ours:first publish", lambda: measured(make, partial(publish_frame, into_nothing("ours"))))
            note("ours:first, empty table", lambda: measured(make, partial(publish_frame, into_table("ours"))))
            if not ways or "ours" in ways:
                assert equal_cell_by_cell(ours, frame), "what was read differs from what was published"
            del frame
            note("ours:unchanged", lambda: measured(make, partial(publish_frame, url["ours"])))
            note("ours:1% changed", lambda: _alternating(url["ours"], make, alter))
            note("read_ours:read", lambda: measured(nothing, partial(read_ours, url["ours"])))
            note("read_sql:pd.read_sql", lambda: measured(nothing, partial(read_sql, url["ours"])))
            for size in [rows, *([stream_rows] if stream_rows else [])]:
                work = partial(publish_stream, into_nothing("stream"), size)
                note(_stream(size), lambda work=work: measured(nothing, work), 1)
            note("psycopg:COPY by rows", lambda: measured(make, partial(psycopg_copy, into_table("psycopg"))), 1)
            note(
                "dlt:arrow",
                lambda: measured(partial(flat_arrow, same), partial(dlt_load, url["dlt"], str(directory / "dlt"))),
                1,
            )
            note("to_sql:pandas to_sql", lambda: measured(make, partial(to_sql, into_table("to_sql"))), 1)
        finally:
            server.release()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    yardstick = results.get("psql:\\copy csv")

    def ratio(slower: str, quicker: str, what: Callable[[Measured], float] = lambda found: found.seconds) -> Any:
        known = slower in results and quicker in results
        return round(what(results[slower]) / what(results[quicker]), 2) if known else None

    return {
        "rows": rows,
        "repeat": repeat,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "ratios": {
            "first publish / copy": ratio("ours:first publish", "psql:\\copy csv"),
            "1% changed / copy": ratio("ours:1% changed", "psql:\\copy csv"),
            "to_sql / first publish": ratio("to_sql:pandas to_sql", "ours:first publish"),
            "dlt / first publish": ratio("dlt:arrow", "ours:first publish"),
            "pd.read_sql / read": ratio("read_sql:pd.read_sql", "read_ours:read"),
            "read / pd.read_sql, memory": ratio("read_ours:read", "read_sql:pd.read_sql", lambda found: found.extra_mb),
        },
        "results": {
            way: {
                "seconds": round(result.seconds, 2),
                "rows_per_second": round((stream_rows if way == _stream(stream_rows) else rows) / result.seconds),
                "against_copy": round(result.seconds / yardstick.seconds, 2) if yardstick else None,
                "extra_mb": round(result.extra_mb),
            }
            for way, result in results.items()
        },
    }


def _stream(rows: int) -> str:
    return f"stream:{rows:,} rows"


def _alternating(url: str, make: Callable[[], pd.DataFrame], alter: Callable[[], pd.DataFrame]) -> Measured:
    publish(Database(url), FILMS, make())
    return measured(alter, partial(publish_frame, url))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--stream-rows", type=int, default=0, help="also stream so many rows, for flat memory")
    parser.add_argument("--ways", default="", help="only these, by the word before the colon, separated by commas")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    found = run(given.rows, given.repeat, given.stream_rows, {way for way in given.ways.split(",") if way})
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
