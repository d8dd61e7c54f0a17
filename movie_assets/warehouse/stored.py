"""What PostgreSQL's catalogue says of a table."""

from __future__ import annotations

from dataclasses import dataclass

from adbc_driver_postgresql import dbapi
from sqlalchemy import Table

ORDINARY_KINDS = ("r", "p")
"""What can be published into: tables and partitioned tables."""


@dataclass(frozen=True)
class StoredColumn:
    """A column; `type` as format_type() spells it."""

    type: str
    not_null: bool
    comment: str | None


@dataclass(frozen=True)
class StoredPart:
    """A CHECK constraint or an index that belongs to no constraint: its definition without names, and its comment."""

    definition: str
    comment: str | None


@dataclass(frozen=True)
class StoredTable:
    """A table with all that a declaration can say of it, and `others`, which it cannot."""

    kind: str
    comment: str | None
    columns: dict[str, StoredColumn]
    key_name: str
    key: tuple[str, ...]
    checks: dict[str, StoredPart]
    indexes: dict[str, StoredPart]
    others: tuple[str, ...]


def exists(cursor: dbapi.Cursor, table: Table) -> bool:
    """Whether something of the table's name is stored, as far as this transaction sees."""
    # Read from the catalogue's tables: to_regclass() may answer from a cache that does not know of the latest commit.
    cursor.execute(
        "SELECT EXISTS (SELECT FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = $1 AND c.relname = $2)",
        (table.schema, table.name),
    )
    return bool(cursor.fetchall()[0][0])


def stored_table(cursor: dbapi.Cursor, name: str) -> StoredTable | None:
    """The table of that qualified name; None when there is nothing of that name."""
    found = _rows(
        cursor,
        "SELECT relkind::text, obj_description(oid, 'pg_class') FROM pg_class WHERE oid = to_regclass($1)",
        name,
    )
    if not found:
        return None
    [(kind, comment)] = found
    key = _rows(
        cursor,
        "SELECT c.conname::text, a.attname::text FROM pg_constraint AS c"
        " CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (attnum, place)"
        " INNER JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.attnum"
        " WHERE c.conrelid = to_regclass($1) AND c.contype = 'p' ORDER BY k.place",
        name,
    )
    return StoredTable(
        kind=str(kind),
        comment=_text(comment),
        columns=_columns(cursor, name),
        key_name=str(key[0][0]) if key else "",
        key=tuple(str(column) for _, column in key),
        checks=_parts(
            cursor,
            "SELECT conname::text,"
            " pg_get_expr(conbin, conrelid) || CASE WHEN convalidated THEN '' ELSE ' NOT VALID' END,"
            " obj_description(oid, 'pg_constraint') FROM pg_constraint"
            " WHERE conrelid = to_regclass($1) AND contype = 'c'",
            name,
        ),
        indexes=_parts(
            cursor,
            "SELECT c.relname::text,"
            " CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END"
            " || substring(pg_get_indexdef(c.oid) FROM ' USING (.*)'),"
            " obj_description(c.oid, 'pg_class')"
            " FROM pg_index AS i INNER JOIN pg_class AS c ON i.indexrelid = c.oid"
            " WHERE i.indrelid = to_regclass($1) AND i.indisvalid"
            " AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = c.oid)",
            name,
        ),
        others=tuple(
            str(other)
            for (other,) in _rows(
                cursor,
                "SELECT 'constraint ' || conname FROM pg_constraint"
                " WHERE conrelid = to_regclass($1) AND contype IN ('f', 'u', 'x')"
                " UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger"
                " WHERE tgrelid = to_regclass($1) AND NOT tgisinternal"
                " UNION ALL SELECT 'rule ' || rulename FROM pg_rewrite"
                " WHERE ev_class = to_regclass($1) AND rulename <> '_RETURN' ORDER BY 1",
                name,
            )
        ),
    )


def dependent_views(cursor: dbapi.Cursor, name: str, column: str) -> list[str]:
    """The views that read a column of a table, by name."""
    rows = _rows(
        cursor,
        "SELECT DISTINCT r.ev_class::regclass::text FROM pg_depend AS d INNER JOIN pg_rewrite AS r ON r.oid = d.objid"
        " INNER JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
        " WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = to_regclass($1) AND a.attname = $2 ORDER BY 1",
        name,
        column,
    )
    return [str(view) for (view,) in rows]


def _columns(cursor: dbapi.Cursor, name: str) -> dict[str, StoredColumn]:
    rows = _rows(
        cursor,
        "SELECT attname::text, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum)"
        " FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        name,
    )
    return {
        str(column): StoredColumn(str(type_), bool(not_null), _text(comment))
        for column, type_, not_null, comment in rows
    }


def _parts(cursor: dbapi.Cursor, sql: str, name: str) -> dict[str, StoredPart]:
    rows = sorted(_rows(cursor, sql, name))
    return {str(part): StoredPart(str(definition), _text(comment)) for part, definition, comment in rows}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _rows(cursor: dbapi.Cursor, sql: str, *parameters: str) -> list[tuple[object, ...]]:
    cursor.execute(sql, parameters)
    return [tuple(row) for row in cursor.fetchall()]
