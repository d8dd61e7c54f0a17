"""Stages that outlived their session, which only a copied or restored database can have.

A stage belongs to one transaction, so PostgreSQL itself removes it whatever happens to the publisher. In a database
that was restored from files or a dump there may be one all the same, in the way of the next publication by a session of
the same number.
"""

from __future__ import annotations

from sqlalchemy import text

from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import quoted
from movie_assets.warehouse.tables import SCHEMA, metadata

_STAGES = """
SELECT c.relname
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname = :schema AND c.relkind = 'r' AND c.relname ~ '^[a-z_]+_stage_[0-9]+$'
ORDER BY c.relname
"""


def remove_leftover_stages(database: Database) -> list[str]:
    """Drop committed stages of declared tables; returns their names. One of a publication in progress is not seen."""
    declared = {table.name[:40] for table in metadata.tables.values()}
    names = [row["relname"] for row in database.rows(_STAGES, {"schema": SCHEMA})]
    leftovers = [name for name in names if name.rpartition("_stage_")[0] in declared]
    with database.engine.begin() as connection:
        for name in leftovers:
            connection.execute(text(f"DROP TABLE IF EXISTS {quoted(SCHEMA)}.{quoted(name)}"))
    return leftovers
