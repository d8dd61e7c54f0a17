"""Why a release is refused."""

from __future__ import annotations

from movie_assets.errors import MovieAssetsError


class ReleaseError(MovieAssetsError):
    """A release cannot be made; the message names what was found and the remedy."""
