"""A database for tables made by hand, and pages without the charts' JavaScript, which takes seconds to put together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from movie_assets.report.contents import read_contents
from movie_assets.report.page import page
from movie_assets.warehouse.database import Database
from movie_assets_tests.databases import temporary_database
from movie_assets_tests.report.publishing import Tables, three_brands
from movie_assets_tests.report.reading import ReadPage
from movie_assets_tests.warehouse import publishing_support

shared_database = publishing_support.shared_database
database = publishing_support.emptied_database

MADE_AT = dt.datetime(2026, 3, 4, 5, 6, tzinfo=dt.UTC)

Make = Callable[[Tables], ReadPage]


@pytest.fixture(scope="module")
def three(server: str) -> ReadPage:
    """The page of three brands."""
    with temporary_database(server) as url:
        tables = three_brands()
        tables.publish(Database(url))
        return ReadPage(page(read_contents(Database(url)), "", MADE_AT))


@pytest.fixture
def made(database: Database) -> Make:
    """Publishes tables and takes the page of them apart."""

    def make(tables: Tables) -> ReadPage:
        tables.publish(database)
        return ReadPage(page(read_contents(database), "", MADE_AT))

    return make
