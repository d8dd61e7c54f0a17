"""HTTP to TMDB: a requests session whose connections add the credential as the last thing before the socket."""

from __future__ import annotations

from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3 import PoolManager
from urllib3.connectionpool import HTTPConnectionPool

from movie_assets.tmdb.credentials import Credential

# A session serves one thread, which has one request under way at a time.
_CONNECTIONS: Final = 1


def open_session(api_url: str, credential: Credential) -> requests.Session:
    """A session that can reach `api_url` and nothing else, so the credential cannot go anywhere else either.

    It is meant for one thread. Proxies named by the environment are used; ~/.netrc and cookies are not.
    """
    session = requests.Session()
    session.adapters.clear()
    session.mount(f"{api_url}/", _Adapter(credential))
    session.headers.update({"Accept": "application/json", "User-Agent": "movie-assets"})
    # An authentication of its own, even one that adds nothing, keeps requests from looking into ~/.netrc.
    session.auth = _unchanged
    session.cookies = _NoCookies()
    return session


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _NoCookies(RequestsCookieJar):
    """A jar that stays empty: no cookie is needed."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Keep nothing."""


class _Adapter(HTTPAdapter):
    """An adapter all of whose connections, direct or through a proxy, add the credential."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential
        super().__init__(pool_connections=1, pool_maxsize=_CONNECTIONS, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _add_credential(self.poolmanager, self._credential)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not known:
            _add_credential(manager, self._credential)
        return manager


def _add_credential(manager: PoolManager, credential: Credential) -> None:
    manager.pool_classes_by_scheme = {
        scheme: _pool_class(pool, credential) for scheme, pool in manager.pool_classes_by_scheme.items()
    }


def _pool_class(base: type[HTTPConnectionPool], credential: Credential) -> type[HTTPConnectionPool]:
    connection: Any = base.ConnectionCls

    class Connection(connection):  # type: ignore[misc]  # the base differs by scheme and proxy
        def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
            super().putrequest(method, credential.target(url), *args, **kwargs)
            header = credential.header()
            if header is not None:
                self.putheader("Authorization", header)

    class Pool(base):  # type: ignore[misc,valid-type]  # as above
        ConnectionCls = Connection

    return Pool
