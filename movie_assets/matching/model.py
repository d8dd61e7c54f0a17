"""What matching is about: a brand's #1 release as the brand file names it, and the films that it could be."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from movie_assets.matching.titles import plain_key


@dataclass(frozen=True, slots=True)
class TopRelease:
    """What the brand file says of a brand: its #1 release and its gross in nominal US dollars (0: unknown)."""

    brand: str
    title: str
    gross_usd: int


@dataclass(frozen=True, slots=True)
class Sequel:
    """The first film of the catalogue that is numbered 2 or 3 after a title: its release and its number of ratings."""

    release_date: dt.date
    vote_count: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A film that could be a brand's #1 release; the columns of candidates.sql. Amounts are nominal US dollars.

    `key_tier` is ALIKE, and `likeness` (0 to 100) is set, for a film whose title shares no key and only looks alike.
    `sequel` is the first to the release's title, whichever film that is, where the catalogue has one.
    """

    brand: str
    tmdb_id: int
    title: str
    original_title: str | None
    original_language: str | None
    release_date: dt.date | None
    title_key: str
    key_tier: int
    key_field: str
    revenue_usd: int | None
    vote_count: int
    popularity_percentile: float | None
    runtime_minutes: int | None
    status: str | None
    adult: bool
    video: bool
    genres: list[str] | None
    production_companies: list[str] | None
    keywords: list[str] | None
    likeness: float | None = None
    sequel: Sequel | None = None

    @property
    def year(self) -> int | None:
        """Year of the primary release."""
        return self.release_date.year if self.release_date else None

    @property
    def foreign(self) -> bool:
        """Whether the film is not in English; where the language is unknown, an original title of its own tells."""
        if self.original_language is not None:
            return self.original_language != "en"
        return self.original_title is not None and plain_key(self.original_title) != plain_key(self.title)


def top_releases(raw_brands: pd.DataFrame) -> list[TopRelease]:
    """One entry per brand, by the first line of the file that names it, in the order of the file.

    `raw_brands` has brand, top_release, top_release_gross_usd and source_line.
    """
    first = raw_brands.sort_values("source_line").drop_duplicates("brand", keep="first")
    return [
        TopRelease(str(brand), str(title), int(gross))
        for brand, title, gross in zip(
            first["brand"], first["top_release"], first["top_release_gross_usd"], strict=True
        )
    ]
