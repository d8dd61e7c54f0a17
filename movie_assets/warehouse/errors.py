"""What can go wrong between an asset and PostgreSQL.

WarehouseError
├── DatabaseUnavailableError   no server answers, or it is older than PostgreSQL 15
├── DeclarationMismatchError   the stored table and its declaration differ in a way that could lose data
├── RowsRefusedError           the rows do not fit the declaration; nothing was written
├── NoRoomError                the disk of the embedded server is nearly full; nothing was written
├── LockTimeoutError           another session publishes or locks the same table for too long
├── ConflictError              PostgreSQL ended the transaction because of what another session did
├── ConnectionLostError        the connection broke before anything was committed
└── CommitUnknownError         the connection broke during the commit, and no server tells how it ended
"""

from __future__ import annotations

from movie_assets.errors import MovieAssetsError


class WarehouseError(MovieAssetsError):
    """Something between an asset and its table failed; but for CommitUnknownError the stored rows are as before."""


class DatabaseUnavailableError(WarehouseError):
    """No usable PostgreSQL answers at the configured address."""


class DeclarationMismatchError(WarehouseError):
    """The stored table differs from its declaration in a way that a program must not repair by itself."""


class RowsRefusedError(WarehouseError):
    """The rows do not fit the table's declaration. Nothing was written."""


class NoRoomError(WarehouseError):
    """The disk of the embedded server has less room than a publication may start with. Nothing was written."""


class LockTimeoutError(WarehouseError):
    """Another session held the table's publishing lock, or a lock on the table, longer than the configured patience."""


class ConflictError(WarehouseError):
    """PostgreSQL ended the transaction to resolve a conflict with another session. Nothing was written."""


class ConnectionLostError(WarehouseError):
    """The connection broke before the commit. Nothing was written."""


class CommitUnknownError(WarehouseError):
    """The connection broke during the commit, and no server tells how it ended: old rows or new ones, whole."""
