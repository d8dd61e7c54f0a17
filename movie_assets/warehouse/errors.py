"""What can go wrong between an asset and PostgreSQL.

WarehouseError
├── DatabaseUnavailableError   no server answers, or it is older than PostgreSQL 15
├── DeclarationMismatchError   the stored table and its declaration differ in a way that could lose data
├── RowsRefusedError           the rows do not fit the declaration; nothing was written
└── LockTimeoutError           another session publishes the same table for too long
"""

from __future__ import annotations

from movie_assets.errors import MovieAssetsError


class WarehouseError(MovieAssetsError):
    """Something between an asset and its table failed; the stored rows are as they were before."""


class DatabaseUnavailableError(WarehouseError):
    """No usable PostgreSQL answers at the configured address."""


class DeclarationMismatchError(WarehouseError):
    """The stored table differs from its declaration in a way that a program must not repair by itself."""


class RowsRefusedError(WarehouseError):
    """The rows do not fit the table's declaration. Nothing was written."""


class LockTimeoutError(WarehouseError):
    """Another session held the table's publishing lock longer than the configured patience."""
