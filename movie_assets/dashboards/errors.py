"""What can go wrong with Superset in expected ways."""

from __future__ import annotations

from movie_assets.errors import MovieAssetsError


class DashboardsError(MovieAssetsError):
    """Superset cannot be installed, set up or served; the message says what to do."""
