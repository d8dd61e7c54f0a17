"""Which job a change of the brand file needs: films are fetched only for brands that are new."""

from __future__ import annotations

from movie_assets.automation.jobs import refresh, refresh_brands, refresh_rules
from movie_assets.brands.errors import BrandFileError
from movie_assets.brands.reader import read_brand_file
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse

_READ = ("raw_brands", "normalized_movies", "brand_rules")
"""Tables that the smaller jobs take as they are."""


def needed_job(
    settings: Settings, warehouse: Warehouse, *, refresh_is_owed: bool = False, rules_are_current: bool = True
) -> str:
    """The name of the smallest job that brings every table to the brand file.

    Films from a file are the same as before, if they are stored. From TMDB come those of the brands and of their #1
    releases, so that a release which is not stored yet needs a fetch. `refresh_is_owed` tells that the newest refresh
    has not succeeded: it may have stored brands without their films. `rules_are_current` tells that the stored rules
    of the brands are those of their file.
    """
    database = warehouse.database
    stored = " AND ".join(f"to_regclass('movies.{table}') IS NOT NULL" for table in _READ)
    if refresh_is_owed or not database.scalar(f"SELECT {stored}"):
        return refresh.name
    smallest = refresh_brands if rules_are_current else refresh_rules
    if not settings.live:
        return smallest.name
    try:
        wanted = {(row.brand, row.top_release) for row in read_brand_file(settings.brands_csv).brands}
    except BrandFileError:
        # The run says what is wrong with the file; no film needs to be fetched for that.
        return smallest.name
    known = {(row["brand"], row["top_release"]) for row in database.rows("SELECT * FROM movies.raw_brands")}
    return refresh.name if wanted - known else smallest.name
