"""PostgreSQL's image: accounts from secret files, a standby that is promoted, a former primary, a point in time."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from movie_assets.settings import PROJECT_ROOT
from movie_assets_tests.commands.processes import eventually
from movie_assets_tests.deploy.engine import Docker

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(280)]

DATA = "/var/lib/postgresql/data"
ARCHIVE = "/var/lib/postgresql/archive"
SECRETS = ("postgres_password", "movie_assets_password", "replication_password", "monitor_password")
ODD = "a:b\\c 'd' \"e\" $f"
REPLICATES = (
    "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND application_name = 'postgres_standby'"
)
ROW = "INSERT INTO kept VALUES (%d)"
ROWS = "SELECT string_agg(n::text, ',' ORDER BY n) FROM kept"


class Servers:
    """Containers of the image in a network of their own, as docker-compose.yml runs them."""

    def __init__(self, docker: Docker, image: str, place: Path) -> None:
        self.docker, self.image, self.place = docker, image, place
        self.prefix = f"movie-assets-test-{secrets.token_hex(4)}"
        self._names: set[str] = set()
        self._volumes: set[str] = set()
        place.chmod(0o755)
        for name in SECRETS:
            self.secret(name, secrets.token_urlsafe(24))
        docker("network", "create", "--internal", self.prefix)

    def secret(self, name: str, value: str) -> None:
        """Have a password in its file."""
        (self.place / name).write_text(value + "\n", encoding="utf-8")
        (self.place / name).chmod(0o444)

    def start(self, name: str, *words: str, **settings: str) -> None:
        """Start a server; its data stay in the volume of its name."""
        self.docker.run("rm", "--force", self.container(name))
        variables = [word for variable, value in settings.items() for word in ("--env", f"{variable}={value}")]
        hardened = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"]
        writable = ["--tmpfs", "/tmp:mode=1777", "--tmpfs", "/var/run/postgresql:mode=1777"]  # noqa: S108 - in the container
        places = ["--volume", f"{self.volume(name)}:{DATA}", "--volume", f"{self.volume('archive')}:{ARCHIVE}"]
        places += ["--volume", f"{self.place}:/run/secrets:ro"]
        network = ["--network", self.prefix, "--network-alias", name]
        options = [
            "--detach",
            "--name",
            self.container(name),
            *network,
            *hardened,
            *writable,
            *places,
            *variables,
            *words,
        ]
        self.docker("run", *options, self.image)
        self._names.add(name)

    def container(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def volume(self, name: str) -> str:
        self._volumes.add(name)
        return f"{self.prefix}-{name}"

    def sql(self, name: str, statement: str, database: str = "movie_assets") -> str:
        """What a statement of the superuser inside the container gives."""
        words = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement]
        return self.docker("exec", self.container(name), *words).strip()

    def says(self, name: str) -> str:
        """The log of a server."""
        outcome = self.docker.run("logs", self.container(name))
        return outcome.stdout + outcome.stderr

    def healthy(self, name: str, role: str = "primary") -> None:
        """Wait until the image's own healthcheck finds the server in that role."""
        check = ("exec", self.container(name), "healthcheck")
        try:
            eventually(lambda: role in self.docker.run(*check).stdout, f"{name} is {role}")
        except AssertionError as error:
            error.add_note(self.says(name))
            raise

    def login(self, host: str, account: str, password: str, database: str, statement: str = "SELECT 1") -> str:
        """What a statement over the network gives, or the error."""
        passfile = self.place / "passfile"
        escaped = password.replace("\\", "\\\\").replace(":", "\\:")
        passfile.write_text(f"*:*:*:*:{escaped}\n", encoding="utf-8")
        passfile.chmod(0o644)
        # libpq takes no file that others may read; the container has a private copy of it.
        script = 'cat /run/secrets/passfile > /tmp/p; chmod 600 /tmp/p; PGPASSFILE=/tmp/p exec psql -XAtq "$@" 2>&1'
        words = ["-h", host, "-U", account, "-d", database, "-c", statement]
        outcome = self.docker.run("exec", self.container(host), "bash", "-c", script, "psql", *words)
        return outcome.stdout.strip()

    def remove(self) -> None:
        """Nothing of them is left."""
        for name in self._names:
            self.docker.run("rm", "--force", "--volumes", self.container(name))
        for volume in self._volumes:
            self.docker.run("volume", "rm", f"{self.prefix}-{volume}")
        self.docker.run("network", "rm", self.prefix)


@pytest.fixture(scope="module")
def image(docker: Docker) -> str:
    return docker.build("postgres", PROJECT_ROOT, PROJECT_ROOT / "deploy" / "postgres" / "Dockerfile")


@pytest.fixture
def servers(docker: Docker, image: str) -> Iterator[Servers]:
    with _place() as place:
        made = Servers(docker, image, place)
        try:
            yield made
        finally:
            made.remove()


@contextmanager
def _place() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="movie-assets-test-"))
    try:
        yield place
    finally:
        shutil.rmtree(place)


