"""A proxy between a client and PostgreSQL that acts at the very statement a test names."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from movie_assets.warehouse.database import Database

_CHUNK = 65_536


class CuttingProxy:
    """Passes bytes on until the client sends `marker`; then it cuts that connection.

    `delivered` says whether the server still gets the statement. `times` limits how many connections are cut.
    `on_cut` runs at each cut, before anything is closed. With `closed_afterwards`, new connections are refused too.
    """

    def __init__(
        self,
        target: Path,
        marker: bytes,
        *,
        delivered: bool = False,
        times: int = 1,
        on_cut: Callable[[], None] = lambda: None,
        closed_afterwards: bool = False,
    ) -> None:
        self._target = target
        self._marker = marker
        self._delivered = delivered
        self._left = times
        self._on_cut = on_cut
        self._closed_afterwards = closed_afterwards
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Refuse every new connection."""
        # Closing alone would not wake the thread that accepts, and it would take in one more.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(str(self._target))
            except OSError:
                _shut(client, server)
                continue
            threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()
            threading.Thread(target=_pump, args=(server, client), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        seen = b""
        with contextlib.suppress(OSError):
            while piece := client.recv(_CHUNK):
                seen = seen[-len(self._marker) :] + piece
                if self._marker in seen and self._take_turn():
                    self._cut(client, server, piece)
                    return
                server.sendall(piece)
        _shut(client, server)

    def _take_turn(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0

    def _cut(self, client: socket.socket, server: socket.socket, piece: bytes) -> None:
        self.cuts += 1
        if self._closed_afterwards:
            self.close()
        if self._delivered:
            # The client learns nothing, while the server does what it was told.
            _shut(client)
            server.sendall(piece)
            server.shutdown(socket.SHUT_WR)
        self._on_cut()
        if not self._delivered:
            _shut(client, server)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(_CHUNK):
            # A client that was cut off gets nothing more, but the server goes on.
            with contextlib.suppress(OSError):
                sink.sendall(piece)
    _shut(source, sink)


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextmanager
def cut_at(database: Database, marker: bytes, **options: object) -> Iterator[tuple[Database, CuttingProxy]]:
    """The database by way of a proxy that cuts at `marker`; see CuttingProxy for the options."""
    directory, port = database.url.query["host"], database.url.query.get("port", "5432")
    proxy = CuttingProxy(Path(str(directory)) / f".s.PGSQL.{port}", marker, **options)  # type: ignore[arg-type]
    address = database.url.set(host="127.0.0.1", port=proxy.port, query={"sslmode": "disable"})
    try:
        yield Database(address.render_as_string(hide_password=False)), proxy
    finally:
        proxy.close()
