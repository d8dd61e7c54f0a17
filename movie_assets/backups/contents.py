"""What a database holds, table by table: rows and a hash of them that does not depend on their order.

The hash is the sum of the rows' MD5, each row as PostgreSQL writes it; equal contents have equal hashes on every
version. It tells damage and mistakes from equality, and is no protection against somebody who wants two tables to look
equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

# The text of a value depends on these.
_FORMATS = (
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL row_security = off",
    "SET LOCAL search_path = pg_catalog",
)
_TABLES = """
SELECT n.nspname || '.' || c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted
FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
"""
# Halves of 64 bits, so that the sum needs no more than a numeric's exact digits.
_CONTENT = """
SELECT count(*), coalesce(sum(('x' || substr(h, 1, 16))::bit(64)::bigint::numeric), 0)::text || ':'
    || coalesce(sum(('x' || substr(h, 17, 16))::bit(64)::bigint::numeric), 0)::text
FROM (SELECT md5(t::text) AS h FROM ONLY {table} AS t) AS hashed
"""


@dataclass(frozen=True)
class Content:
    """A table's number of rows and the hash of them."""

    rows: int
    hash: str


def contents(connection: Connection) -> dict[str, Content]:
    """Every table of the database in the connection's transaction, by `schema.table`."""
    for setting in _FORMATS:
        connection.execute(text(setting))
    tables = connection.execute(text(_TABLES)).all()
    found = {}
    for name, quoted in tables:
        query = _CONTENT.format(table=quoted)
        rows, value = connection.exec_driver_sql(query, execution_options={"no_parameters": True}).one()
        found[name] = Content(rows, value)
    return found


def differences(expected: Mapping[str, Content], found: Mapping[str, Content]) -> list[str]:
    """In words, what is not as expected; empty when everything is."""
    said = []
    for name in sorted({*expected, *found}):
        before, after = expected.get(name), found.get(name)
        if before is None:
            said.append(f"{name} is there and should not be")
        elif after is None:
            said.append(f"{name} is missing")
        elif before.rows != after.rows:
            said.append(f"{name} has {after.rows} rows instead of {before.rows}")
        elif before.hash != after.hash:
            said.append(f"{name} has other contents")
    return said