def test_accounts_have_the_passwords_of_their_files_and_only_their_rights(servers: Servers, docker: Docker) -> None:
    servers.secret("movie_assets_password", ODD)
    servers.start("postgres")
    servers.healthy("postgres")
    who = "SELECT current_user || ' ' || pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    for database in ("movie_assets", "dagster"):
        assert servers.login("postgres", "movie_assets", ODD, database, who) == "movie_assets movie_assets"
    assert "password authentication failed" in servers.login("postgres", "movie_assets", "wrong", "movie_assets")
    replication = (servers.place / "replication_password").read_text().strip()
    assert "rejects connection" in servers.login("postgres", "replicator", replication, "movie_assets")
    for query in ("SHOW data_checksums", "SELECT count(*) > 0 FROM pg_stat_statements"):
        assert servers.sql("postgres", query, "postgres") in {"on", "t"}
    locale = "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = 'movie_assets'"
    assert servers.sql("postgres", locale) == "b C.UTF-8"

    servers.secret("movie_assets_password", "another one")
    docker("restart", servers.container("postgres"))
    servers.healthy("postgres")
    assert servers.login("postgres", "movie_assets", "another one", "dagster") == "1"
    assert "password authentication failed" in servers.login("postgres", "movie_assets", ODD, "dagster")

    told = servers.says("postgres") + docker("inspect", servers.container("postgres"))
    for name in SECRETS:
        assert (servers.place / name).read_text().strip() not in told
    assert docker("exec", servers.container("postgres"), "id", "-u").strip() == "10002"
    assert docker.run("exec", servers.container("postgres"), "sh", "-c", "command -v pip python3").stdout == ""


def test_a_missing_secret_is_named(servers: Servers) -> None:
    (servers.place / "movie_assets_password").unlink()
    servers.start("postgres")
    eventually(lambda: "the secret movie_assets_password is missing" in servers.says("postgres"), "the message")


@pytest.mark.parametrize("seconds", [0.3, 0.8, 1.5])
def test_a_first_start_that_is_killed_begins_anew(servers: Servers, docker: Docker, seconds: float) -> None:
    servers.start("postgres")
    docker("exec", servers.container("postgres"), "sleep", seconds)
    docker("kill", "--signal", "KILL", servers.container("postgres"))
    docker("start", servers.container("postgres"))
    servers.healthy("postgres")
    assert servers.sql("postgres", "SELECT 1", "dagster") == "1"


def test_a_standby_is_promoted_and_the_former_primary_does_not_serve_beside_it(
    servers: Servers, docker: Docker
) -> None:
    primary = {"POSTGRES_PEER_HOST": "postgres-standby", "POSTGRES_SYNCHRONOUS_STANDBY_NAMES": "postgres_standby"}
    standby = {"POSTGRES_PRIMARY_HOST": "postgres", "POSTGRES_SYNCHRONOUS_STANDBY_NAMES": "postgres_standby"}
    servers.start("postgres", **primary)
    servers.healthy("postgres")
    servers.start("postgres-standby", **standby)
    servers.healthy("postgres-standby", "standby")
    eventually(lambda: servers.sql("postgres", REPLICATES) == "1", "the standby streams")
    servers.sql("postgres", "CREATE TABLE kept (n int)")
    servers.sql("postgres", ROW % 1)

    outcome = docker.run("exec", servers.container("postgres-standby"), "promote")
    assert outcome.returncode == 1
    assert "postgres answers and is the primary. Stop it first" in outcome.stderr

    docker("kill", "--signal", "KILL", servers.container("postgres"))
    docker("exec", servers.container("postgres-standby"), "promote")
    # It waits for no standby, though its service names one.
    servers.sql("postgres-standby", ROW % 2)
    # What the former primary will need is there for some time.
    for _ in range(3):
        servers.sql("postgres-standby", "SELECT pg_switch_wal()")
        servers.sql("postgres-standby", "CREATE TABLE IF NOT EXISTS more (n int)")
        servers.sql("postgres-standby", "CHECKPOINT")

    docker("start", servers.container("postgres"))
    eventually(lambda: "postgres-standby was promoted" in servers.says("postgres"), "the former primary refuses")

    # A peer that does not answer for some seconds is not taken for gone.
    docker("pause", servers.container("postgres-standby"))
    servers.start("postgres", **primary, POSTGRES_REJOIN="rewind")
    eventually(lambda: "postgres-standby does not answer" in servers.says("postgres"), "it is asked again")
    docker("unpause", servers.container("postgres-standby"))
    servers.healthy("postgres", "standby")
    eventually(lambda: servers.sql("postgres-standby", REPLICATES) == "1", "the former primary streams")
    servers.sql("postgres-standby", ROW % 3)
    eventually(lambda: servers.sql("postgres", ROWS) == "1,2,3", "it has every row")

    # A server that lost its volume finds its peer, and does not come up empty.
    docker("rm", "--force", servers.container("postgres"))
    docker("volume", "rm", servers.volume("postgres"))
    servers.start("postgres", **primary)
    servers.healthy("postgres", "standby")
    assert servers.sql("postgres", ROWS) == "1,2,3"


def test_the_archive_leads_back_to_a_moment(servers: Servers, docker: Docker) -> None:
    archived = {"POSTGRES_ARCHIVE_DIRECTORY": ARCHIVE}
    servers.start("postgres", **archived)
    servers.healthy("postgres")
    servers.sql("postgres", "CREATE TABLE kept (n int)")
    folder = docker("exec", servers.container("postgres"), "base-backup").strip().splitlines()[-1]
    servers.sql("postgres", ROW % 1)
    moment = servers.sql("postgres", "SELECT clock_timestamp()")
    servers.sql("postgres", "SELECT pg_sleep(0.2)")
    servers.sql("postgres", "DROP TABLE kept")
    last = servers.sql("postgres", "SELECT pg_walfile_name(pg_switch_wal())")
    archive = ("exec", servers.container("postgres"), "ls", f"{ARCHIVE}/wal")
    eventually(lambda: last in docker(*archive), "the last WAL file is archived")

    docker("rm", "--force", servers.container("postgres"))
    docker("volume", "rm", servers.volume("postgres"))
    servers.start("postgres", **archived, POSTGRES_RESTORE_BACKUP=folder, POSTGRES_RECOVERY_TARGET_TIME=moment)
    servers.healthy("postgres")
    assert servers.sql("postgres", ROWS) == "1"
