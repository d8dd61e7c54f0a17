"""No secret in an image: every layer of a saved image is read, also what a later layer removed."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from deploy.release.errors import ReleaseError

_CHUNK = 1 << 20
_SHORTEST = 8  # a shorter value occurs in files by chance
_SHOWN = 20
_WHITEOUT = ".wh."
# Where a build could leave them: this repository's own files, and the place where containers get theirs.
_NAMES = re.compile(r"(?:^|/)(?:\.env(?:\.(?!example$)[^/]+)?|\.docker/config\.json|deploy/secrets/.+|run/secrets/.+)$")


def refuse_secrets(archive: Path, repository: str, names: Iterable[str], values: Iterable[str]) -> None:
    """Raise ReleaseError with every place of a saved image that holds a secret; the values are not repeated.

    `names` are file names that only secrets have; `values` are the secrets themselves, as far as this machine has them.
    """
    needles = [value.strip().encode() for value in values if len(value.strip().encode()) >= _SHORTEST]
    found = list(_found(archive, frozenset(names), needles))
    if found:
        more = f"\nand {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ReleaseError(
            f"{repository} would carry secrets. Name them in .dockerignore, or mount them into the build instead of "
            f"copying them; a later RUN rm does not take them out of an earlier layer:\n"
            + "\n".join(found[:_SHOWN])
            + more
        )


def forbidden(path: str, names: frozenset[str]) -> bool:
    """Whether a file of this name has no place in an image."""
    # The packages of others may have such files among their own data; their contents are looked at all the same.
    if "/site-packages/" in path or "/dist-packages/" in path:
        return False
    return path.rsplit("/", 1)[-1] in names or _NAMES.search(path) is not None


def _found(archive: Path, names: frozenset[str], needles: Sequence[bytes]) -> Iterator[str]:
    with tarfile.open(archive) as saved:
        for image in json.load(_member(saved, "manifest.json")):
            if _holds(_member(saved, image["Config"]), needles):
                yield "configuration: a secret's value among the labels, the environment or the history"
            for number, layer in enumerate(image["Layers"], 1):
                with tarfile.open(fileobj=_member(saved, layer), mode="r|*") as files:
                    for file in files:
                        path = file.name.removeprefix("./")
                        if not file.isfile() or path.rsplit("/", 1)[-1].startswith(_WHITEOUT):
                            continue
                        if file.size and forbidden(path, names):
                            yield f"layer {number}: {path}"
                        elif needles and _holds(_content(files, file), needles):
                            yield f"layer {number}: {path} contains a secret's value"


def _member(saved: tarfile.TarFile, name: str) -> IO[bytes]:
    return _content(saved, saved.getmember(name))


def _content(files: tarfile.TarFile, file: tarfile.TarInfo) -> IO[bytes]:
    content = files.extractfile(file)
    if content is None:
        raise ReleaseError(f"The saved image has {file.name}, and it is no file.")
    return content


def _holds(content: IO[bytes], needles: Sequence[bytes]) -> bool:
    """Whether any of the values occurs, also across the edges of what is read at once."""
    kept = max((len(needle) for needle in needles), default=1) - 1
    tail = b""
    while chunk := content.read(_CHUNK):
        window = tail + chunk
        if any(needle in window for needle in needles):
            return True
        tail = window[-kept:] if kept else b""
    return False
