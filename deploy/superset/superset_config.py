"""Superset's configuration. Every secret comes from the environment of the process or from a file of its own.

SUPERSET_SECRET_KEY signs sessions, SUPERSET_METADATA_URI is the database of Superset's own tables and
SUPERSET_WAREHOUSE_URI the one that the dashboards read, as an account that may read what analysts may. An address
without a password gets the one in SUPERSET_METADATA_PASSWORD or SUPERSET_WAREHOUSE_PASSWORD. A secret that is no
variable is read from the file in SUPERSET_SECRETS_DIR (/run/secrets) that is named like it, in small letters.
"""

from __future__ import annotations

import os
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL, make_url
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def secret(name: str) -> str:
    """The secret of that name; RuntimeError, which says where it was looked for, when there is none."""
    if value := os.environ.get(name):
        return value
    path = Path(os.environ.get("SUPERSET_SECRETS_DIR", "/run/secrets")) / name.lower()
    try:
        value = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise RuntimeError(f"{name} is not set, and {path} cannot be read: {error}. Provide one of them.") from None
    if not value:
        raise RuntimeError(f"{name} is not set, and {path} is empty. Provide one of them.")
    return value


def address(name: str) -> URL:
    """The address of a database, with its password."""
    url = make_url(os.environ[f"SUPERSET_{name}_URI"])
    return url if url.password is not None else url.set(password=secret(f"SUPERSET_{name}_PASSWORD"))


SECRET_KEY = secret("SUPERSET_SECRET_KEY")
SQLALCHEMY_DATABASE_URI = address("METADATA").render_as_string(hide_password=False)
# A connection that was lost, as in a failover, is noticed before a page is asked for with it.
SQLALCHEMY_ENGINE_OPTIONS = {"pool_pre_ping": True}
WAREHOUSE = address("WAREHOUSE")

PLACEHOLDER_HOST = "movie-assets"
"""The host in databases/movie_assets.yaml, which stands for WAREHOUSE."""

APP_NAME = "Movie Assets"
# A figure is never older than the reload of its page.
CACHE_CONFIG = DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}

ROW_LIMIT = 5000
SQL_MAX_ROW = 10_000
SQLLAB_TIMEOUT = 60
SUPERSET_WEBSERVER_TIMEOUT = 60

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# On plain HTTP a browser would not send it back; a proxy with TLS in front sets this.
SESSION_COOKIE_SECURE = os.environ.get("SUPERSET_BEHIND_TLS", "") == "true"
ENABLE_PROXY_FIX = SESSION_COOKIE_SECURE
# Counts failed logins in each process; one process serves.
RATELIMIT_STORAGE_URI = "memory://"
# Nobody registers, and nobody reads without a login.
AUTH_USER_REGISTRATION = False
PUBLIC_ROLE_LIKE = None
# Superset's own policy lets the browser load pictures, maps and fonts from elsewhere; one of them counts its users.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": SESSION_COOKIE_SECURE,
}


class Reports:
    """WSGI: answers to what pages report of themselves, without a session, and to nobody without a way to the login.

    The page of the login reports too. Superset would answer with a way to the login and the cookie of nobody's session;
    where that comes after the cookie of a login that was given meanwhile, it undoes the login.
    """

    PATH = "/superset/log/"

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """What Superset answers; the cookies of a report are left out, and a redirect is no content."""
        if environ.get("PATH_INFO") != self.PATH:
            return self.app(environ, start_response)
        answer = Response.from_app(self.app, environ, buffered=True)
        if answer.location:
            answer = Response(status=HTTPStatus.NO_CONTENT)
        answer.headers.pop("Set-Cookie", None)
        return answer(environ, start_response)


ADDITIONAL_MIDDLEWARE = [Reports]
FEATURE_FLAGS = {"ALERT_REPORTS": False, "THUMBNAILS": False, "EMBEDDED_SUPERSET": False}


def DB_CONNECTION_MUTATOR(  # noqa: N802 - the name is Superset's
    uri: URL, params: dict[str, Any], username: str | None, security_manager: object, source: object
) -> tuple[URL, dict[str, Any]]:
    """The warehouse's address in the place of its placeholder; other connections stay as they are."""
    return (WAREHOUSE if uri.host == PLACEHOLDER_HOST else uri), params
