"""What a person types: build, publish, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deploy.release import manifest, plan, pulling
from deploy.release.login import logged_in
from deploy.release.making import make
from deploy.release.publishing import publish as push
from deploy.release.settings import ReleaseSettings
from deploy.release.source import version_of
from movie_assets.commands.telling import err, out, plain, told
from movie_assets.settings import PROJECT_ROOT

app = typer.Typer(
    name="release", help="Releases of Movie Assets.", no_args_is_help=True, pretty_exceptions_enable=False
)


@app.command()
@told
def build(
    without_scan: Annotated[bool, typer.Option("--without-scan", help="Ask no advisory service.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Newest bases, no cache.")] = False,
) -> None:
    """Build, list, scan and search every image of the Compose file."""
    written = make(ReleaseSettings(), PROJECT_ROOT, _say, scanned=not without_scan, fresh=fresh)
    if without_scan:
        err.print(
            "[yellow]Not scanned:[/] nothing is known about vulnerabilities of these images, and the manifest says so.",
            soft_wrap=True,
        )
    out.print(plain(str(written)), soft_wrap=True)


@app.command()
@told
def publish() -> None:
    """Push what was built for this version, by version and digest, and write release.env for Compose."""
    out.print(plain(str(push(ReleaseSettings(), _directory(), _say))), soft_wrap=True)


@app.command()
@told
def verify(
    env_file: Annotated[Path | None, typer.Option(help="release.env; by default that of this version.")] = None,
) -> None:
    """Let Compose pull a release, and see that it has the digests of release.env and no other."""
    settings = ReleaseSettings()
    fragment = (env_file or _directory() / "release.env").resolve()
    references = pulling.references(fragment)
    registry = settings.registry or next(iter(references.values()), "")
    project = plan.project(settings.compose, PROJECT_ROOT, env_file=fragment)
    with logged_in(settings, registry) as environment:
        for reference in pulling.pull(project, settings.docker, fragment, environment):
            out.print(plain(reference), soft_wrap=True)


def _directory() -> Path:
    return manifest.directory_of(PROJECT_ROOT, version_of(PROJECT_ROOT / "pyproject.toml"))


def _say(text: str) -> None:
    err.print(plain(text), soft_wrap=True)
