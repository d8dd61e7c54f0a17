"""What the account `movie_monitor` may see, where a server has it: monitoring logs in with it, and nobody else.

It counts the rows of every table, for which reading the key is enough, and reads what became of brands and of fetching,
and six tables of Dagster's. Grants are made where tables are, and not to a role that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Table, text

from movie_assets.warehouse.ddl import column_list, qualified
from movie_assets.warehouse.tables import key_of

WATCHER = "movie_monitor"

EXISTS = f"EXISTS (SELECT FROM pg_roles WHERE rolname = '{WATCHER}')"
"""An SQL expression: whether this server has the account."""

DAGSTER_TABLES = ("asset_check_executions", "asset_keys", "daemon_heartbeats", "instigators", "job_ticks", "runs")
"""Those of Dagster's tables that the metrics are read from."""

_OUTCOME = "status"

_LACKING = f"""
SELECT t.name FROM unnest(CAST(:tables AS text[]), CAST(:columns AS text[])) AS t (name, column_name)
WHERE to_regclass(t.name) IS NOT NULL
    AND NOT has_column_privilege('{WATCHER}', to_regclass(t.name), t.column_name, 'SELECT')
"""
_MAY_ENTER = f"SELECT coalesce(has_schema_privilege('{WATCHER}', to_regnamespace(:schema), 'USAGE'), false)"


def grant(table: Table, columns: Iterable[str] = ()) -> str:
    """The statement that lets the account count a table's rows and read some of its columns."""
    return f"GRANT SELECT ({column_list(seen(table, columns))}) ON {qualified(table)} TO {WATCHER}"


def seen(table: Table, columns: Iterable[str] = ()) -> list[str]:
    """The columns that the account may read: the key, what became of the row, and `columns`."""
    outcome = [_OUTCOME] if _OUTCOME in table.columns else []
    return list(dict.fromkeys([*key_of(table), *outcome, *columns]))


def enter(schema: str) -> str:
    """The statement that lets the account into a schema."""
    return f"GRANT USAGE ON SCHEMA {schema} TO {WATCHER}"


def dagster_grant() -> str:
    """The statement for Dagster's database."""
    return f"GRANT SELECT ON {', '.join(DAGSTER_TABLES)} TO {WATCHER}"


def missing_grants(
    connection: Connection, schema: str, tables: Iterable[Table], columns: Iterable[str] = ()
) -> list[str]:
    """What is to be run so that the account sees those of the tables that are stored; nothing where there is none."""
    if not connection.execute(text(f"SELECT {EXISTS}")).scalar_one():
        return []
    names = {table.fullname: table for table in tables}
    pairs = [(name, column) for name, table in names.items() for column in seen(table, columns)]
    asked = {"tables": [name for name, _ in pairs], "columns": [column for _, column in pairs]}
    lacking = dict.fromkeys(connection.execute(text(_LACKING), asked).scalars())
    may_enter = connection.execute(text(_MAY_ENTER), {"schema": schema}).scalar_one()
    return [*([] if may_enter else [enter(schema)]), *(grant(names[name], columns) for name in lacking)]


def open_dagster_tables(connection: Connection) -> None:
    """Let the account see Dagster's tables, in the connection's transaction; nothing where it does not exist."""
    connection.execute(text(f"SELECT pg_advisory_xact_lock(hashtextextended('{WATCHER}', 0))"))
    if connection.execute(text(f"SELECT {EXISTS}")).scalar_one():
        connection.execute(text(dagster_grant()))
