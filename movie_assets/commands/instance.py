"""Dagster's home directory and the environment that its processes need."""

from __future__ import annotations

from pathlib import Path

from movie_assets.errors import MovieAssetsError
from movie_assets.files import write_atomically
from movie_assets.settings import PROJECT_ROOT, Settings


def prepare_home(settings: Settings) -> Path:
    """Create `settings.dagster_home` with the project's dagster.yaml in it, and return it.

    Raises MovieAssetsError when the directory cannot be written.
    """
    home = settings.dagster_home
    configuration = home / "dagster.yaml"
    wanted = (PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8")
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not configuration.is_file() or configuration.read_text(encoding="utf-8") != wanted:
            # Containers share the home, and each writes the same.
            write_atomically(configuration, wanted.encode())
    except OSError as error:
        raise MovieAssetsError(
            f"{home} cannot be written ({error.strerror}). Set MOVIE_ASSETS_HOME to a directory of yours."
        ) from error
    return home


def dagster_environment(settings: Settings) -> dict[str, str]:
    """The variables with which a Dagster process finds its instance and the files of `settings`."""
    return {
        "DAGSTER_HOME": str(prepare_home(settings)),
        # Paths that were given relative to the caller's directory mean the same in every process.
        "MOVIE_ASSETS_HOME": str(settings.home),
        "MOVIE_ASSETS_BRANDS_CSV": str(settings.brands_csv),
        "MOVIE_ASSETS_FILMS": str(settings.films),
        "MOVIE_ASSETS_BRAND_RULES": str(settings.brand_rules),
        # The hundred events that plan a run go into one transaction (see movie_assets/dagster_events.py).
        "DAGSTER_EVENT_BATCH_SIZE": "1000",
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }
