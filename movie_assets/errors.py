"""The root of every error that the platform raises on purpose.

    MovieAssetsError
    ├── brands.errors.BrandFileError           the CSV cannot be used as a whole
    ├── matching.overrides.OverrideFileError   people's decisions cannot be read or written
    ├── tmdb.errors.*                          films cannot be read or fetched
    └── warehouse.errors.*                     PostgreSQL cannot be reached, or refuses what was to be published

Each message names what was expected, what was found and what a person can do. The command line prints the message
without a traceback; anything else that surfaces there is a defect.
"""

from __future__ import annotations


class MovieAssetsError(Exception):
    """An expected failure with a message meant for a person."""
