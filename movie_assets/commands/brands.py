"""Brands by the name that a person types, with the decision on each."""

from __future__ import annotations

import difflib
from typing import Any

from movie_assets.errors import MovieAssetsError
from movie_assets.matching.titles import plain_key
from movie_assets.warehouse.database import Database

_MATCHES = "SELECT * FROM movies.brand_film_matches ORDER BY brand"
_SUGGESTED = 3


def decisions(database: Database) -> list[dict[str, Any]]:
    """The rows of brand_film_matches, by brand.

    Raises MovieAssetsError when nothing was matched yet.
    """
    if database.scalar("SELECT to_regclass('movies.brand_film_matches')") is None:
        raise MovieAssetsError("No brand was matched yet. Refresh first: `movie-assets run`.")
    return database.rows(_MATCHES)


def decision_on(database: Database, brand: str) -> dict[str, Any]:
    """The row of brand_film_matches of the brand that is meant, whatever its case, accents and signs.

    Raises MovieAssetsError, with the most similar names, when there is no such brand or several are.
    """
    rows = decisions(database)
    exact = [row for row in rows if row["brand"] == brand]
    meant = exact or [row for row in rows if plain_key(row["brand"]) == plain_key(brand)]
    if len(meant) == 1:
        return meant[0]
    names = [row["brand"] for row in meant or rows]
    close = names if meant else difflib.get_close_matches(brand, names, _SUGGESTED, cutoff=0.5)
    hint = f" Is it {' or '.join(close)}?" if close else " `movie-assets run` prints all of them."
    raise MovieAssetsError(f"There is no brand {brand}.{hint}")
