"""Small published tables for the report: brands with the figures that a test gives them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pandas as pd
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Double, Table

from movie_assets.report import TABLES
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.publishing import publish
from movie_assets.warehouse.tables import metadata

FETCHED = dt.datetime(2025, 5, 1, tzinfo=dt.UTC)
REPLICATES = 2_000

Row = dict[str, Any]


class Tables:
    """The rows of the tables that the report reads; columns that a row does not name are empty."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = defaultdict(list)

    def add(self, table: str, **values: object) -> None:
        """One row."""
        self._rows[table].append(values)

    def brand(
        self,
        brand: str,
        *,
        total: int = 1_000,
        matched: bool = True,
        filmography: Mapping[str, object] | None = None,
        **top_release: object,
    ) -> None:
        """A brand with its decision, its #1 release's figures, and those of its films if it has any."""
        status = "matched" if matched else "review"
        shared = {
            "brand": brand,
            "total_gross_usd": total,
            "releases": 10,
            "top_release": f"Best of {brand}",
            "top_release_gross_usd": 400,
            "top_release_share": 0.4,
            "match_status": status,
            "fetched_from": FETCHED,
            "fetched_to": FETCHED,
        }
        self.add("brand_stats", scope="top_release", **(shared | top_release))
        number = len(self._rows["brand_film_matches"]) + 1
        film = {"tmdb_id": number, "title": f"Best of {brand}", "release_year": 1999, "method": "title"}
        self.add(
            "brand_film_matches",
            brand=brand,
            top_release=f"Best of {brand}",
            top_release_gross_usd=400,
            status=status,
            reason="decided" if matched else "two films are equally likely",
            n_candidates=2,
            **(film if matched else {}),
        )
        if filmography is not None:
            self.add("brand_stats", scope="filmography", **(shared | {"films": 8, "coverage": 0.8} | dict(filmography)))
            self.add("brand_films", brand=brand, tmdb_id=number, reason="top_release", title=f"Best of {brand}")

    def ranked(
        self, brand: str, rank: int, rating: float, *, total: int = 1_000, of: int = 3, **figures: object
    ) -> None:
        """A brand with enough films for intervals, the same rank by each measure."""
        interval: Row = {
            "rated_films": 8,
            "vote_average_mean": rating,
            "vote_average_low": rating - 0.25,
            "vote_average_high": rating + 0.25,
            "vote_count_median": 900.5,
            "vote_count_low": 0.0,
            "vote_count_high": 1_200.0,
            "popularity_films": 7,
            "popularity_percentile_mean": rating / 10,
            "popularity_percentile_low": rating / 10 - 0.1,
            "popularity_percentile_high": rating / 10 + 0.1,
        }
        for measure in ("rating", "votes", "popularity"):
            interval |= {f"{measure}_rank": rank, f"{measure}_rank_low": 1, f"{measure}_rank_high": of}
        self.brand(brand, total=total, filmography=interval | figures)
        self.add(
            "brand_intervals",
            brand=brand,
            measure="rating",
            films=8,
            estimate=rating,
            low=rating - 0.25,
            high=rating + 0.25,
            rank_low=1,
            rank_high=of,
            ranked_brands=of,
            replicates=REPLICATES,
        )

    def pair(self, brand: str, other: str, difference: float | None, low: float | None, high: float | None) -> None:
        """The comparison of two brands' ratings, in both orders, and the one film that they share."""
        verdict = None if low is None or high is None else "higher" if low > 0 else "lower" if high < 0 else "undecided"
        mirrored = {"higher": "lower", "lower": "higher"}
        values = {"shared_films": 1, "rated_films": 8, "other_rated_films": 6, "films": 8, "other_films": 6}
        self.add(
            "brand_comparison",
            brand=brand,
            other_brand=other,
            rating_difference=difference,
            rating_low=low,
            rating_high=high,
            rating_verdict=verdict,
            **values,
        )
        self.add(
            "brand_comparison",
            brand=other,
            other_brand=brand,
            rating_difference=None if difference is None else -difference,
            rating_low=None if high is None else -high,
            rating_high=None if low is None else -low,
            rating_verdict=mirrored.get(verdict or "", verdict),
            **values,
        )
        for one, another, share in ((brand, other, 0.125), (other, brand, 0.25)):
            self.add(
                "brand_overlaps",
                brand=one,
                other_brand=another,
                shared_films=1,
                share_of_brand=share,
                tmdb_ids=[77],
                titles=["Shared"],
            )

    def candidate(self, brand: str, rank: int, title: str) -> None:
        """A film that could be the brand's #1 release; the better its rank, the more points it has."""
        fixed = {"key_tier": 1, "brand_verdict": "none"}
        self.add(
            "brand_film_candidates", brand=brand, tmdb_id=100 + rank, title=title, rank=rank, score=5.0 - rank, **fixed
        )

    def publish(self, database: Database) -> None:
        """Make them the published tables."""
        for name in TABLES:
            table = metadata.tables[f"movies.{name}"]
            publish(database, table, _frame(table, self._rows[name]))


def _frame(table: Table, rows: list[Row]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            column.name: pd.Series([row.get(column.name, _empty(column)) for row in rows], dtype=object)
            for column in table.columns
        }
    )


def _empty(column: Column[Any]) -> object:
    if column.nullable:
        return None
    kinds = ((ARRAY, []), (BigInteger, 0), (Double, 0.0), (Boolean, False))
    return next((value for kind, value in kinds if isinstance(column.type, kind)), "")


def three_brands() -> Tables:
    """Two ranked brands that share a film, and one that is too small to be ranked."""
    tables = Tables()
    tables.ranked("Alpha", 1, 7.5, total=3_000)
    tables.ranked("Beta", 2, 6.5, total=2_000)
    tables.brand("Small", filmography={"films": 3, "rated_films": 3, "vote_average_mean": 9.0, "coverage": None})
    tables.pair("Alpha", "Beta", 1.0, 0.5, 1.5)
    return tables


def awkward_brands(names: tuple[str, ...]) -> Tables:
    """Ranked brands of these names, each compared with the next."""
    tables = Tables()
    for number, name in enumerate(names, start=1):
        tables.ranked(name, number, 8.0 - number / 100, total=10_000 - number, of=len(names))
    for name, other in pairwise(names):
        tables.pair(name, other, 0.1, -0.1, 0.3)
    return tables


AWKWARD_NAMES = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "'\"><b onmouseover=alert(3)>",
    "<!--<script>",
    "{{ 7 * 7 }} {% raw %}",
    "\\u003c `${alert(4)}` \u2028",
    "[link](javascript:alert(5)) | **bold** | `code`",
    "datum.rating || alert(6)",
    "Amélie & Söhne 東宝",
)
"""Names that would be markup, script, template, expression or Markdown in a careless page."""
