"""The published tables that hold the same rows after the same sources were read again."""

from __future__ import annotations

from sqlalchemy import Table

from movie_assets.warehouse.tables import check_results, metadata

FROM_SOURCES: list[Table] = [table for table in metadata.sorted_tables if table is not check_results]
"""All but check_results, which tells of each run when it evaluated its checks."""
