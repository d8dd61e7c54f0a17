"""What an image is made of: a CycloneDX document that is the same whenever it is made of the same image."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.release.errors import ReleaseError
from deploy.release.running import output, tool
from deploy.release.source import Source


@dataclass(frozen=True)
class Listed:
    """A document that was written: its hash and how many packages it names."""

    sha256: str
    packages: int


def write(archive: Path, image_id: str, repository: str, source: Source, document: Path) -> Listed:
    """Write the packages of a saved image, Debian's and Python's, as CycloneDX JSON.

    Raises ReleaseError if none is found: an image of ours has packages.
    """
    words: list[str | Path] = [tool("syft"), "scan", f"docker-archive:{archive}", "--quiet"]
    words += ["--output", "cyclonedx-json", "--source-name", repository, "--source-version", source.version]
    found = json.loads(output(words, {"SYFT_CHECK_FOR_APP_UPDATE": "false"}))
    packages = [component for component in found.get("components", ()) if "purl" in component]
    if not packages:
        raise ReleaseError(f"syft finds no package in {repository}, so its SBOM would say nothing.")
    text = json.dumps(settled(found, image_id, source), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    document.write_text(text, encoding="utf-8")
    return Listed(hashlib.sha256(text.encode()).hexdigest(), len(packages))


def settled(document: dict[str, Any], image_id: str, source: Source) -> dict[str, Any]:
    """The document with the number and the time of its source in place of those of its making."""
    metadata = document["metadata"] | {"timestamp": source.created}
    component = metadata.get("component", {})
    metadata["component"] = component | {"bom-ref": image_id}
    return document | {"serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, image_id)}", "metadata": metadata}
