"""The statistics once more, by pandas and numpy from the tables they are computed from, and how two tables differ.

Nothing here is shared with the product: the rules about films, the formulas and the bootstrap are written anew from
the columns' comments.
"""

from __future__ import annotations

import itertools
import math
import statistics
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from movie_assets.warehouse.database import Database
from movie_assets_tests.stats.measuring import stored
from movie_assets_tests.stats.recomputed_films import films_of_brands
from movie_assets_tests.stats.tables_as_rows import Key, Row, records, rows_by


@dataclass(frozen=True)
class Prior:
    """What a film without ratings would be taken for: m ratings of mean c."""

    m: float | None
    c: float | None


class Recomputed:
    """Every table of the statistics as rows by their keys."""

    def __init__(self, database: Database) -> None:
        self.brands = stored(database, "raw_brands").sort_values("source_line").drop_duplicates("brand")
        self.matches = rows_by(stored(database, "brand_film_matches"), "brand")
        self.movies = rows_by(stored(database, "normalized_movies"), "tmdb_id")
        rules = records(stored(database, "brand_rules"))
        self.ruled = {row["brand"] for row in rules if row["kind"] != "excluded"}
        self.films, self.left_out = films_of_brands(database, self.matches, self.movies, rules)
        of_brand: defaultdict[str, list[int]] = defaultdict(list)
        for brand, film in sorted(self.films):
            of_brand[brand].append(film)
        self.filmographies = {brand: films for brand, films in sorted(of_brand.items()) if brand in self.ruled}
        self.intervals = self._intervals()

    def _known(self, films: Iterable[int], column: str) -> list[float]:
        return [float(self.movies[film][column]) for film in films if self.movies[film][column] is not None]

    def _intervals(self) -> dict[Key, Row]:
        rows: dict[Key, Row] = {}
        for measure, (column, statistic) in MEASURES.items():
            samples = {brand: self._known(films, column) for brand, films in self.filmographies.items()}
            samples = {brand: values for brand, values in samples.items() if len(values) >= 5}
            drawn = {brand: bootstrapped(brand, values, statistic) for brand, values in samples.items()}
            places: dict[str, list[int]] = {brand: [] for brand in samples}
            for column_values in zip(*drawn.values(), strict=True):
                higher = Counter(column_values)
                place = {}
                above = 0
                for value in sorted(higher, reverse=True):
                    place[value] = above + 1
                    above += higher[value]
                for brand, value in zip(samples, column_values, strict=True):
                    places[brand].append(place[value])
            for brand, values in samples.items():
                low, high = np.quantile(drawn[brand], [0.025, 0.975])
                best, worst = np.quantile(places[brand], [0.025, 0.975])
                rows[brand, measure] = {
                    "films": len(values),
                    "estimate": statistic(values),
                    "low": low,
                    "high": high,
                    "rank_low": math.floor(best),
                    "rank_high": math.ceil(worst),
                    "ranked_brands": len(samples),
                    "replicates": 2000,
                }
        return rows

    def stats(self) -> dict[Key, Row]:
        """brand_stats."""
        rated = {film for _, film in self.films if self.movies[film]["vote_average"] is not None}
        prior = Prior(
            _or_none(statistics.median, [self.movies[film]["vote_count"] for film in rated]),
            _or_none(statistics.fmean, [self.movies[film]["vote_average"] for film in rated]),
        )
        rows: dict[Key, Row] = {}
        for brand in self.brands.itertuples():
            match = self.matches[brand.brand]
            top = [match["tmdb_id"]] if match["status"] == "matched" else []
            scopes = {"top_release": top}
            if brand.brand in self.ruled:
                scopes["filmography"] = self.filmographies.get(brand.brand, [])
            for scope, films in scopes.items():
                rows[brand.brand, scope] = self._metrics(brand, scope, films, prior)
        for scope in ("top_release", "filmography"):
            for rank, column, measure in (
                ("rating_rank", "vote_average_mean", "rating"),
                ("votes_rank", "vote_count_median", "votes"),
                ("popularity_rank", "popularity_percentile_mean", "popularity"),
            ):
                entered = {
                    key: row[column]
                    for key, row in rows.items()
                    if key[1] == scope and row[column] is not None
                    if scope == "top_release" or (key[0], measure) in self.intervals
                }
                for key, value in entered.items():
                    rows[key][rank] = 1 + sum(other > value for other in entered.values())
        return rows

    def _metrics(self, brand: Any, scope: str, films: list[int], prior: Prior) -> Row:
        match = self.matches[brand.brand]
        m, c = prior.m, prior.c
        movies = [self.movies[film] for film in films]
        rated = [movie for movie in movies if movie["vote_average"] is not None]
        ratings = [movie["vote_average"] for movie in rated]
        votes = [movie["vote_count"] for movie in movies]
        weight = sum(movie["vote_count"] for movie in rated)
        popularity = self._known(films, "popularity")
        percentiles = self._known(films, "popularity_percentile")
        revenues = self._known(films, "revenue_usd")
        returns = [
            movie["revenue_usd"] / movie["budget_usd"]
            for movie in movies
            if movie["revenue_usd"] is not None and movie["budget_usd"] is not None
        ]
        years = [movie["release_year"] for movie in movies if movie["release_year"] is not None]
        fetched = [movie["fetched_at"] for movie in movies if movie["fetched_at"] is not None]
        genres, shares = self.genre_mix(films)
        all_films = scope == "filmography"
        coverage = len(films) / brand.releases if all_films and brand.releases else None
        total, top = brand.total_gross_usd, brand.top_release_gross_usd
        matched = self.movies[match["tmdb_id"]] if match["status"] == "matched" else None
        worldwide = matched["revenue_usd"] if matched else None
        basis = {reason for film in films for reason in self.films[brand.brand, film]["reasons"]}
        remarks = [
            "the #1 release is in review" if match["status"] == "review" else "",
            "the #1 release has no film" if match["status"] == "unmatched" else "",
            "" if brand.brand in self.ruled else "no rule can tell the brand's other films",
            "more films than releases: the rules may be too wide, or films came later"
            if (coverage or 0) > 1.05
            else "",
            "fewer than 5 rated films: no rank and no interval" if all_films and len(rated) < 5 else "",
        ]
        row: Row = {
            "basis": sorted(basis) if all_films else ["top_release"][: len(films)],
            "remark": "; ".join(filter(None, remarks)) or None,
            "total_gross_usd": total,
            "releases": brand.releases,
            "gross_per_release_usd": total / brand.releases if brand.releases else None,
            "top_release": brand.top_release,
            "top_release_gross_usd": top,
            "top_release_share": top / total if total and top <= total else None,
            "match_status": match["status"],
            "matched_releases": int(match["status"] == "matched"),
            "review_releases": int(match["status"] == "review"),
            "candidates": match["n_candidates"],
            "films": len(films),
            "coverage": coverage,
            "coverage_exceeded": None if coverage is None else coverage > 1.05,
            "rated_films": len(rated),
            "vote_average_mean": _or_none(statistics.fmean, ratings),
            "vote_average_median": _or_none(statistics.median, ratings),
            "vote_average_weighted": (
                math.fsum(movie["vote_average"] * movie["vote_count"] for movie in rated) / weight if weight else None
            ),
            "vote_average_sd": statistics.stdev(ratings) if all_films and len(ratings) > 1 else None,
            "bayesian_rating": _or_none(
                statistics.fmean,
                [
                    (movie["vote_count"] * movie["vote_average"] + (m or 0) * (c or 0))
                    / (movie["vote_count"] + (m or 0))
                    for movie in rated
                ],
            ),
            "bayesian_m": m,
            "bayesian_c": c,
            "vote_count_sum": sum(votes) if films else None,
            "vote_count_median": _or_none(statistics.median, votes),
            "popularity_films": len(popularity),
            "popularity_mean": _or_none(statistics.fmean, popularity),
            "popularity_median": _or_none(statistics.median, popularity),
            "popularity_percentile_mean": _or_none(statistics.fmean, percentiles),
            "popularity_percentile_median": _or_none(statistics.median, percentiles),
            "revenue_films": len(revenues),
            "revenue_coverage": len(revenues) / len(films) if films else None,
            "revenue_sum_usd": sum(revenues) if revenues else None,
            "domestic_share_mixed_sources": top / worldwide if worldwide and top <= worldwide else None,
            "return_films": len(returns),
            "return_median": _or_none(statistics.median, returns),
            "dated_films": len(years),
            "first_year": _or_none(min, years),
            "last_year": _or_none(max, years),
            "films_per_decade": 10 * len(years) / (max(years) - min(years) + 1) if all_films and years else None,
            "genre_films": genres,
            "main_genre": shares[0][0] if shares else None,
            "main_genre_share": shares[0][1] if shares else None,
            "fetched_from": _or_none(min, fetched),
            "fetched_to": _or_none(max, fetched),
            **dict.fromkeys(["rating_rank", "votes_rank", "popularity_rank"]),
        }
        for measure, ends, rank in (
            ("rating", "vote_average", "rating"),
            ("votes", "vote_count", "votes"),
            ("popularity", "popularity_percentile", "popularity"),
        ):
            found = self.intervals.get((brand.brand, measure), {}) if all_films else {}
            row |= {f"{ends}_low": found.get("low"), f"{ends}_high": found.get("high")}
            row |= {f"{rank}_rank_low": found.get("rank_low"), f"{rank}_rank_high": found.get("rank_high")}
        return row

    def genre_mix(self, films: Iterable[int]) -> tuple[int, list[tuple[str, float]]]:
        """Films with genres, and the genres with their shares, the largest first."""
        weights: defaultdict[str, float] = defaultdict(float)
        known = 0
        for film in films:
            genres = set(self.movies[film]["genres"] or ())
            known += bool(genres)
            for genre in genres:
                weights[genre] += 1 / len(genres)
        shares = [(genre, weight / known) for genre, weight in weights.items()]
        return known, sorted(shares, key=lambda entry: (-round(entry[1] * known, 9), entry[0]))

    def genres(self) -> dict[Key, Row]:
        """genre_stats."""
        rows: dict[Key, Row] = {}
        for brand, films in self.filmographies.items():
            known, shares = self.genre_mix(films)
            for genre, share in shares:
                mine = [film for film in films if genre in (self.movies[film]["genres"] or ())]
                rows[brand, genre] = {
                    "films": len(mine),
                    "film_weight": share * known,
                    "genre_films": known,
                    "film_share": share,
                    **self._summed(mine),
                }
        return rows

    def years(self) -> dict[Key, Row]:
        """yearly_stats."""
        rows: dict[Key, Row] = {}
        for brand, films in self.filmographies.items():
            dated = Counter(self.movies[film]["release_year"] for film in films)
            for year in sorted(year for year in dated if year is not None):
                mine = [film for film in films if self.movies[film]["release_year"] == year]
                revenues = self._known(mine, "revenue_usd")
                rows[brand, year] = {
                    "decade": year - year % 10,
                    "films": len(mine),
                    "films_so_far": sum(count for other, count in dated.items() if other is not None and other <= year),
                    "revenue_films": len(revenues),
                    "revenue_sum_usd": sum(revenues) if revenues else None,
                    **self._summed(mine),
                }
        return rows

    def _summed(self, films: list[int]) -> Row:
        ratings = self._known(films, "vote_average")
        return {
            "rated_films": len(ratings),
            "vote_average_mean": _or_none(statistics.fmean, ratings),
            "vote_count_sum": sum(self.movies[film]["vote_count"] for film in films),
            "popularity_percentile_mean": _or_none(statistics.fmean, self._known(films, "popularity_percentile")),
        }

    def overlaps(self) -> dict[Key, Row]:
        """brand_overlaps."""
        sets: defaultdict[str, set[int]] = defaultdict(set)
        for brand, film in self.films:
            sets[brand].add(film)
        rows: dict[Key, Row] = {}
        for one, other in itertools.permutations(sets, 2):
            if shared := sorted(sets[one] & sets[other]):
                rows[one, other] = {
                    "shared_films": len(shared),
                    "share_of_brand": len(shared) / len(sets[one]),
                    "tmdb_ids": shared,
                    "titles": [self.movies[film]["title"] for film in shared],
                }
        return rows

    def comparison(self) -> dict[Key, Row]:
        """brand_comparison."""
        rows: dict[Key, Row] = {}
        drawn: dict[Key, list[float]] = {}

        def draw(brand: str, measure: str, values: list[float], statistic: Callable[[list[float]], float]) -> Any:
            key = (brand, measure, len(values), tuple(values))
            if key not in drawn:
                drawn[key] = bootstrapped(brand, values, statistic)
            return np.array(drawn[key])

        for one, other in itertools.permutations(self.filmographies, 2):
            mine, theirs = self.filmographies[one], self.filmographies[other]
            shared = set(mine) & set(theirs)
            own = [film for film in mine if film not in shared]
            others = [film for film in theirs if film not in shared]
            row: Row = {"films": len(own), "other_films": len(others), "shared_films": len(shared)}
            for measure, (column, statistic) in MEASURES.items():
                left, right = self._known(own, column), self._known(others, column)
                if measure != "votes":
                    counted = {"rating": "rated_films", "popularity": "popularity_films"}[measure]
                    row |= {counted: len(left), f"other_{counted}": len(right)}
                row[f"{measure}_difference"] = statistic(left) - statistic(right) if left and right else None
                low = high = said = None
                if len(left) >= 5 and len(right) >= 5:
                    differences = draw(one, measure, left, statistic) - draw(other, measure, right, statistic)
                    low, high = np.quantile(differences, [0.025, 0.975])
                    said = "higher" if low > 0 else "lower" if high < 0 else "undecided"
                row |= {f"{measure}_low": low, f"{measure}_high": high, f"{measure}_verdict": said}
            rows[one, other] = row
        return rows


MEASURES: dict[str, tuple[str, Callable[[list[float]], float]]] = {
    "rating": ("vote_average", statistics.fmean),
    "votes": ("vote_count", statistics.median),
    "popularity": ("popularity_percentile", statistics.fmean),
}


def bootstrapped(brand: str, values: list[float], statistic: Callable[[list[float]], float]) -> list[float]:
    """The statistic over 2,000 samples with replacement, from the stream of draws that the brand's name starts."""
    draws = np.random.Generator(np.random.PCG64(np.random.SeedSequence([20220213, zlib.crc32(brand.encode())])))
    samples = np.array(values)[draws.integers(len(values), size=2000 * len(values)).reshape(2000, -1)]
    if statistic is statistics.fmean:
        return [float(value) for value in np.add.reduce(samples, axis=1) / len(values)]
    ordered = np.sort(samples, axis=1)
    half = len(values) // 2
    return [float(value) for value in (ordered[:, half] + ordered[:, -half - 1]) / 2]


def _or_none(function: Callable[[list[Any]], Any], values: list[Any]) -> Any:
    return function(values) if values else None
