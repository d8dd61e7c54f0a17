"""Who may do what in the warehouse: `movie_owner` owns what is published, `movie_analyst` reads what analysts are to.

Both are group roles without a login: accounts become members. Nothing is granted by default privileges, which would
open a raw table for as long as nobody takes it back; a table is opened when it is created, in the transaction that
publishes it first. So one that nobody thought of stays closed.

The roles belong to the whole server, what they may do to one database. Their names are fixed, so that two warehouses
on one server share them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adbc_driver_postgresql import dbapi
from sqlalchemy import Connection, Table, text
from sqlalchemy.exc import DBAPIError

from movie_assets.warehouse import watcher
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import qualified, quoted
from movie_assets.warehouse.tables import SCHEMA, is_for_analysts, metadata

OWNER = "movie_owner"
ANALYST = "movie_analyst"

_ATTEMPTS = 5
_LOCK_TIMEOUT = "10s"
# Another session made the same role, schema or grant at the same time.
_COLLISIONS = frozenset({"23505", "42710", "42P06", "XX000", "40P01"})

# Since PostgreSQL 16 membership alone no longer means that one may act as the role.
_MAY_BE_OWNER = """
pg_has_role(r.oid, 'USAGE') AND CASE WHEN current_setting('server_version_num')::int >= 160000
    THEN pg_has_role(r.oid, 'SET') ELSE pg_has_role(r.oid, 'MEMBER') END
"""
_ROLES = f"""
SELECT r.rolname::text AS role, {_MAY_BE_OWNER} AS ours FROM pg_roles AS r WHERE r.rolname IN ('{OWNER}', '{ANALYST}')
"""
_ACCOUNT = """
SELECT current_user::text AS name, current_database()::text AS database, rolsuper AS may_do_all,
    rolsuper OR rolcreaterole AS may_create_roles FROM pg_roles WHERE rolname = current_user
"""
# What the analysts' role holds, by itself or as everybody does.
_HELD = f"""
ARRAY(SELECT coalesce(g.rolname, 'public') || ' ' || a.privilege_type FROM aclexplode({{acl}}) AS a
    LEFT JOIN pg_roles AS g ON a.grantee = g.oid WHERE a.grantee = 0 OR g.rolname = '{ANALYST}')
"""
_SCHEMAS = f"""
SELECT n.nspname::text AS name, pg_get_userbyid(n.nspowner)::text AS owner,
    {_HELD.format(acl="coalesce(n.nspacl, acldefault('n', n.nspowner))")} AS held
FROM pg_namespace AS n WHERE n.nspname IN (:schema, 'public')
"""
_TABLES = f"""
SELECT c.relname::text AS name, pg_get_userbyid(c.relowner)::text AS owner,
    {_HELD.format(acl="coalesce(c.relacl, acldefault('r', c.relowner))")} AS held
FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname = :schema AND c.relkind IN ('r', 'p')
"""
_OWNER_MAY_CREATE = "SELECT has_database_privilege(:owner, current_database(), 'CREATE')"

# A table is handed over to a role that may create tables in its schema, by an account that is and stays its member.
_AT_CREATION = f"""
SELECT
    EXISTS (SELECT FROM pg_roles WHERE rolname = '{ANALYST}'),
    EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = '{OWNER}' AND r.rolname <> current_user
        AND has_schema_privilege(r.oid, $1, 'CREATE') AND {_MAY_BE_OWNER}),
    {watcher.EXISTS}
