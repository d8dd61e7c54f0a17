"""Time and memory of matching many titles against a large catalogue.

    python -m benchmarks.matching_scale --titles 10000 --films 1000000 --json matching-scale.json

Films are made up, the same for every run: titles of two or three words from a vocabulary of 20,000, so that one in
seven is shared, with grosses and ratings as unevenly spread as TMDB's. Nine in ten of the titles to match are those of
films, some of them damaged; the others name no film and are compared by likeness. Storing the films is reported and is
not part of matching.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import logging
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.catalogue import store_films
from benchmarks.measuring import Measured, measured
from movie_assets.matching.model import TopRelease
from movie_assets.matching.releases import match_releases
from movie_assets.tmdb.films import FILM_DTYPES, films_frame
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer

_SYLLABLES = [c + v for c in "bcdfghjklmnprstvz" for v in "aeiou"]
_VOCABULARY = 20_000
_SLICE = 50_000
_RATIO_LOG, _RATIO_SD = 0.71, 0.29


def vocabulary(random: np.random.Generator) -> list[str]:
    """Words of two or three syllables, each once."""
    words: dict[str, None] = {}
    while len(words) < _VOCABULARY:
        syllables = random.integers(0, len(_SYLLABLES), random.integers(2, 4))
        words["".join(_SYLLABLES[at] for at in syllables).capitalize()] = None
    return list(words)


def film_slices(films: int) -> Iterator[pd.DataFrame]:
    """Frames of raw_tmdb_movies."""
    random = np.random.default_rng(1)
    words = vocabulary(random)
    for first in range(0, films, _SLICE):
        rows = min(_SLICE, films - first)
        # Common words are far commoner than rare ones.
        at = (random.random((rows, 3)) ** 3 * len(words)).astype(int)
        long = random.random(rows) < 0.7
        titles = [
            f"{words[a]} {words[b]}" + (f" {words[c]}" if more else "")
            for (a, b, c), more in zip(at, long, strict=True)
        ]
        known = random.random(rows) < 0.05
        revenue = np.where(known, 10 ** random.uniform(6, 9.2, rows), 0).astype(int)
        votes = np.where(known, revenue / 60_000 * random.lognormal(0, 0.7, rows), random.pareto(0.7, rows)).astype(int)
        frame = films_frame([]).reindex(range(rows)).astype(dict(FILM_DTYPES))
        yield frame.assign(
            tmdb_id=pd.array(range(first + 1, first + rows + 1), dtype="Int64"),
            title=pd.array(titles, dtype="string"),
            original_title=pd.array(titles, dtype="string"),
            original_language=pd.array(["en"] * rows, dtype="string"),
            release_date=pd.array([f"{year}-06-15" for year in random.integers(1950, 2026, rows)], dtype="string"),
            status=pd.array(["Released"] * rows, dtype="string"),
            revenue_usd=pd.array(revenue, dtype="Int64"),
            vote_count=pd.array(np.minimum(votes, 40_000), dtype="Int64"),
            origin=pd.array(["file"] * rows, dtype="string"),
        )


def releases(films: int, titles: int) -> tuple[list[TopRelease], dict[str, int]]:
    """Titles to match, and the film of each that has one."""
    random = np.random.default_rng(2)
    truth: dict[str, int] = {}
    found: list[TopRelease] = []
    wanted = titles * 9 // 10
    for frame in film_slices(films):
        hits = frame[frame["revenue_usd"] > 0]
        for tmdb_id, title, revenue in zip(hits["tmdb_id"], hits["title"], hits["revenue_usd"], strict=True):
            if len(found) < wanted and random.random() < 2 * wanted / (0.05 * films):
                gross = round(revenue / np.exp(random.normal(_RATIO_LOG, _RATIO_SD)))
                form = (title, title.upper(), f"{title} (3D)", title.replace(" ", "  "))[len(found) % 4]
                brand = f"brand {len(found)}"
                truth[brand] = int(tmdb_id)
                found.append(TopRelease(brand, form, gross))
    nameless = [
        TopRelease(f"nameless {n}", f"Qu{n}x Xy{n * 7}zzq Wx{n % 97}", 50_000_000) for n in range(titles - len(found))
    ]
    return [*found, *nameless], truth


def match(url: str, prepared: tuple[list[TopRelease], dict[str, int]]) -> dict[str, int]:
    """Candidates and decisions; how many of each kind, and how many films were right and wrong."""
    wanted, truth = prepared
    matching = match_releases(Database(url), wanted, today=dt.date(2026, 1, 1))
    counts = Counter(str(one.status) for one in matching.matches)
    found = [(one.brand, one.tmdb_id) for one in matching.matches if one.tmdb_id is not None]
    right = sum(truth.get(brand) == tmdb_id for brand, tmdb_id in found)
    candidates = sum(map(len, matching.candidates.values()))
    return {**counts, "candidates": candidates, "right": right, "wrong": len(found) - right}


def run(films: int, titles: int) -> dict[str, Any]:
    """Store the films, then match in a process of its own."""
    directory = Path(tempfile.mkdtemp(prefix="movie-assets-bench-"))
    directory.chmod(0o755)
    try:
        with EmbeddedServer(directory / "home") as server:
            url = server.dsn("movie_assets")
            started = time.perf_counter()
            store_films(Database(url), film_slices(films))
            stored = time.perf_counter() - started
            done: Measured = measured(partial(releases, films, titles), partial(match, url))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return {
        "films": films,
        "titles": titles,
        "cores": os.cpu_count(),
        "storing_seconds": round(stored, 1),
        "matching_seconds": round(done.seconds, 1),
        "matching_extra_mb": round(done.extra_mb),
        **done.value,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=1_000_000)
    parser.add_argument("--titles", type=int, default=10_000)
    parser.add_argument("--json", type=Path, help="file to write the results to")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    results = run(arguments.films, arguments.titles)
    logging.info("%s", json.dumps(results, indent=1))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
