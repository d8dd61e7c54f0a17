"""The exporter: metrics of the platform for Prometheus, beside it, with PostgreSQL up or down."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

from movie_assets.commands.binding import free_port, is_loopback, require_free_port
from movie_assets.errors import MovieAssetsError
from movie_assets.monitoring.catalogue import declared_elsewhere
from movie_assets.monitoring.collector import PlatformCollector
from movie_assets.monitoring.rights import dagster_statements, warehouse_statements
from movie_assets.monitoring.server import METRICS_PATH, application, serving
from movie_assets.settings import Settings
from movie_assets.warehouse.watcher import WATCHER


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Answer scrapes until SIGINT or SIGTERM.

    Raises MovieAssetsError when the host is not this machine's own and that is not allowed, or the port is taken.
    """
    _require_local(settings)
    port = settings.metrics_port or free_port(settings.metrics_host)
    require_free_port(settings.metrics_host, port, "MOVIE_ASSETS_METRICS_PORT")
    stopping = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopping.set()

    # SIGINT as well: a shell that starts something in the background has it ignored.
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    previous = {number: signal.signal(number, stop) for number in numbers}
    try:
        # Loading the definitions takes seconds: what is wrong with the address was told before.
        collector = PlatformCollector(settings, declared_elsewhere(), say=say)
        with serving(settings.metrics_host, port, application(collector)):
            say(f"Metrics are at http://{settings.metrics_host}:{port}{METRICS_PATH}. Ctrl-C stops them.")
            stopping.wait()
            say("Stopping.")
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def rights_in_words() -> str:
    """SQL that lets an account watch, for an administrator."""
    lines = [
        f"-- As an administrator, for an account that only watches ({WATCHER}; choose the password):",
        f"-- CREATE ROLE {WATCHER} LOGIN PASSWORD '...' IN ROLE pg_monitor CONNECTION LIMIT 10;",
        "-- In the warehouse (for what is stored; the platform opens what it publishes later itself):",
        *(f"{statement};" for statement in warehouse_statements()),
        "-- In the database `dagster`:",
        *(f"{statement};" for statement in dagster_statements()),
    ]
    return "\n".join(lines) + "\n"


def _require_local(settings: Settings) -> None:
    if settings.allow_remote or is_loopback(settings.metrics_host):
        return
    raise MovieAssetsError(
        f"MOVIE_ASSETS_METRICS_HOST={settings.metrics_host} would tell the platform's metrics to other machines, "
        "without a login. Leave the host at 127.0.0.1, or set MOVIE_ASSETS_ALLOW_REMOTE=true if the network lets "
        "nobody else in, such as a container's own."
    )
