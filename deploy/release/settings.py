"""What a release needs to know, from the environment or .env; the only place here that reads either."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from movie_assets.settings import ENV_FILE

_REGISTRY = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")

Words = Annotated[list[str], NoDecode, Field(min_length=1)]


class ReleaseSettings(BaseSettings):
    """Settings of `python -m deploy.release`; `registry` has no trailing slash."""

    model_config = SettingsConfigDict(
        env_prefix="MOVIE_ASSETS_", env_file=ENV_FILE, env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    registry: str | None = Field(
        default=None, description="host[:port][/path] of the registry, such as example.azurecr.io"
    )
    registry_user: str | None = Field(
        default=None, description="who logs in; without it Docker's existing login is used"
    )
    registry_password_file: Path | None = Field(
        default=None, description="file with the password or token of registry_user"
    )
    docker: Words = Field(default=["docker"], description="the Docker client, with options if it needs any")
    compose: Words = Field(default=["docker", "compose"], description="Compose v2, such as docker-compose")
    docker_config: Path = Field(
        default=Path.home() / ".docker",
        validation_alias="DOCKER_CONFIG",
        description="directory of Docker's own settings",
    )

    @field_validator("docker", "compose", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return shlex.split(value) if isinstance(value, str) else value

    @field_validator("registry")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        address = value.removesuffix("/")
        if not _REGISTRY.fullmatch(address):
            # The value is not repeated: what does not belong here is often a login.
            raise ValueError(
                "is not the address of a registry. Expected host[:port][/path] in small letters, without scheme and "
                "without a login, such as example.azurecr.io or registry.example.org:5000/films"
            )
        return address