"""


@dataclass(frozen=True)
class Roles:
    """The statements that were run, or those that somebody else has to run and why; none when all is as declared."""

    done: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    reason: str = ""


def ensure_roles(database: Database) -> Roles:
    """Create the roles and bring owners and grants of what is stored to what is declared, all or nothing.

    Changes nothing that is as it should be. Where the account may not, nothing is changed and the statements are
    returned for an administrator. Raises DatabaseUnavailableError without a server.
    """
    database.require_supported()
    for attempt in range(_ATTEMPTS):
        statements: list[str] = []
        try:
            with database.engine.begin() as connection:
                # The lock under which the schema is created elsewhere.
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": SCHEMA})
                account = connection.execute(text(_ACCOUNT)).mappings().one()
                statements += missing_statements(connection)
                if any(one.startswith("CREATE ROLE") for one in statements) and not account["may_create_roles"]:
                    return Roles(needed=tuple(statements), reason=f"{account['name']} may not create roles")
                connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
                for statement in statements:
                    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
            return Roles(done=tuple(statements))
        except DBAPIError as error:
            if getattr(error.orig, "pgcode", None) in _COLLISIONS and attempt + 1 < _ATTEMPTS:
                continue
            reason = str(error.orig).strip().splitlines()[0]
            return Roles(needed=tuple(statements), reason=reason)
    raise AssertionError("the last attempt returns")


def missing_statements(connection: Connection) -> list[str]:
    """What is to be run so that roles, owners and grants are as declared; empty when they are."""
    account = connection.execute(text(_ACCOUNT)).mappings().one()
    roles = {row["role"]: bool(row["ours"]) for row in connection.execute(text(_ROLES)).mappings()}
    statements = [f"CREATE ROLE {name} NOLOGIN" for name in (OWNER, ANALYST) if name not in roles]
    if not roles.get(OWNER):
        statements.append(f"GRANT {OWNER} TO {quoted(account['name'])}")
    schemas = {row["name"]: row for row in connection.execute(text(_SCHEMAS), {"schema": SCHEMA}).mappings()}
    if SCHEMA not in schemas:
        statements.append(f"CREATE SCHEMA {SCHEMA} AUTHORIZATION {OWNER}")
        held: set[str] = set()
    else:
        held = set(schemas[SCHEMA]["held"])
        if schemas[SCHEMA]["owner"] != OWNER:
            if not account["may_do_all"] and not (
                OWNER in roles and connection.execute(text(_OWNER_MAY_CREATE), {"owner": OWNER}).scalar_one()
            ):
                statements.append(f"GRANT CREATE ON DATABASE {quoted(account['database'])} TO {OWNER}")
            statements.append(f"ALTER SCHEMA {SCHEMA} OWNER TO {OWNER}")
    if held & {f"{ANALYST} CREATE", "public CREATE"}:
        statements.append(f"REVOKE CREATE ON SCHEMA {SCHEMA} FROM PUBLIC, {ANALYST}")
    if f"{ANALYST} USAGE" not in held:
        statements.append(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {ANALYST}")
    if "public CREATE" in (schemas["public"]["held"] if "public" in schemas else ()):
        # Databases made before PostgreSQL 15 let everybody create there.
        statements.append("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    return [
        *statements,
        *_of_tables(connection.execute(text(_TABLES), {"schema": SCHEMA}).mappings().all()),
        *watcher.missing_grants(connection, SCHEMA, metadata.sorted_tables),
    ]


def hand_over(cursor: dbapi.Cursor, table: Table) -> None:
    """Give a table that this transaction has created to its owner, and open it to those who are to see it.

    Does nothing of either where the role does not exist or the account may not act as the owner.
    """
    cursor.execute(_AT_CREATION, (table.schema,))
    [(has_analyst, may_be_owned, has_watcher)] = cursor.fetchall()
    if may_be_owned:
        cursor.execute(f"ALTER TABLE {qualified(table)} OWNER TO {OWNER}")
    if has_analyst and is_for_analysts(table):
        cursor.execute(f"GRANT SELECT ON {qualified(table)} TO {ANALYST}")
    if has_watcher:
        cursor.execute(watcher.grant(table))


def _of_tables(stored: Any) -> list[str]:
    owners, closed, opened = [], [], []
    found = {row["name"]: row for row in stored}
    for table in metadata.sorted_tables:
        if table.name not in found:
            continue
        row, name = found[table.name], qualified(table)
        allowed = {"SELECT"} if is_for_analysts(table) else set()
        held = {(holder, right) for holder, right in (one.rsplit(" ", 1) for one in row["held"])}
        if row["owner"] != OWNER:
            owners.append(f"ALTER TABLE {name} OWNER TO {OWNER}")
        excess = any(right not in allowed for _, right in held)
        if excess:
            closed.append(name)
        if allowed and (excess or (ANALYST, "SELECT") not in held):
            opened.append(name)
    if closed:
        owners.append(f"REVOKE ALL ON {', '.join(closed)} FROM PUBLIC, {ANALYST}")
    if opened:
        owners.append(f"GRANT SELECT ON {', '.join(opened)} TO {ANALYST}")
    return owners
