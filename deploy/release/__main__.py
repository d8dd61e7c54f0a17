"""`python -m deploy.release`."""

from __future__ import annotations

from deploy.release.cli import app

app()
