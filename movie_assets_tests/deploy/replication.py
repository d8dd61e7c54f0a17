"""A primary and its synchronous standby, as real processes on loopback ports."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from movie_assets.warehouse.connection import DAGSTER_DATABASE, WAREHOUSE_DATABASE
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.embedded_account import server_account
from movie_assets.warehouse.embedded_programs import find_programs
from movie_assets_tests.commands.processes import eventually, place_for_all

STANDBY = "postgres_standby"
_REPLICATED = f"SELECT count(*) FROM pg_stat_replication WHERE application_name = '{STANDBY}' AND sync_state = 'sync'"


class Server:
    """One server of the pair; its superuser is `owner`, and its port asks for no password."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._account = server_account(None, data)
        self._bin = find_programs(self._account).bin
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    @property
    def database(self) -> Database:
        return Database(f"postgresql://owner@127.0.0.1:{self.port}/{WAREHOUSE_DATABASE}")

    def call(self, program: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs to its end."""
        identity = {"user": self._account.uid, "group": self._account.gid} if os.geteuid() == 0 else {}
        with (self.data.parent / f"{self.data.name}.{program}.log").open("wb") as log:
            command: Sequence[str | Path] = [self._bin / program, *arguments]
            code = subprocess.run(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False, **identity
            ).returncode
        assert code == 0, Path(log.name).read_text()

    def start(self, **settings: str) -> None:
        """Start it and wait until it answers."""
        fixed = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": ""}
        options = " ".join(f"-c {name}='{value}'" for name, value in {**fixed, **settings}.items())
        self.call("pg_ctl", "start", "-D", self.data, "-w", "-l", self.data / "log", "-o", options)

    def processes(self) -> list[psutil.Process]:
        """The postmaster and its children."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]

    def kill(self) -> None:
        """Kill every process of it at once, as a machine does that loses its power."""
        processes = self.processes()
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, timeout=10)


class Pair:
    """Both servers, and the address that leads to whichever takes writes."""

    def __init__(self, place: Path) -> None:
        self.primary, self.standby = Server(place / "primary"), Server(place / "standby")
        for server in (self.primary, self.standby):
            server.data.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(server.data, server._account.uid, server._account.gid)
        self.primary.call("initdb", "-D", self.primary.data, "-U", "owner", "--auth=trust", "--data-checksums", "-N")
        self.primary.start(max_connections="200")
        bootstrap = self.primary.database.beside("postgres")
        with bootstrap.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for name in (WAREHOUSE_DATABASE, DAGSTER_DATABASE):
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
        source = f"host=127.0.0.1 port={self.primary.port} user=owner application_name={STANDBY}"
        self.standby.call(
            "pg_basebackup", "-D", self.standby.data, "-d", source, "-R", "-C", "-S", STANDBY, "-c", "fast"
        )
        self.standby.start(max_connections="200")
        with bootstrap.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # By the server itself, so that it is not in the copy.
            connection.exec_driver_sql(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        eventually(lambda: self.primary.database.scalar(_REPLICATED) == 1, "the standby is synchronous")

    def dsn(self, database: str) -> str:
        """The address of a database on whichever server takes writes."""
        return f"postgresql://owner@127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}/{database}"

    def promote(self) -> None:
        """Make the standby the primary."""
        self.standby.call("pg_ctl", "promote", "-D", self.standby.data, "-w")

    def stop(self) -> None:
        """End what still runs."""
        for server in (self.primary, self.standby):
            if (server.data / "postmaster.pid").exists():
                try:
                    server.kill()
                except psutil.NoSuchProcess:
                    continue


@contextmanager
def pair() -> Iterator[Pair]:
    """A pair that replicates; gone afterwards."""
    with place_for_all() as place:
        if os.geteuid() == 0:
            account = server_account(None, place)
            os.chown(place, account.uid, account.gid)
        made = Pair(place)
        try:
            yield made
        finally:
            made.stop()
