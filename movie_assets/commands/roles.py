"""The warehouse's roles, made where the account may, and told to an administrator where it may not."""

from __future__ import annotations

from collections.abc import Callable

from movie_assets.commands.telling import plain
from movie_assets.errors import MovieAssetsError
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.roles import ANALYST, OWNER, Roles, ensure_roles


def prepare(database: Database, say: Callable[[str], None]) -> None:
    """Bring the roles in line before the pipeline starts; where the account may not, say so and go on.

    Raises DatabaseUnavailableError without a server.
    """
    found = ensure_roles(database)
    if found.needed:
        say(_notice(found))


def bring_in_line(database: Database, show: Callable[[str], None]) -> None:
    """Bring the roles in line and show what was run.

    Raises MovieAssetsError, with the statements, where the account may not, and DatabaseUnavailableError without a
    server.
    """
    found = ensure_roles(database)
    if found.needed:
        raise MovieAssetsError(_notice(found))
    done = "\n".join(f"{statement};" for statement in found.done)
    show(plain(done) or f"{OWNER} and {ANALYST} are as declared; nothing was changed.")


def _notice(found: Roles) -> str:
    statements = "".join(f"\n    {statement};" for statement in found.needed)
    return (
        f"The roles {OWNER} and {ANALYST} are not as declared and were left alone: {found.reason}. Analysts read "
        f"nothing through {ANALYST} until an administrator runs, in this database:{statements}\n"
        "The pipeline works without; docs/security.md tells what the roles are for."
    )
