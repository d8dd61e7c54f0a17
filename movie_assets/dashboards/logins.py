"""Superset's two accounts on the warehouse's server, and the database for what Superset itself stores.

`superset` reads as a member of `movie_analyst` what analysts may read, and nothing else. `superset_metadata` owns the
database `superset`, which nobody else may enter. The platform's own account is never Superset's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import encrypt_password
from sqlalchemy import URL, make_url

from movie_assets.dashboards.errors import DashboardsError
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import quoted
from movie_assets.warehouse.roles import ANALYST

READER = "superset"
KEEPER = "superset_metadata"
METADATA_DATABASE = "superset"

_READER_OPTIONS = {"default_transaction_read_only": "on", "statement_timeout": "60s"}
_CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Passwords:
    """Superset's passwords at the server."""

    reader: str
    keeper: str


@dataclass(frozen=True)
class Addresses:
    """SQLAlchemy addresses with passwords: for Superset's process, never for logs."""

    warehouse: str
    metadata: str


def ensure_logins(database: Database, passwords: Passwords, where: str) -> Addresses:
    """Make the accounts and the database that are missing; accounts that can log in are left alone.

    Args:
        database: the warehouse, reached by the platform's account.
        passwords: what the accounts are to log in with.
        where: where a person finds the passwords, for the message to an administrator.

    Raises DashboardsError, with the statements that an administrator has to run, where the account may not.
    """
    url = make_url(database.sqlalchemy_uri)
    warehouse = _of(url, READER, passwords.reader, url.database)
    metadata = _of(url, KEEPER, passwords.keeper, METADATA_DATABASE)
    connection = psycopg2.connect(database.libpq_uri, connect_timeout=_CONNECT_SECONDS)
    try:
        connection.autocommit = True
        _in_line(connection, READER, passwords.reader, _reader_statements)
        _in_line(connection, KEEPER, passwords.keeper, _keeper_statements)
        for address in (warehouse, metadata):
            _require_login(address)
    except psycopg2.Error as error:
        raise DashboardsError(_for_an_administrator(error, where)) from None
    finally:
        connection.close()
    return Addresses(warehouse.render_as_string(hide_password=False), metadata.render_as_string(hide_password=False))


def _of(url: URL, account: str, password: str, database: str | None) -> URL:
    # Passwords, keys and service names of the platform's account are not for another one.
    query = {name: value for name, value in url.query.items() if name in {"host", "port", "sslmode", "sslrootcert"}}
    return URL.create("postgresql+psycopg2", account, password, url.host, url.port, database, query)


def _in_line(
    connection: Connection, account: str, password: str, statements: Callable[[Connection], list[str]]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", (account,))
        exists = (cursor.fetchone() or (False,))[0]
        if not exists:
            cursor.execute(f"CREATE ROLE {account} NOLOGIN")
        for statement in statements(connection):
            cursor.execute(statement)
        cursor.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", (account,))
        if not (cursor.fetchone() or (False,))[0]:
            # Only a verifier reaches the server, so its log never holds the password.
            verifier = encrypt_password(password, account, connection, "scram-sha-256")
            cursor.execute(f"ALTER ROLE {account} LOGIN PASSWORD %s", (verifier,))


def _reader_statements(connection: Connection) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", (READER, ANALYST))
        member = (cursor.fetchone() or (False,))[0]
        cursor.execute("SELECT coalesce(rolconfig, '{}') FROM pg_roles WHERE rolname = %s", (READER,))
        options = set((cursor.fetchone() or ([],))[0])
    return ([] if member else [f"GRANT {ANALYST} TO {READER}", f"ALTER ROLE {READER} CONNECTION LIMIT 20"]) + [
        f"ALTER ROLE {READER} SET {name} = '{value}'"
        for name, value in _READER_OPTIONS.items()
        if not any(option.startswith(f"{name}=") for option in options)
    ]


def _keeper_statements(connection: Connection) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, EXISTS (SELECT FROM pg_database WHERE datname = %s)"
            " FROM pg_roles WHERE rolname = current_user",
            (METADATA_DATABASE,),
        )
        user, may_do_all, exists = cursor.fetchone() or ("", False, False)
    if exists:
        return []
    # Only a member of the owner-to-be may give it a database.
    membership = [] if may_do_all else [f"GRANT {KEEPER} TO {quoted(user)}"]
    return [
        *membership,
        f"CREATE DATABASE {METADATA_DATABASE} OWNER {KEEPER} TEMPLATE template0 ENCODING 'UTF8'",
        f"REVOKE ALL ON DATABASE {METADATA_DATABASE} FROM PUBLIC",
    ]


def _require_login(address: URL) -> None:
    try:
        psycopg2.connect(
            address.set(drivername="postgresql").render_as_string(hide_password=False), connect_timeout=_CONNECT_SECONDS
        ).close()
    except psycopg2.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise psycopg2.OperationalError(f"{address.username} cannot log in: {reason}") from None


def _for_an_administrator(error: psycopg2.Error, where: str) -> str:
    reason = str(error).strip().splitlines()[0]
    return (
        f"Superset's accounts on the warehouse's server are not as they should be: {reason}. An administrator has to "
        f"run what is missing of this, with the passwords that are in {where}:\n"
        f"    CREATE ROLE {READER} LOGIN CONNECTION LIMIT 20 IN ROLE {ANALYST} PASSWORD '...';\n"
        + "".join(f"    ALTER ROLE {READER} SET {name} = '{value}';\n" for name, value in _READER_OPTIONS.items())
        + f"    CREATE ROLE {KEEPER} LOGIN PASSWORD '...';\n"
        f"    CREATE DATABASE {METADATA_DATABASE} OWNER {KEEPER} TEMPLATE template0 ENCODING 'UTF8';\n"
        f"    REVOKE ALL ON DATABASE {METADATA_DATABASE} FROM PUBLIC;\n"
        "An account whose password is another one gets this one by ALTER ROLE ... PASSWORD '...'."
    )
