"""The whole graph, from a file of films to brand_stats_history, with the seconds of each asset and the memory of all.

    python -m benchmarks.graph --films 1000000 --json graph.json

The films are the bundled ones and made-up ones with every column filled; two in a thousand of those were made by a
company that a bundled rule names. Memory is that of our process and of PostgreSQL's together, shared pages once.

In the same run, for comparison, pandas alone reads the same file, matches by title in lower case and computes mean,
sum and median for each brand's match, as a script would: no types checked, nothing stored, no filmographies.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil

from benchmarks.matching_scale import vocabulary
from benchmarks.measuring import Measured, measured
from movie_assets.commands.refresh import Progress, refresh
from movie_assets.settings import PROJECT_ROOT, Settings
from movie_assets.tmdb.rules import read_brand_rules
from movie_assets.warehouse.connection import Warehouse

BRANDS = PROJECT_ROOT / "data" / "brands.csv"
SAMPLE = PROJECT_ROOT / "data" / "sample_films.jsonl.gz"
RULES = PROJECT_ROOT / "data" / "brand_rules.csv"
FIRST_ID = 100_000_000
OF_A_BRAND = 0.002
LETTERS_ONLY = 73
"""Per cent of titles that are plain letters and spaces: so many of 88,000 titles at TMDB."""

_GENRES = [(18, "Drama"), (35, "Comedy"), (28, "Action"), (53, "Thriller"), (27, "Horror"), (10749, "Romance")]


def write_films(path: Path, count: int) -> None:
    """A film file of `count` objects with the details that TMDB gives; the bundled films come first."""
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file, gzip.open(SAMPLE, "rt") as sample:
        bundled = sample.read().splitlines()[:count]
        file.write("\n".join(bundled) + "\n")
        for film in made_up(count - len(bundled)):
            file.write(json.dumps(film, ensure_ascii=False, separators=(",", ":")) + "\n")


def made_up(count: int) -> Iterator[dict[str, Any]]:
    """Films with every key filled, the same for every run."""
    random = np.random.default_rng(6)
    companies = [(company.id, company.name) for rule in read_brand_rules(RULES) for company in rule.companies]
    vocabulary_ = vocabulary(random)
    words = (random.random((count, 3)) ** 3 * len(vocabulary_)).astype(int)
    known = random.random(count) < 0.05
    branded = random.random(count) < OF_A_BRAND
    votes = random.pareto(0.7, count).astype(int) % 30_000
    for at in range(count):
        a, b, c = words[at]
        number = FIRST_ID + at
        title = " ".join(vocabulary_[word] for word in (a, b, c)[: 2 + at % 2])
        if branded[at] or at % 100 >= LETTERS_ONLY:
            title += (f": {vocabulary_[c]} {vocabulary_[a]}", f" {at % 9}", f"'s {vocabulary_[b]}", " é")[at % 4]
        company = companies[at % len(companies)] if branded[at] else (200_000 + at % 50_000, f"Company {at % 50_000}")
        yield {
            "id": number,
            "imdb_id": f"tt{number}",
            "title": title,
            "original_title": title,
            "original_language": "fr" if at % 6 == 0 else "en",
            "overview": f"{vocabulary_[c]} meets {vocabulary_[a]}, and a {vocabulary_[b]} changes everything. " * 3,
            "release_date": f"{1950 + at % 75}-{1 + at % 12:02d}-{1 + at % 28:02d}",
            "status": "Released",
            "adult": False,
            "video": at % 12 == 0,
            "runtime": int(40 + at % 120),
            "budget": int(at % 90_000_000) if known[at] else 0,
            "revenue": int(at * 7 % 900_000_000) if known[at] else 0,
            "popularity": float(at % 9_973) / 100,
            "vote_average": float(at % 97) / 10 if votes[at] else 0.0,
            "vote_count": int(votes[at]),
            "genres": [{"id": _GENRES[g % 6][0], "name": _GENRES[g % 6][1]} for g in (a, b)],
            "production_companies": [{"id": company[0], "name": company[1]}],
            "keywords": {"keywords": [{"id": int(1 + at % 5_000), "name": f"keyword {at % 5_000}"}]},
            "fetched_at": "2026-01-01T00:00:00Z",
        }


def refresh_everything(home: Path, films: Path, _: None) -> dict[str, Any]:
    """One refresh of everything on an empty home; the seconds of each step and the highest memory."""
    settings = Settings(home=home, films=films, brands_csv=BRANDS, brand_rules=RULES, tmdb_api_token=None)
    started: dict[str, float] = {}
    seconds: dict[str, float] = {}
    warehouse = Warehouse(settings)
    done = threading.Event()
    peak = [0.0]
    watcher = threading.Thread(target=_watch_memory, args=(home, done, peak), daemon=True)
    watcher.start()
    try:
        outcome = refresh(
            settings,
            warehouse,
            Progress(
                steps=lambda _: None,
                started=lambda step: started.__setitem__(step, time.perf_counter()),
                finished=lambda step: seconds.__setitem__(step, time.perf_counter() - started[step]),
            ),
        )
        rows = {
            name: warehouse.database.scalar(f"SELECT count(*) FROM movies.{name}")
            for name in ("normalized_movies", "brand_films", "brand_stats", "brand_stats_history", "brand_comparison")
        }
    finally:
        done.set()
        watcher.join()
        warehouse.close()
    if not outcome.succeeded:
        raise RuntimeError(f"the refresh failed: {outcome.failures}")
    return {"steps": {step: round(value, 2) for step, value in seconds.items()}, "rows": rows, "peak_mb": peak[0]}


def _watch_memory(home: Path, done: threading.Event, peak: list[float]) -> None:
    """The highest sum of proportional set sizes of this process and of PostgreSQL's, every half second."""
    ours = psutil.Process()
    while not done.wait(0.5):
        total = 0
        for process in (ours, *_servers(home)):
            try:
                total += process.memory_full_info().pss
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        peak[0] = max(peak[0], total / 1e6)


