"""Counts of what analysts may not read, as views that they may: the schema `movie_dashboards` of the warehouse.

A view reads with the rights of its owner, so that it shows how many lines of the brand file were rejected to somebody
who may not see one of them.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from movie_assets.dashboards.errors import DashboardsError
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.roles import ANALYST
from movie_assets.warehouse.tables import raw_brands, raw_brands_rejected

VIEWS_SCHEMA = "movie_dashboards"

_STATEMENTS = (
    f"CREATE SCHEMA {VIEWS_SCHEMA}",
    f"""
    CREATE VIEW {VIEWS_SCHEMA}.brand_file_lines AS
    SELECT (SELECT count(*) FROM {raw_brands.fullname}) AS accepted_lines,
        (SELECT count(*) FROM {raw_brands_rejected.fullname}) AS rejected_lines
    """,
    f"GRANT USAGE ON SCHEMA {VIEWS_SCHEMA} TO {ANALYST}",
    f"GRANT SELECT ON {VIEWS_SCHEMA}.brand_file_lines TO {ANALYST}",
)


def ensure_views(database: Database) -> None:
    """Make the views and open them to analysts, unless they are there.

    Raises DashboardsError, with the statements, where the account may not.
    """
    if database.scalar("SELECT to_regclass(:name)", name=f"{VIEWS_SCHEMA}.brand_file_lines") is not None:
        return
    try:
        with database.engine.begin() as connection:
            for statement in _STATEMENTS:
                connection.execute(text(statement))
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        statements = "".join(f"\n    {' '.join(statement.split())};" for statement in _STATEMENTS)
        raise DashboardsError(
            f"the views of the dashboards cannot be made: {reason}. An administrator has to run, in this "
            f"database:{statements}"
        ) from error
