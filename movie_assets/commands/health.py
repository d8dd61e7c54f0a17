"""Whether a service of a container works: `python -m movie_assets.commands.health [SERVICE]`, exit code 0 or 1.

Without a service it tells whether PostgreSQL answers, which every service needs.

Asked every few seconds in every container, so it imports nothing of Dagster, which would take seconds of a core each.
"""

from __future__ import annotations

import contextlib
import sys
import urllib.request
from collections.abc import Callable

from movie_assets.settings import Settings

PATIENCE_SECONDS = 5.0
STALE_AFTER_SECONDS = 120.0
"""Age of a heartbeat at which the daemon counts as stuck; Dagster writes one every 30 s."""


def code_server(settings: Settings) -> None:
    """The code server of this machine has loaded its definitions and answers."""
    import grpc  # noqa: PLC0415
    from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse  # noqa: PLC0415
    from grpc_health.v1.health_pb2_grpc import HealthStub  # noqa: PLC0415

    with grpc.insecure_channel(f"127.0.0.1:{settings.code_server_port}") as channel:
        answer = HealthStub(channel).Check(HealthCheckRequest(service="DagsterApi"), timeout=PATIENCE_SECONDS)
    require(answer.status == HealthCheckResponse.SERVING, "it is not serving")


def webserver(settings: Settings) -> None:
    """The UI of this machine answers."""
    address = f"http://127.0.0.1:{settings.port}/server_info"
    with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS):
        pass


def daemon(settings: Settings) -> None:
    """Each of the daemon's loops has given a sign of life; Dagster keeps them in PostgreSQL."""
    from movie_assets.warehouse.connection import Warehouse  # noqa: PLC0415

    with contextlib.closing(Warehouse(settings)) as warehouse:
        age = warehouse.dagster_database.scalar(
            "SELECT extract(EPOCH FROM now() AT TIME ZONE 'UTC' - min(timestamp)) FROM daemon_heartbeats"
        )
    require(age is not None, "it has given no sign of life yet")
    require(float(str(age)) < STALE_AFTER_SECONDS, f"its last sign of life is {float(str(age)):.0f} s old")


def database(settings: Settings) -> None:
    """PostgreSQL answers."""
    from movie_assets.warehouse.connection import Warehouse  # noqa: PLC0415

    with contextlib.closing(Warehouse(settings)) as warehouse:
        warehouse.database.require_supported()


def require(fulfilled: bool, otherwise: str) -> None:
    """Raises RuntimeError that says what is wrong."""
    if not fulfilled:
        raise RuntimeError(otherwise)


CHECKS: dict[str, Callable[[Settings], None]] = {
    "code-server": code_server,
    "webserver": webserver,
    "daemon": daemon,
    "database": database,
}


def main(service: str) -> None:
    """Exit with 1 and one line when the service does not work."""
    try:
        CHECKS[service](Settings())
    except Exception as error:
        sys.exit(f"{service}: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")


if __name__ == "__main__":
    main(*sys.argv[1:] or ["database"])