def _servers(home: Path) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "postgres" and any(str(home) in part for part in process.info["cmdline"] or ()):
            found += [process, *process.children(recursive=True)]
    return found


def by_pandas(films: Path, _: None) -> int:
    """What a script does: read, match by title, take the most voted, aggregate."""
    frame = pd.read_json(films, lines=True, compression="gzip")
    frame = frame.drop_duplicates("id").assign(key=frame["title"].str.lower().str.strip())
    brands = pd.read_csv(BRANDS)
    joined = brands.assign(key=brands["#1 Release"].str.lower().str.strip()).merge(frame, on="key", how="left")
    best = joined.sort_values("vote_count", ascending=False).drop_duplicates("Brand")
    stats = best.groupby("Brand").agg({"vote_average": "mean", "vote_count": ["sum", "median"], "popularity": "mean"})
    return len(stats)


def run(count: int) -> dict[str, Any]:
    """Both on the same file."""
    directory = Path(tempfile.mkdtemp(prefix="movie-assets-bench-"))
    directory.chmod(0o755)
    try:
        films = directory / "films.jsonl.gz"
        write_films(films, count)
        ours: Measured = measured(_nothing, partial(refresh_everything, directory / "home", films))
        peer: Measured = measured(_nothing, partial(by_pandas, films))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return {
        "films": count,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "seconds": round(ours.seconds, 1),
        "process_peak_mb": round(ours.peak_mb),
        "peak_mb": round(ours.value["peak_mb"]),
        "steps": ours.value["steps"],
        "rows": ours.value["rows"],
        "pandas_seconds": round(peer.seconds, 1),
        "pandas_peak_mb": round(peer.peak_mb),
        "ratio_to_pandas": round(ours.seconds / peer.seconds, 2),
    }


def _nothing() -> None:
    return None


def main() -> None:
    """Run it and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = run(options.films)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    print(f"{found['films']:,} films, 45 brands, {found['cores']} cores")
    for step, seconds in sorted(found["steps"].items(), key=lambda entry: -entry[1]):
        print(f"  {step:36} {seconds:7.2f} s")
    print(f"everything: {found['seconds']} s, {found['peak_mb']:,} MB with PostgreSQL, rows {found['rows']}")
    print(
        f"pandas, reading and matching by title only: {found['pandas_seconds']} s, {found['pandas_peak_mb']:,} MB;"
        f" ratio {found['ratio_to_pandas']}"
    )


if __name__ == "__main__":
    main()
