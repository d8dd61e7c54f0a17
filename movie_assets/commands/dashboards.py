"""Superset with the dashboards of the repository: installed, brought in line and served."""

from __future__ import annotations

import fcntl
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from pydantic import SecretStr

from movie_assets.commands.binding import free_port, is_loopback, require_free_port
from movie_assets.dashboards.environment import ensure_environment
from movie_assets.dashboards.errors import DashboardsError
from movie_assets.dashboards.logins import Addresses, Passwords, ensure_logins
from movie_assets.dashboards.places import LOCK, Places
from movie_assets.dashboards.stored_secrets import kept_secret
from movie_assets.dashboards.superset import ANALYST_ACCOUNT, Accounts, Superset, stop
from movie_assets.dashboards.views import ensure_views
from movie_assets.settings import Settings
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.roles import ensure_roles
from movie_assets.warehouse.tables import SCHEMA

_LOOK_AGAIN_SECONDS = 2.0
_LAST_PUBLISHED = ("brand_stats", "brand_comparison", "check_results")


def serve(settings: Settings, warehouse: Callable[[], Database], say: Callable[[str], None]) -> None:
    """Serve the dashboards until SIGINT or SIGTERM.

    Raises MovieAssetsError when the host is not this machine's own and that is not allowed, when the port is taken,
    Superset is up on this home already, nothing is published yet, or a step fails.
    """
    _require_local(settings)
    places = Places.of(settings)
    places.make()
    with _only_one(places), _signals_as_interrupts():
        port = settings.superset_port or free_port(settings.superset_host)
        require_free_port(settings.superset_host, port, "MOVIE_ASSETS_SUPERSET_PORT")
        database = warehouse()
        _require_published(database)
        ensure_environment(places.environment, LOCK, say)
        superset = prepared(settings, places, database)
        say("Bringing Superset in line with deploy/superset.")
        superset.apply(accounts(settings, places), say)
        process = superset.start(settings.superset_host, port)
        try:
            url = f"http://{settings.superset_host}:{port}"
            say(f"The dashboards are up: {url} (log in {places.log}). Ctrl-C stops it.")
            say(_who_logs_in(settings, places))
            code = process.wait()
            raise DashboardsError(f"Superset ended with {code}; see {places.log}, and start it again.")
        except KeyboardInterrupt:
            say("Stopping.")
        finally:
            stop(process)


def make_accounts(settings: Settings, warehouse: Callable[[], Database], say: Callable[[str], None]) -> None:
    """Make Superset's roles, views and accounts, for a Superset that is served elsewhere, once tables are published.

    Raises MovieAssetsError when the server does not let the platform's account make them.
    """
    places = Places.of(settings)
    places.make()
    database = warehouse()
    if not _is_published(database):
        say("Waiting for the first refresh.")
    while not _is_published(database):
        time.sleep(_LOOK_AGAIN_SECONDS)
    addresses(settings, places, database)
    say("Superset's accounts and views are there.")


def prepared(settings: Settings, places: Places, database: Database) -> Superset:
    """Superset told where the warehouse and its own tables are."""
    return Superset(places, addresses(settings, places, database), kept_secret(places.secret("secret_key")))


def addresses(settings: Settings, places: Places, database: Database) -> Addresses:
    """Where Superset's accounts reach the warehouse and its own tables; missing roles, views and accounts are made."""
    ensure_roles(database)
    ensure_views(database)
    passwords = Passwords(
        _password(settings.superset_warehouse_password, places, "warehouse"),
        _password(settings.superset_metadata_password, places, "metadata"),
    )
    return ensure_logins(database, passwords, f"{places.directory}/*_password, or where they are set")


def _password(given: SecretStr | None, places: Places, name: str) -> str:
    return given.get_secret_value() if given else kept_secret(places.secret(f"{name}_password"))


def accounts(settings: Settings, places: Places) -> Accounts:
    """Who logs in, with the passwords that are set or kept.

    Raises DashboardsError when administrator and analyst would be one account.
    """
    if settings.superset_admin == ANALYST_ACCOUNT:
        raise DashboardsError(
            f"MOVIE_ASSETS_SUPERSET_ADMIN={ANALYST_ACCOUNT} is the account of analysts. Choose another name."
        )
    return Accounts(
        settings.superset_admin,
        _password(settings.superset_admin_password, places, "admin"),
        kept_secret(places.secret("analyst_password")),
    )


def _who_logs_in(settings: Settings, places: Places) -> str:
    admin = "MOVIE_ASSETS_SUPERSET_ADMIN_PASSWORD"
    if settings.superset_admin_password is None:
        admin = str(places.secret("admin_password"))
    return (
        f"Log in as {settings.superset_admin} with the password in {admin}, or as {ANALYST_ACCOUNT} with the one in "
        f"{places.secret('analyst_password')}."
    )


def _require_local(settings: Settings) -> None:
    if settings.allow_remote or is_loopback(settings.superset_host):
        return
    raise DashboardsError(
        f"MOVIE_ASSETS_SUPERSET_HOST={settings.superset_host} would make Superset reachable from other machines, with "
        "passwords in the clear. Leave the host at 127.0.0.1 and put a proxy with TLS in front of it (docs/"
        "dashboards.md), or set MOVIE_ASSETS_ALLOW_REMOTE=true if the network lets nobody else in."
    )


def _is_published(database: Database) -> bool:
    # The others are there with these: check_results alone is also written by a refresh that failed.
    return all(database.scalar("SELECT to_regclass(:name)", name=f"{SCHEMA}.{name}") for name in _LAST_PUBLISHED)


def _require_published(database: Database) -> None:
    if not _is_published(database):
        raise DashboardsError(
            f"nothing is published in {database!r} yet, so there is nothing to show. Refresh it first: `make run` does "
            "so when it starts, `movie-assets run` without the UI."
        )


@contextmanager
def _only_one(places: Places) -> Iterator[None]:
    path = places.directory / "lock"
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DashboardsError(
                f"Superset is up on {places.directory} already, or on its way. Stop it with Ctrl-C where it was "
                "started, or set MOVIE_ASSETS_HOME and MOVIE_ASSETS_SUPERSET_PORT for a second one."
            ) from None
        yield


@contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    # SIGINT as well: a shell that starts something in the background has it ignored.
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    previous = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    except KeyboardInterrupt:
        # A second one, or one before the server was up: there is nothing left to tell.
        return
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
