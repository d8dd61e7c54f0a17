"""The report's tables are read as they were at one moment, or the person is told what to do."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from movie_assets.errors import MovieAssetsError
from movie_assets.report import TABLES, write_report
from movie_assets.report.contents import read_contents
from movie_assets.settings import PROJECT_ROOT, Settings
from movie_assets.warehouse.database import Database
from movie_assets_tests.report.publishing import three_brands
from movie_assets_tests.warehouse.publishing_support import run


def test_a_table_that_was_never_published_is_named_with_the_remedy(database: Database) -> None:
    three_brands().publish(database)
    for missing in TABLES:
        run(database, f"ALTER TABLE movies.{missing} RENAME TO unpublished")
        with pytest.raises(MovieAssetsError, match=rf"^movies\.{missing} was not published yet.*`movie-assets run`"):
            read_contents(database)
        run(database, f"ALTER TABLE movies.unpublished RENAME TO {missing}")


def test_a_table_of_an_earlier_version_is_no_defect(database: Database) -> None:
    three_brands().publish(database)
    run(database, "ALTER TABLE movies.brand_stats DROP COLUMN rating_rank")
    with pytest.raises(MovieAssetsError, match=r"rating_rank.*`movie-assets run`"):
        read_contents(database)


def test_what_is_published_meanwhile_is_not_seen(database: Database) -> None:
    three_brands().publish(database)

    @event.listens_for(database.engine, "after_cursor_execute")
    def publish_more(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "top_release_votes" in statement:
            run(
                Database(database.libpq_uri), "DELETE FROM movies.brand_overlaps", "DELETE FROM movies.brand_comparison"
            )

    contents = read_contents(database)
    assert (len(contents.overlaps), len(contents.pairs)) == (1, 2)
    assert read_contents(Database(database.libpq_uri)).overlaps == []


def test_nothing_is_written_without_tables(settings: Settings, database: Database) -> None:
    with pytest.raises(MovieAssetsError, match="not published yet"):
        write_report(database, settings.report)
    assert not settings.home.exists()


def test_the_report_reads_the_tables_it_names() -> None:
    package = PROJECT_ROOT / "movie_assets" / "report"
    statements = "".join(path.read_text(encoding="utf-8") for path in package.glob("*.sql"))
    assert all(f"movies.{name}" in statements for name in TABLES)
