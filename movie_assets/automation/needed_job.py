"""Which job a change of the brand file needs: films are fetched only for brands that are new."""

from __future__ import annotations

from movie_assets.automation.jobs import refresh, refresh_brands
from movie_assets.brands.errors import BrandFileError
from movie_assets.brands.reader import read_brand_file
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse


def needed_job(settings: Settings, warehouse: Warehouse, *, refresh_is_owed: bool = False) -> str:
    """The name of the smallest job that brings every table to the brand file.

    Films from a file are the same as before, if they are stored. From TMDB come those of the brands and of their #1
    releases, so that a release which is not stored yet needs a fetch. `refresh_is_owed` tells that the newest refresh
    has not succeeded: it may have stored brands without their films.
    """
    database = warehouse.database
    stored = "to_regclass('movies.raw_brands') IS NOT NULL AND to_regclass('movies.normalized_movies') IS NOT NULL"
    if refresh_is_owed or not database.scalar(f"SELECT {stored}"):
        return refresh.name
    if not settings.live:
        return refresh_brands.name
    try:
        wanted = {(row.brand, row.top_release) for row in read_brand_file(settings.brands_csv).brands}
    except BrandFileError:
        # The run says what is wrong with the file; no film needs to be fetched for that.
        return refresh_brands.name
    known = {(row["brand"], row["top_release"]) for row in database.rows("SELECT * FROM movies.raw_brands")}
    return refresh.name if wanted - known else refresh_brands.name
