"""What Compose takes with a release's fragment: the digests in it, in every service."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.release.errors import ReleaseError
from deploy.release.plan import configuration, users, variable
from deploy.release.running import output

_BY_DIGEST = re.compile(r"^[^@\s]+@sha256:[0-9a-f]{64}$")


def references(fragment: Path) -> dict[str, str]:
    """The references by variable in a fragment. Raises ReleaseError for a line that names no digest."""
    try:
        lines = fragment.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise ReleaseError(f"There is no {fragment}. A release writes it: python -m deploy.release publish") from error
    found = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        variable, _, reference = line.partition("=")
        if not _BY_DIGEST.match(reference):
            raise ReleaseError(f"{fragment}, line {number}: {variable} names no image by digest (name@sha256:...).")
        found[variable] = reference
    return found


def pull(
    called: Sequence[str | Path], docker: Sequence[str], fragment: Path, environment: Mapping[str, str]
) -> list[str]:
    """Let Compose, called with a fragment, pull every image of it; return the references that the engine then has.

    Raises ReleaseError if a service would run another image than the fragment's, or if the engine has not got it.
    """
    wanted = references(fragment)
    resolved = configuration(called)
    declared = users(resolved)
    _agree(resolved["services"], declared, wanted, fragment)
    output(
        [*called, "pull", "--quiet", *(service for services in declared.values() for service in services)], environment
    )
    held = [wanted[variable(name)] for name in declared]
    for reference in held:
        # Compose takes a failed pull for a reason to build where a service can be built.
        known = json.loads(output([*docker, "image", "inspect", reference]))[0]["RepoDigests"]
        if reference not in known:
            raise ReleaseError(f"The engine has no {reference}, though Compose pulled it; it has {', '.join(known)}.")
    return held


def _agree(
    services: Mapping[str, Mapping[str, str]],
    declared: Mapping[str, Sequence[str]],
    wanted: Mapping[str, str],
    fragment: Path,
) -> None:
    for name, running in declared.items():
        if variable(name) not in wanted:
            raise ReleaseError(f"{fragment} has no {variable(name)}; services {', '.join(running)} need it.")
        for service in running:
            used = services[service]["image"]
            if used != wanted[variable(name)]:
                raise ReleaseError(f"Service {service} would run {used}, not {variable(name)} of {fragment}.")
