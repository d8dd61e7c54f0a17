"""The two databases as a watcher sees them: it never starts the embedded server, which would hide that it is down."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import Connection, text

from movie_assets.monitoring import metrics as m
from movie_assets.monitoring.metrics import Sample, Told
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import DAGSTER_DATABASE, WAREHOUSE_DATABASE, Warehouse
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded import EmbeddedServer

WAREHOUSE = "warehouse"
DAGSTER = "dagster"

_HEALTH = "SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes"


def databases(settings: Settings) -> dict[str, Callable[[], Database]]:
    """How to get at each database; raises DatabaseUnavailableError or EmbeddedServerError while it is not there."""
    if settings.database_url is None:
        server = EmbeddedServer(settings.home, user=settings.embedded_user)
        found = {
            WAREHOUSE: lambda: Database(server.dsn(WAREHOUSE_DATABASE)),
            DAGSTER: lambda: Database(server.dsn(DAGSTER_DATABASE)),
        }
        if settings.dagster_database_url is None:
            return found
    warehouse = Warehouse(settings)
    elsewhere = {WAREHOUSE: lambda: warehouse.database, DAGSTER: lambda: warehouse.dagster_database}
    return elsewhere if settings.database_url is not None else {**found, DAGSTER: elsewhere[DAGSTER]}


def server_kind(settings: Settings, name: str) -> str:
    """The label of a database's server: `embedded` or `external`."""
    url = settings.database_url if name == WAREHOUSE else settings.dagster_database_url or settings.database_url
    return "embedded" if url is None else "external"


def health(connection: Connection, name: str, kind: str) -> Iterator[Told]:
    """Version and size of the connection's database."""
    row = connection.execute(text(_HEALTH)).mappings().one()
    yield Sample(m.DATABASE_INFO, (name, kind, str(row["version"]).split(" ", maxsplit=1)[0]), 1)
    yield Sample(m.DATABASE_SIZE, (name,), row["bytes"])
