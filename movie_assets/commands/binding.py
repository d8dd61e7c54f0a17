"""Where the UI listens: on this machine only, unless somebody says that he knows what else it means."""

from __future__ import annotations

import ipaddress
import socket

from movie_assets.errors import MovieAssetsError
from movie_assets.settings import Settings


def require_local(settings: Settings) -> None:
    """Raises MovieAssetsError when the UI would be reachable from elsewhere and `allow_remote` is not set."""
    if settings.allow_remote or is_loopback(settings.host):
        return
    raise MovieAssetsError(
        f"MOVIE_ASSETS_HOST={settings.host} would make the Dagster UI reachable from other machines. It has no login: "
        "whoever reaches it can start and delete runs, switch automation off and read what runs have logged. Leave "
        "the host at 127.0.0.1 and put a proxy that asks for a login in front of it (docs/security.md), or set "
        "MOVIE_ASSETS_ALLOW_REMOTE=true if the network lets nobody else in."
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # A name may be anybody's in a foreign resolver; this one is fixed by RFC 6761.
        return host == "localhost"


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def require_free_port(host: str, port: int, setting: str = "MOVIE_ASSETS_PORT") -> None:
    """Raises MovieAssetsError, with the setting that names the port, when nothing can listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise MovieAssetsError(
                f"{host}:{port} cannot be used ({error.strerror}). Set {setting} to a free port, or 0 for any."
            ) from error
