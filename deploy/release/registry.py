"""A registry as Docker's client reaches it: what a tag stands for, and pushing to a tag that never changes."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.release.errors import ReleaseError
from deploy.release.running import output, run

_ABSENT = ("no such manifest", "manifest unknown", "name unknown")


@dataclass(frozen=True)
class Stored:
    """An image in a registry: the digest of its manifest and that of its configuration."""

    digest: str
    configuration: str


class Registry:
    """A registry at `address`, host[:port][/path]; `environment` names the logins that Docker's client uses."""

    def __init__(self, address: str, docker: Sequence[str], environment: Mapping[str, str]) -> None:
        self._address = address
        self._docker = docker
        self._environment = environment

    def name(self, repository: str) -> str:
        """The full name of a repository."""
        return f"{self._address}/{repository}"

    def find(self, tag: str) -> Stored | None:
        """What a tag, name:version, stands for; None if there is no such tag.

        Raises ReleaseError if the registry cannot be reached, refuses the login, or stores more than one image there.
        """
        words = [*self._docker, "manifest", "inspect", "--verbose"]
        if _loopback(self._address):
            words.append("--insecure")
        asked = run([*words, tag], self._environment)
        if asked.returncode != 0:
            if any(sign in asked.stderr.lower() for sign in _ABSENT):
                return None
            raise ReleaseError(f"The registry does not tell what {tag} is: {asked.stderr.strip()}")
        found = json.loads(asked.stdout)
        if isinstance(found, list):
            raise ReleaseError(f"{tag} is a list of {len(found)} images, not one image of a release.")
        manifest = found.get("SchemaV2Manifest") or found["OCIManifest"]
        return Stored(found["Descriptor"]["digest"], manifest["config"]["digest"])

    def refuse_another(self, tag: str, image_id: str) -> None:
        """Raise ReleaseError if the tag stands for an image other than this one."""
        stored = self.find(tag)
        if stored is not None and image_id not in (stored.digest, stored.configuration):
            raise ReleaseError(
                f"{tag} is released already, as {stored.digest}, from another build. A released version never changes: "
                "raise the version in pyproject.toml and build again."
            )

    def push(self, tag: str, image_id: str) -> str:
        """Push an image to a tag, unless it is there already, and return the digest that the registry stores.

        Raises ReleaseError as `refuse_another` does, and if the tag stands for something else afterwards.
        """
        self.refuse_another(tag, image_id)
        if self.find(tag) is None:
            output([*self._docker, "tag", image_id, tag], self._environment)
            output([*self._docker, "push", "--quiet", tag], self._environment)
        stored = self.find(tag)
        if stored is None or image_id not in (stored.digest, stored.configuration):
            raise ReleaseError(f"{tag} does not stand for the image that was pushed to it: somebody else pushes there.")
        return stored.digest


def _loopback(address: str) -> bool:
    """Whether the registry is on this machine, where Docker does without TLS, too."""
    host = address.split("/", 1)[0].rsplit(":", 1)[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
