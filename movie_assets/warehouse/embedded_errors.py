"""The one kind of error that the embedded server raises."""

from __future__ import annotations

from movie_assets.errors import MovieAssetsError


class EmbeddedServerError(MovieAssetsError):
    """The embedded PostgreSQL server cannot do what was asked; the message says what, where, and what helps."""
