"""Known vulnerabilities: of the locked Python packages, and of everything that an SBOM names.

Both ask services outside; where one cannot be asked nothing is known, and that fails as a finding does.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from deploy.release.errors import ReleaseError
from deploy.release.running import output, run, tool

_TOLD = 4000
_WITHOUT = "or release with --without-scan, which the manifest then says"


def runtime_locks(root: Path) -> list[Path]:
    """The committed lock files that images are made from: each is named requirements.lock."""
    listed = output(["git", "-C", str(root), "ls-files", "-z", "--", "requirements.lock", "*/requirements.lock"])
    return [root / name for name in sorted(listed.split("\0")) if name]


def scan_locks(locks: Iterable[Path], service: Sequence[str] = ("--vulnerability-service", "pypi")) -> None:
    """Ask pip-audit's service about every locked version. Raises ReleaseError for a finding and for no answer."""
    options = ["--strict", "--progress-spinner", "off", "--disable-pip", "--require-hashes"]
    for lock in locks:
        asked = run([tool("pip-audit"), *service, *options, "--requirement", lock])
        if asked.returncode != 0:
            raise ReleaseError(
                f"{lock} is not audited as sound: a vulnerability is named below, or the service could not be asked, "
                f"and then nothing is known. Renew the lock (make lock), {_WITHOUT}.\n"
                f"{(asked.stdout.strip() + chr(10) + asked.stderr.strip())[-_TOLD:].strip()}"
            )


def scanner() -> Path:
    """Where grype is. Raises ReleaseError with what to do if it is not installed."""
    found = shutil.which("grype")
    if found is None:
        raise ReleaseError(
            "grype, which looks an SBOM's packages up among known vulnerabilities, is not on PATH. Install it "
            f"(https://github.com/anchore/grype#installation), {_WITHOUT}."
        )
    return Path(found)


def scan_document(grype: Path, document: Path) -> None:
    """Raise ReleaseError if a package of an SBOM has a vulnerability that a newer version repairs, or none is known."""
    asked = run([grype, f"sbom:{document}", "--only-fixed", "--fail-on", "negligible", "--quiet"])
    if asked.returncode != 0:
        raise ReleaseError(
            f"{document} is not scanned as sound: a package is named below, or grype has no database, and then nothing "
            f"is known. Build anew on repaired bases (--fresh), {_WITHOUT}.\n"
            f"{(asked.stdout.strip() + chr(10) + asked.stderr.strip())[-_TOLD:].strip()}"
        )
