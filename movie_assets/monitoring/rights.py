"""What an account needs that only watches: the statements that an administrator runs for it.

It may count the rows of every table and read the columns of which the metrics tell, and nothing else. So it sees how
many lines of the brand file were rejected, and none of them.
"""

from __future__ import annotations

from movie_assets.tmdb import ledger_tables
from movie_assets.warehouse.ddl import column_list, qualified, quoted
from movie_assets.warehouse.tables import SCHEMA, brand_film_matches, key_of, metadata

ROLE = "movie_monitor"

DAGSTER_TABLES = (
    "asset_check_executions",
    "asset_keys",
    "daemon_heartbeats",
    "instigators",
    "job_ticks",
    "runs",
)
_LEDGER_COLUMNS = ("ingestion", "phase", "finished_at", "requests", "retries", "rate_limited", "problems")


def warehouse_statements(role: str = ROLE) -> list[str]:
    """To be run in the warehouse, once its tables are published."""
    who = quoted(role)
    opened = []
    for table in metadata.sorted_tables:
        columns = [*key_of(table), *(["status"] if table is brand_film_matches else [])]
        opened.append(f"GRANT SELECT ({column_list(dict.fromkeys(columns))}) ON {qualified(table)} TO {who}")
    ledger = ledger_tables.ingestions
    return [
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {who}",
        *opened,
        f"GRANT USAGE ON SCHEMA {ledger_tables.SCHEMA} TO {who}",
        f"GRANT SELECT ({column_list(_LEDGER_COLUMNS)}) ON {qualified(ledger)} TO {who}",
    ]


def dagster_statements(role: str = ROLE) -> list[str]:
    """To be run in Dagster's database."""
    return [f"GRANT SELECT ON {', '.join(DAGSTER_TABLES)} TO {quoted(role)}"]
