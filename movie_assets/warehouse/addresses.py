"""Addresses of PostgreSQL with several hosts, of which the one that takes writes is used.

libpq writes them `postgresql://user@one:5432,two:5433/name`, SQLAlchemy `postgresql://user@/name?host=one:5432&host=two:5433`.
Both are read here and become `?host=one,two&port=5432,5433`, which either understands, and with it every driver.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DEFAULT_PORT = "5432"

# Without these a client that is busy with a host that is gone would wait for minutes, and a standby would be as good as
# the primary. Each may be given in the address.
FAILOVER = {
    "target_session_attrs": "read-write",
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}

# As SQLAlchemy splits it: a password may hold anything but "@".
_AUTHORITY = re.compile(
    r"^(?P<scheme>[\w+]+://)(?P<account>(?:[^:/@]*(?::[^@]*)?@)?)(?P<hosts>[^/?@]*)(?P<rest>.*)$", re.DOTALL
)
_HOST_AND_PORT = re.compile(r"^(?P<host>\[[^\]]+\]|[^:\[\]]*)(?::(?P<port>\d*))?$")

# Stands for the hosts while SQLAlchemy writes an address.
_PLACE = "\x00"


def parse_address(text: str) -> URL:
    """The address as an SQLAlchemy URL; several hosts are its options `host` and `port`, joined by commas.

    Raises ArgumentError or ValueError when it is no URL, or hosts and ports do not fit each other. The message may
    repeat parts of the address.
    """
    written = _AUTHORITY.match(text)
    if written is not None and "," in written["hosts"]:
        url = make_url(written["scheme"] + written["account"] + written["rest"])
        if "host" in url.query:
            raise ArgumentError("hosts stand both before and behind the database's name")
        return _with_hosts(url, [unquote(token) for token in written["hosts"].split(",")])
    url = make_url(text)
    if "host" not in url.query:
        return url
    if url.port is not None and "port" not in url.query:
        url = url.update_query_dict({"port": str(url.port)})
    # `URL.set` would leave host and port where they are.
    bare = URL.create(url.drivername, url.username, url.password, None, None, url.database, url.query)
    return _with_hosts(bare, _values(url, "host"))


def hosts_of(url: URL) -> list[tuple[str, str]]:
    """Every host of a URL of `parse_address`, with its port; empty strings stand for libpq's own choice."""
    if "host" not in url.query:
        return [(url.host or "", str(url.port or ""))]
    hosts = _values(url, "host")
    ports = _values(url, "port") or [""]
    return list(zip(hosts, ports * len(hosts) if len(ports) == 1 else ports, strict=True))


def shown(url: URL) -> str:
    """The address without its password, hosts in the place where a person looks for them."""
    hosts = hosts_of(url)
    if len(hosts) == 1:
        return url.render_as_string(hide_password=True)
    written = [(f"[{host}]" if ":" in host else host, port) for host, port in hosts]
    joined = ",".join(f"{host}:{port}" if port else host for host, port in written)
    bare = url.difference_update_query(["host", "port"]).set(host=_PLACE)
    return bare.render_as_string(hide_password=True).replace(_PLACE, joined)


def _with_hosts(url: URL, tokens: list[str]) -> URL:
    ports = _values(url, "port")
    pairs = [_split(token, by_port=bool(ports)) for token in tokens]
    if ports:
        if len(ports) not in {1, len(pairs)}:
            raise ArgumentError(f"there are {len(pairs)} hosts and {len(ports)} ports")
        ports = ports * len(pairs) if len(ports) == 1 else ports
        pairs = [(host, port) for (host, _), port in zip(pairs, ports, strict=True)]
    if any(port and not port.isdecimal() for _, port in pairs):
        raise ArgumentError("a port is no number")
    url = url.difference_update_query(["host", "port"])
    options = {"host": ",".join(host for host, _ in pairs)}
    if any(port for _, port in pairs):
        options["port"] = ",".join(port or DEFAULT_PORT for _, port in pairs)
    if len(pairs) > 1:
        options = {**{name: value for name, value in FAILOVER.items() if name not in url.query}, **options}
    return url.update_query_dict(options)


def _split(token: str, *, by_port: bool) -> tuple[str, str]:
    """A host and its port; a path of a socket and an IPv6 address without brackets are hosts as they are."""
    found = None if by_port or token.startswith(("/", "@")) else _HOST_AND_PORT.match(token)
    if found is None:
        if not by_port and ":" in token and token.count(":") == 1:
            raise ArgumentError("a port is no number")
        return token.removeprefix("[").removesuffix("]"), ""
    return found["host"].removeprefix("[").removesuffix("]"), found["port"] or ""


def _values(url: URL, option: str) -> list[str]:
    value = url.query.get(option, ())
    given = (value,) if isinstance(value, str) else value
    return [part for text in given for part in text.split(",")]
