"""What must be true of check_results: what is declared."""

from __future__ import annotations

from movie_assets.checks.build import table_checks

check_results_checks = table_checks("check_results", last=True)
