"""Every setting of the platform, typed, read from the environment once.

No other module reads the environment. Domain packages receive the values they need as arguments; the composition
root (`definitions.py`) and the command line (`cli.py`) call `Settings()`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent

ENV_FILE = Path(os.environ.get("MOVIE_ASSETS_ENV_FILE") or PROJECT_ROOT / ".env")
"""File of settings below the environment's own; MOVIE_ASSETS_ENV_FILE names another one."""


class Settings(BaseSettings):
    """The platform's configuration. Variables are named MOVIE_ASSETS_<FIELD>, TMDB's own are named TMDB_<FIELD>.

    Relative paths given by a person are taken from the working directory, defaults from the project's root.
    Secrets are `SecretStr`: printing settings shows asterisks.
    """

    model_config = SettingsConfigDict(
        env_prefix="MOVIE_ASSETS_",
        env_file=ENV_FILE,
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
    )

    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL 15 or newer, postgresql://user:password@host:port/name. Unset: the embedded server.",
    )
    dagster_database_url: SecretStr | None = Field(
        default=None,
        description="Where Dagster stores runs and events; unset: the database `dagster` beside the warehouse.",
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
    host: str = Field(default="127.0.0.1", description="Address the Dagster UI binds to.")
    allow_remote: bool = Field(
        default=False, description="Whether `host` may be an address that other machines reach; the UI has no login."
    )
    port: int = Field(default=3000, ge=0, le=65535, description="Port of the Dagster UI; 0 picks a free one.")
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

    metrics_host: str = Field(default="127.0.0.1", description="Address the metrics bind to; see `allow_remote`.")
    metrics_port: int = Field(default=9108, ge=0, le=65535, description="Port of the metrics; 0 picks a free one.")

    @field_validator(
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
