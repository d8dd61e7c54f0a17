"""Every setting of the platform, typed, read from the environment once.

No other module reads the environment. Domain packages receive the values they need as arguments; the composition
root (`definitions.py`) and the command line (`cli.py`) call `Settings()`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent

ENV_FILE = Path(os.environ.get("MOVIE_ASSETS_ENV_FILE") or PROJECT_ROOT / ".env")
"""File of settings below the environment's own; MOVIE_ASSETS_ENV_FILE names another one."""


class _SecretFiles(SecretsSettingsSource):
    def __call__(self) -> dict[str, Any]:
        # Containers are given a file for every optional secret, because one that is not there could not be mounted.
        return {name: value for name, value in super().__call__().items() if value}


class Settings(BaseSettings):
    """The platform's configuration. Variables are named MOVIE_ASSETS_<FIELD>, TMDB's own are named TMDB_<FIELD>.

    Relative paths given by a person are taken from the working directory, defaults from the project's root.
    Secrets are `SecretStr`: printing settings shows asterisks. Any of them may be a file instead of a variable: in the
    directory `secrets_dir`, named like the variable in small letters. An empty file is as good as none.
    """

    model_config = SettingsConfigDict(
        env_prefix="MOVIE_ASSETS_",
        env_file=ENV_FILE,
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
    )

    secrets_dir: Path | None = Field(
        default=None,
        description="Directory with settings as files, such as /run/secrets; variables win over files.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL 15 or newer, postgresql://user:password@host:port/name. Unset: the embedded server.",
    )
    dagster_database_url: SecretStr | None = Field(
        default=None,
        description="Where Dagster stores runs and events; unset: the database `dagster` beside the warehouse.",
    )
    database_password: SecretStr | None = Field(
        default=None, description="Password for the two addresses above, where they have none of their own."
    )
    home: Path = Field(
        default=PROJECT_ROOT / ".movie_assets",
        description="Everything the platform writes on disk: embedded server, Dagster's home, logs.",
    )
    embedded_user: str | None = Field(
        default=None,
        description="System user that runs the embedded server when the platform is root. Unset: postgres or nobody.",
    )
    min_free_bytes: int = Field(
        default=200_000_000,
        ge=0,
        description="Nothing is published while the embedded server's disk has less room than this.",
    )
    brands_csv: Path = Field(default=PROJECT_ROOT / "data" / "brands.csv", description="The brand file.")
    films: Path = Field(
        default=PROJECT_ROOT / "data" / "sample_films.jsonl.gz",
        description="TMDB movie objects as JSON Lines, plain or gzip, used when there is no token.",
    )
    match_overrides: Path = Field(
        default=PROJECT_ROOT / "data" / "match_overrides.csv",
        description="People's decisions on #1 releases, which win over the rules; a missing file holds none.",
    )
    brand_rules: Path = Field(
        default=PROJECT_ROOT / "data" / "brand_rules.csv",
        description="Which TMDB companies, keywords and people stand for a brand; need not exist.",
    )
    backup_directory: Path | None = Field(
        default=None, description="Where backups are kept; unset: the directory `backups` in `home`."
    )
    backup_keep_days: float = Field(
        default=14, gt=0, description="Age in days at which scheduled backups remove an older one."
    )
    backup_keep: int = Field(default=7, ge=1, description="How many of the newest backups stay, however old.")
    host: str = Field(default="127.0.0.1", description="Address the Dagster UI binds to.")
    allow_remote: bool = Field(
        default=False, description="Whether `host` may be an address that other machines reach; the UI has no login."
    )
    port: int = Field(default=3000, ge=0, le=65535, description="Port of the Dagster UI; 0 picks a free one.")
    code_server: str = Field(
        default="127.0.0.1:4000",
        pattern=r"^[^\s:/]+:\d{1,5}$",
        description="Where `serve webserver` and `serve daemon` find the code server: host:port.",
    )
    code_server_port: int = Field(
        default=4000, ge=1, le=65535, description="Port that `serve code-server` listens on, at the address `host`."
    )
    code_server_name: str | None = Field(
        default=None,
        description="Host name under which others reach this very code server; unset: the machine's own.",
    )
    watch_seconds: float = Field(
        default=40.0,
        ge=0,
        le=50,
        description="How long the sensor waits in one tick for the brand file to change; Dagster ends a tick after 60.",
    )
    notify_webhook: SecretStr | None = Field(
        default=None,
        description="URL that is sent a JSON message for every failed run, such as a chat's incoming webhook.",
    )
    keep_runs_days: int = Field(default=90, ge=1, description="Age in days at which finished runs are forgotten.")
    keep_runs: int = Field(default=2000, ge=100, description="How many finished runs are remembered at most.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="Level of the servers' own logs under `movie-assets up`."
    )

    tmdb_api_token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("TMDB_API_TOKEN", "tmdb_api_token"),
        description="TMDB v4 bearer token: live mode.",
    )
    tmdb_api_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("TMDB_API_KEY", "tmdb_api_key"),
        description="TMDB v3 key: live mode when there is no token.",
    )
    tmdb_api_url: str = Field(
        default="https://api.themoviedb.org/3",
        validation_alias=AliasChoices("TMDB_API_URL", "tmdb_api_url"),
        description="Root of TMDB's API, for a proxy or a test server.",
    )
    tmdb_export_url: str = Field(
        default="https://files.tmdb.org/p/exports",
        validation_alias=AliasChoices("TMDB_EXPORT_URL", "tmdb_export_url"),
        description="Root of TMDB's daily id exports.",
    )
    tmdb_requests_per_second: float = Field(
        default=30.0,
        gt=0,
        le=50,
        validation_alias=AliasChoices("TMDB_REQUESTS_PER_SECOND", "tmdb_requests_per_second"),
        description="One limit for the whole process.",
    )

    tmdb_scope: Literal["brands", "popular", "catalogue"] = Field(
        default="brands",
        validation_alias=AliasChoices("TMDB_SCOPE", "MOVIE_ASSETS_TMDB_SCOPE", "tmdb_scope"),
        description="Which films: those of the brands, also all that many have rated, or all that TMDB has.",
    )
    tmdb_min_votes: int = Field(
        default=100,
        ge=1,
        validation_alias=AliasChoices("TMDB_MIN_VOTES", "MOVIE_ASSETS_TMDB_MIN_VOTES", "tmdb_min_votes"),
        description="Fewest user ratings of the films that the scope `popular` adds.",
    )
    tmdb_refresh_days: int | None = Field(
        default=None,
        ge=1,
        le=180,
        validation_alias=AliasChoices("TMDB_REFRESH_DAYS", "MOVIE_ASSETS_TMDB_REFRESH_DAYS", "tmdb_refresh_days"),
        description="Age at which a film is asked for again without a reported change. Unset: 7, 30 or 120 by scope.",
    )

    superset_host: str = Field(default="127.0.0.1", description="Address Superset binds to; see `allow_remote`.")
    superset_port: int = Field(default=8088, ge=0, le=65535, description="Port of Superset; 0 picks a free one.")
    superset_environment: Path | None = Field(
        default=None,
        description="Python environment that Superset is installed into; unset: superset/environment in `home`.",
    )
    superset_admin: str = Field(default="admin", min_length=1, description="Name of Superset's administrator.")
    superset_admin_password: SecretStr | None = Field(
        default=None, description="The administrator's password; unset: one that is made and kept in `home`."
    )
    superset_warehouse_password: SecretStr | None = Field(
        default=None,
        description="Password at the server of the account that Superset reads with; unset: one kept in `home`.",
    )
    superset_metadata_password: SecretStr | None = Field(
        default=None,
        description="Password at the server of the account that owns Superset's own tables; unset: one kept in `home`.",
    )

    metrics_host: str = Field(default="127.0.0.1", description="Address the metrics bind to; see `allow_remote`.")
    metrics_port: int = Field(default=9108, ge=0, le=65535, description="Port of the metrics; 0 picks a free one.")

    @field_validator(
        "secrets_dir",
        "home",
        "brands_csv",
        "films",
        "match_overrides",
        "brand_rules",
        "backup_directory",
        "superset_environment",
        mode="after",
    )
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value is not None else None

    @field_validator("secrets_dir", mode="after")
    @classmethod
    def _a_directory(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError(f"{value} is not a directory")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Sources, the strongest first: arguments, variables, `.env`, and files of `secrets_dir`, which those name."""
        usual = (init_settings, env_settings, dotenv_settings)
        named = next((found["secrets_dir"] for source in usual if (found := source()).get("secrets_dir")), None)
        if named is None or not Path(named).is_dir():
            return usual
        return (*usual, _SecretFiles(settings_cls, secrets_dir=Path(named)))

    @property
    def dagster_home(self) -> Path:
        """Dagster's instance directory, inside `home`."""
        return self.home / "dagster"

    @property
    def backups(self) -> Path:
        """Where backups are kept."""
        return self.backup_directory or self.home / "backups"

    @property
    def report(self) -> Path:
        """The HTML report of this home."""
        return self.home / "report.html"

    @property
    def cache(self) -> Path:
        """What can be made again, inside `home`."""
        return self.home / "cache"

    @property
    def live(self) -> bool:
        """Whether films come from TMDB itself rather than from a file."""
        return self.tmdb_api_token is not None or self.tmdb_api_key is not None
