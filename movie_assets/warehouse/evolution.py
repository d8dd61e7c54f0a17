"""A stored table and its declaration: created, adopted, brought in line where nothing can be lost, refused otherwise.

In line means: columns, types, NOT NULL, key, CHECK constraints, indexes and comments as declared. Renames are never
guessed: a column that is stored and not declared is refused, whatever else is missing. Whatever was changed, and what
the declaration does not know of, is told in notices, so that a table that someone changed by hand is noticed.

Constraints and indexes made from a declaration carry the comment MARK. One with it that is no longer declared goes;
one without it is a person's own, and stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from adbc_driver_postgresql import dbapi
from sqlalchemy import Table
from sqlalchemy.schema import CreateIndex, CreateTable, SetColumnComment, SetTableComment

from movie_assets.warehouse.column_types import is_wider
from movie_assets.warehouse.ddl import (
    check_constraints,
    column_list,
    compiled,
    indexes,
    literal,
    qualified,
    quoted,
    sql_type,
)
from movie_assets.warehouse.errors import DeclarationMismatchError
from movie_assets.warehouse.roles import hand_over
from movie_assets.warehouse.stored import ORDINARY_KINDS, StoredTable, dependent_views, stored_table
from movie_assets.warehouse.tables import key_of

# Stored in databases since the declarations were one file, so it stays as it is.
MARK = "Declared in movie_assets/warehouse/tables.py."

_TWIN = "pg_temp.declared"


@dataclass(frozen=True)
class Evolution:
    """What is still to be done once the rows are in, as parts of an ALTER TABLE, and what a person should know."""

    remaining: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def adopt(cursor: dbapi.Cursor, table: Table, staged: str, key_index: str) -> None:
    """Make a table of the declared columns and checked rows the declared table: name, key, constraints, comments.

    `staged` is its qualified name now, `key_index` the unique index over its key, which becomes the key's own.
    """
    cursor.execute(f"ALTER TABLE {staged} RENAME TO {quoted(table.name)}")
    parts = [f"ADD CONSTRAINT {quoted(str(table.primary_key.name))} PRIMARY KEY USING INDEX {quoted(key_index)}"]
    parts += [f"ALTER COLUMN {quoted(c.name)} SET NOT NULL" for c in table.columns if not c.nullable]
    parts += [f"ADD CONSTRAINT {name} CHECK ({condition})" for name, condition in check_constraints(table).items()]
    # In one statement, so that the rows are gone through once.
    cursor.execute(f"ALTER TABLE {qualified(table)} {', '.join(parts)}")
    _finish_new(cursor, table)


def ensure_table(cursor: dbapi.Cursor, table: Table) -> Evolution:
    """Create the table, or bring the stored one in line as far as the rows it still holds allow.

    Added: columns, indexes, comments. Widened: types whose every value the declared type holds. Dropped: NOT NULL,
    CHECK constraints and indexes that the declaration has given up or changed. `complete` adds the declared ones.
    Raises DeclarationMismatchError for everything else, with the statements a person would run.
    """
    stored = stored_table(cursor, qualified(table))
    if stored is None:
        cursor.execute(compiled(CreateTable(table)))
        _finish_new(cursor, table)
        return Evolution()
    _refuse_mismatch(cursor, table, stored)
    declared = _declared(cursor, table)
    notices: list[str] = []
    alterations = _columns(table, stored, notices)
    dropped, remaining, marked = _checks(table, stored, declared, notices)
    for column in table.columns:
        if not column.nullable and not (column.name in stored.columns and stored.columns[column.name].not_null):
            remaining.append(f"ALTER COLUMN {quoted(column.name)} SET NOT NULL")
            if column.name in stored.columns:
                notices.append(f"column {column.name} had lost its NOT NULL")
    if alterations + dropped:
        cursor.execute(f"ALTER TABLE {qualified(table)} {', '.join(alterations + dropped)}")
    _indexes(cursor, table, stored, declared, notices)
    _comments(cursor, table, stored, notices)
    notices += [f"{other} is not declared and stays" for other in stored.others]
    return Evolution(tuple(remaining), tuple(marked), tuple(notices))


def complete(cursor: dbapi.Cursor, table: Table, evolution: Evolution) -> None:
    """Add what the rows that were replaced may have violated: NOT NULL and CHECK constraints."""
    if evolution.remaining:
        cursor.execute(f"ALTER TABLE {qualified(table)} {', '.join(evolution.remaining)}")
    _mark_constraints(cursor, table, evolution.marked)


def _finish_new(cursor: dbapi.Cursor, table: Table) -> None:
    for index in indexes(table):
        cursor.execute(compiled(CreateIndex(index)))
        _mark_index(cursor, table, str(index.name))
    _mark_constraints(cursor, table, tuple(check_constraints(table)))
    cursor.execute(compiled(SetTableComment(table)))
    for column in table.columns:
        cursor.execute(compiled(SetColumnComment(column)))
    hand_over(cursor, table)


def _mark_constraints(cursor: dbapi.Cursor, table: Table, names: tuple[str, ...]) -> None:
    for name in names:
        cursor.execute(f"COMMENT ON CONSTRAINT {name} ON {qualified(table)} IS {literal(MARK)}")


def _mark_index(cursor: dbapi.Cursor, table: Table, name: str) -> None:
    cursor.execute(f"COMMENT ON INDEX {quoted(str(table.schema))}.{quoted(name)} IS {literal(MARK)}")


def _declared(cursor: dbapi.Cursor, table: Table) -> StoredTable:
    """The declaration as PostgreSQL would store it. It rewrites conditions, so only its own spelling compares."""
    parts = [f"{quoted(column.name)} {sql_type(column)}" for column in table.columns]
    parts += [f"CONSTRAINT {name} CHECK ({condition})" for name, condition in check_constraints(table).items()]
    cursor.execute(f"CREATE TEMPORARY TABLE declared ({', '.join(parts)})")
    for index in indexes(table):
        cursor.execute(compiled(CreateIndex(index)).replace(f" ON {qualified(table)} ", f" ON {_TWIN} ", 1))
    twin = stored_table(cursor, _TWIN)
    cursor.execute(f"DROP TABLE {_TWIN}")
    if twin is None:
        raise AssertionError("the table was created in this transaction")
    return twin


def _columns(table: Table, stored: StoredTable, notices: list[str]) -> list[str]:
    """What brings the columns in line, as parts of an ALTER TABLE."""
    parts = []
    for column in table.columns:
        name, type_ = quoted(column.name), sql_type(column)
        there = stored.columns.get(column.name)
        if there is None:
            # Existing rows have no value yet; NOT NULL follows once the rows are published.
            parts.append(f"ADD COLUMN {name} {type_}")
            notices.append(f"column {column.name} was added")
            continue
        if there.type != type_:
            parts.append(f"ALTER COLUMN {name} TYPE {type_}")
            notices.append(f"column {column.name} was widened from {there.type} to {type_}")
        if column.nullable and there.not_null:
            parts.append(f"ALTER COLUMN {name} DROP NOT NULL")
            notices.append(f"column {column.name} may now be NULL")
    return parts


def _checks(
    table: Table, stored: StoredTable, declared: StoredTable, notices: list[str]
) -> tuple[list[str], list[str], list[str]]:
    """What drops CHECK constraints and what adds them, as parts of an ALTER TABLE, and which ones to mark."""
    dropped, added, marked = [], [], []
    conditions = {name.strip('"'): (name, condition) for name, condition in check_constraints(table).items()}
    for name, check in stored.checks.items():
        if name in declared.checks and check.definition == declared.checks[name].definition:
            if check.comment != MARK:
                marked.append(conditions[name][0])
        elif name in declared.checks or check.comment == MARK:
            dropped.append(f"DROP CONSTRAINT {quoted(name)}")
            notices.append(f"constraint {name} was {'changed' if name in declared.checks else 'dropped'} as declared")
        else:
            notices.append(f"constraint {name} is not declared and stays")
    for name, (spelled, condition) in conditions.items():
        check_there = stored.checks.get(name)
        if check_there is None or check_there.definition != declared.checks[name].definition:
            added.append(f"ADD CONSTRAINT {spelled} CHECK ({condition})")
            marked.append(spelled)
            if check_there is None:
                notices.append(f"constraint {name} was missing and has been added")
    return dropped, added, marked


def _indexes(
    cursor: dbapi.Cursor, table: Table, stored: StoredTable, declared: StoredTable, notices: list[str]
) -> None:
    wrong = set()
    for name, index in stored.indexes.items():
        if name in declared.indexes and index.definition == declared.indexes[name].definition:
            if index.comment != MARK:
                _mark_index(cursor, table, name)
        elif name in declared.indexes or index.comment == MARK:
            cursor.execute(f"DROP INDEX {quoted(str(table.schema))}.{quoted(name)}")
            wrong.add(name)
            notices.append(f"index {name} was {'changed' if name in declared.indexes else 'dropped'} as declared")
        else:
            notices.append(f"index {name} is not declared and stays")
    for declared_index in indexes(table):
        name = str(declared_index.name)
        if name not in stored.indexes or name in wrong:
            cursor.execute(compiled(CreateIndex(declared_index)))
            _mark_index(cursor, table, name)
            if name not in stored.indexes:
                notices.append(f"index {name} was missing and has been made")


def _comments(cursor: dbapi.Cursor, table: Table, stored: StoredTable, notices: list[str]) -> None:
    if stored.comment != table.comment:
        cursor.execute(compiled(SetTableComment(table)))
        notices.append("the table's comment was changed as declared")
    for column in table.columns:
        there = stored.columns.get(column.name)
        if there is None or there.comment != column.comment:
            cursor.execute(compiled(SetColumnComment(column)))
            if there is not None:
                notices.append(f"the comment of column {column.name} was changed as declared")


def _refuse_mismatch(cursor: dbapi.Cursor, table: Table, stored: StoredTable) -> None:
    name = qualified(table)
    if stored.kind not in ORDINARY_KINDS:
        raise DeclarationMismatchError(
            f"{table.fullname} is not a table but something else of that name (relkind {stored.kind}). Nothing was "
            "changed. Rename or drop it, then publish again."
        )
    remedies = [f"ALTER TABLE {name} DROP COLUMN {quoted(c)};" for c in stored.columns if c not in table.columns]
    for column in table.columns:
        there = stored.columns.get(column.name)
        if there is None or there.type == sql_type(column):
            continue
        alteration = f"ALTER TABLE {name} ALTER COLUMN {quoted(column.name)} TYPE {sql_type(column)}"
        if not is_wider(there.type, sql_type(column)):
            remedies.append(f"{alteration} USING {quoted(column.name)}::{sql_type(column)};")
        elif views := dependent_views(cursor, name, column.name):
            remedies.append(f"/* after dropping and before remaking {', '.join(views)} */ {alteration};")
    if stored.key != key_of(table):
        drop = f" DROP CONSTRAINT {quoted(stored.key_name)}," if stored.key else ""
        remedies += [
            f"ALTER TABLE {name} ADD COLUMN {quoted(c)} {sql_type(table.columns[c])}; /* fill it, then */"
            for c in key_of(table)
            if c not in stored.columns
        ]
        remedies.append(f"ALTER TABLE {name}{drop} ADD PRIMARY KEY ({column_list(key_of(table))});")
    if remedies:
        raise DeclarationMismatchError(
            f"{table.fullname} is stored differently from its declaration in movie_assets/warehouse/tables. "
            "Nothing was changed, because that could lose data. If the declaration is right, run: " + " ".join(remedies)
        )
