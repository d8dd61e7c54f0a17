"""A database that the tests of a module use one after the other."""

from __future__ import annotations

from movie_assets_tests.warehouse import publishing_support

shared_database = publishing_support.shared_database
database = publishing_support.emptied_database
