"""Made-up films with every column of raw_tmdb_movies filled as TMDB fills them, the same for every run."""

from __future__ import annotations

import numpy as np
import pandas as pd

_WORDS = ["Night", "River", "Last", "Paper", "Golden", "Silent", "House", "Summer", "Shadow", "Letter", "Été", "Ночь"]
_GENRES = [(18, "Drama"), (35, "Comedy"), (28, "Action"), (53, "Thriller"), (27, "Horror"), (10749, "Romance")]


def films(rows: int, *, first_id: int = 1) -> pd.DataFrame:
    """`rows` films with ids from `first_id`, typed like the frames of `tmdb.films`."""
    random = np.random.default_rng(first_id)
    number = np.arange(first_id, first_id + rows)
    words = random.integers(0, len(_WORDS), (rows, 3))
    title = [f"{_WORDS[a]} {_WORDS[b]} {n}" for (a, b, _), n in zip(words, number, strict=True)]
    genre = random.integers(0, len(_GENRES), (rows, 2))
    known = random.random(rows) < 0.4
    companies = random.integers(1, 200_000, rows)
    return pd.DataFrame(
        {
            "tmdb_id": pd.array(number, dtype="Int64"),
            "imdb_id": pd.array([f"tt{n:07d}" for n in number], dtype="string"),
            "title": pd.array(title, dtype="string"),
            "original_title": pd.array(title, dtype="string"),
            "original_language": pd.array(np.where(words[:, 2] < 8, "en", "ru"), dtype="string"),
            "overview": pd.array(
                [f"{_WORDS[c]} meets {_WORDS[a]}, and a {_WORDS[b]} changes everything. " * 3 for a, b, c in words],
                dtype="string",
            ),
            "release_date": pd.array(
                [f"{1950 + n % 75}-{1 + n % 12:02d}-{1 + n % 28:02d}" for n in number], dtype="string"
            ),
            "status": pd.array(["Released"] * rows, dtype="string"),
            "adult": pd.array(np.zeros(rows, dtype=bool), dtype="boolean"),
            "video": pd.array(words[:, 0] == 0, dtype="boolean"),
            "runtime_minutes": pd.array(random.integers(0, 200, rows), dtype="Int64"),
            "budget_usd": pd.array(np.where(known, random.integers(0, 10**8, rows), 0), dtype="Int64"),
            "revenue_usd": pd.Series(np.where(known, random.integers(0, 10**9, rows), 0), dtype="Int64").where(
                words[:, 1] > 0
            ),
            "popularity": pd.array(random.random(rows) * 20, dtype="Float64"),
            "vote_average": pd.array(np.round(random.random(rows) * 10, 3), dtype="Float64"),
            "vote_count": pd.array(random.integers(0, 5000, rows), dtype="Int64"),
            "genre_ids": [[_GENRES[a][0], _GENRES[b][0]] for a, b in genre],
            "genres": [[_GENRES[a][1], _GENRES[b][1]] for a, b in genre],
            "production_company_ids": [[int(c)] for c in companies],
            "production_companies": [[f"Company {c}"] for c in companies],
            "keyword_ids": [[int(c), 7] if k else None for c, k in zip(companies, known, strict=True)],
            "keywords": [["based on novel", "sequel"] if k else None for k in known],
            "alternative_titles": [[t.upper()] if k else [] for t, k in zip(title, known, strict=True)],
            "origin": pd.array(["file"] * rows, dtype="string"),
            "fetched_at": pd.Series([pd.Timestamp("2026-01-01T00:00:00Z")] * rows, dtype="datetime64[us, UTC]"),
        }
    )
