"""A repository with two small images, of which one has Debian's and Python's packages, as a release is made of."""

from __future__ import annotations

from pathlib import Path

from movie_assets_tests.release.repository import commit, project

NAMES = ["platform", "proxy"]
VERSION = "0.0.0-test"
"""The version of the releases of these tests, which no other image has as its tag."""

PASSWORD = "a password of the deployment"

# What a base of ours is known by to who lists its packages, and nothing to run.
_PLATFORM = """\
# hadolint ignore=DL3006
FROM {base} AS base
# hadolint ignore=DL3006
FROM scratch
COPY --from=base /usr/lib/os-release /etc/os-release
COPY --from=base /var/lib/dpkg /var/lib/dpkg
COPY --from=base /usr/lib/python3/dist-packages /usr/lib/python3/dist-packages
COPY note /note
"""
_PROXY = """\
# hadolint ignore=DL3006
FROM {base} AS base
# hadolint ignore=DL3006
FROM scratch
COPY --from=base /usr/lib/os-release /etc/os-release
COPY --from=base /var/lib/dpkg /var/lib/dpkg
"""
_COMPOSE = """\
name: movie-assets-test-release
services:
  daemon:
    image: ${MOVIE_ASSETS_PLATFORM_IMAGE:-${MOVIE_ASSETS_REGISTRY:-}movie-assets/platform:latest}
    command: [none]
  webserver:
    image: ${MOVIE_ASSETS_PLATFORM_IMAGE:-${MOVIE_ASSETS_REGISTRY:-}movie-assets/platform:latest}
    command: [none]
  proxy:
    profiles: [front]
    image: ${MOVIE_ASSETS_PROXY_IMAGE:-${MOVIE_ASSETS_REGISTRY:-}movie-assets/proxy:latest}
    command: [none]
    secrets: [test_password]
secrets:
  test_password: {file: deploy/secrets/test_password}
"""
_BUILD = """\
services:
  daemon:
    build: {context: ., dockerfile: platform.Dockerfile}
  proxy:
    build: {context: ., dockerfile: proxy.Dockerfile}
"""


def write(root: Path, base: str, **changed: str) -> None:
    """Write and commit the repository, or what changes it: `note`, the text of a file in the image of the platform, or
    `more`, lines at the end of its Dockerfile."""
    secrets = root / "deploy" / "secrets"
    secrets.mkdir(parents=True, exist_ok=True)
    (secrets / "test_password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    files = {
        "pyproject.toml": project(VERSION),
        ".gitignore": "dist/\ndeploy/secrets/\n",
        "docker-compose.yml": _COMPOSE,
        "docker-compose.build.yml": _BUILD,
        "platform.Dockerfile": _PLATFORM.format(base=base) + changed.get("more", ""),
        "proxy.Dockerfile": _PROXY.format(base=base),
        "note": changed.get("note", "a release") + "\n",
    }
    commit(root, files)
