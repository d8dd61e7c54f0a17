"""Servers that ask for a password on a loopback port, as managed ones do: Debian's PostgreSQL 15, the bundled 18."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from movie_assets.warehouse.embedded_account import server_account
from movie_assets.warehouse.embedded_programs import find_programs

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
INSTALL = "apt-get install postgresql-15"
PASSWORD = "a p@ss:w/rd%"


@contextmanager
def debian_postgres(directory: Path) -> Iterator[str]:
    """Address of a running PostgreSQL 15; logs go to `directory`. Fails with the remedy where it is not installed."""
    if not (PROGRAMS / "initdb").is_file():
        pytest.fail(f"Debian's PostgreSQL 15 is needed: {INSTALL}")
    with _password_server(directory, PROGRAMS, pwd.getpwnam("postgres") if os.geteuid() == 0 else None) as url:
        yield url


@contextmanager
def bundled_postgres(directory: Path) -> Iterator[str]:
    """Address of a server of the bundled programs that is nobody's embedded one: its superuser is `owner`."""
    account = server_account(None, directory / "data")
    programs = find_programs(account).bin
    with _password_server(directory, programs, pwd.getpwnam(account.name) if os.geteuid() == 0 else None) as url:
        yield url


@contextmanager
def _password_server(directory: Path, programs: Path, account: pwd.struct_passwd | None) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # pytest's own directories are private to root, where the account `postgres` could not enter.
    home = Path(tempfile.mkdtemp(prefix="movie-assets-pg-"))
    home.chmod(0o755)
    try:
        password_file = home / "password"
        password_file.write_text(PASSWORD)
        data = home / "data"
        data.mkdir()
        if account:
            for path in (password_file, data):
                os.chown(path, account.pw_uid, account.pw_gid)

        def run(*command: str | Path) -> None:
            _run(command, account, directory)

        run(programs / "initdb", "-D", data, "-U", "owner", "--auth=scram-sha-256", f"--pwfile={password_file}", "-N")
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off"
        run(programs / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", options, "start")
        try:
            yield f"postgresql://owner:a%20p%40ss%3Aw%2Frd%25@127.0.0.1:{port}/postgres"
        finally:
            run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home)


def _run(command: Sequence[str | Path], account: pwd.struct_passwd | None, directory: Path) -> None:
    log = directory / f"{Path(command[0]).name}.log"
    with log.open("wb") as output:
        code = subprocess.run(
            [str(part) for part in command],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            check=False,
        ).returncode
    assert code == 0, log.read_text()
