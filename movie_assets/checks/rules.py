"""Rules about stored tables, as SQL that finds the rows which break them.

A rule's severity follows from what a reader of the tables would suffer:

- ERROR: a number would be wrong or the row meaningless. Blocking where downstream tables would publish nonsense.
- WARN: the data are usable, but a person should look; the numbers say what they are based on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import dagster as dg
from sqlalchemy import Table

from movie_assets.assets.spec import SEVERITY
from movie_assets.warehouse.database import Database
from movie_assets.warehouse.ddl import check_constraints, column_list, literal, qualified, quoted
from movie_assets.warehouse.evolution import MARK
from movie_assets.warehouse.tables import key_of

EXAMPLES = 5


@dataclass(frozen=True)
class Rule:
    """What must hold. `violations` is a SELECT that returns the rows which break it; `why` explains the severity."""

    name: str
    description: str
    violations: str
    severity: dg.AssetCheckSeverity
    why: str
    blocking: bool = False

    def spec(self, asset: str) -> dg.AssetCheckSpec:
        """The rule as Dagster shows it."""
        return dg.AssetCheckSpec(
            name=self.name,
            asset=asset,
            description=f"{self.description} Severity {self.severity.value}: {self.why}",
            blocking=self.blocking,
            metadata={SEVERITY: self.severity.value},
        )

    def evaluate(self, database: Database, asset: str) -> dg.AssetCheckResult:
        """Count the violations and show the first few."""
        count = int(str(database.scalar(f"SELECT count(*) FROM ({self.violations}) AS violations")))
        examples = database.rows(f"SELECT * FROM ({self.violations}) AS violations LIMIT {EXAMPLES}") if count else []
        return dg.AssetCheckResult(
            passed=count == 0,
            asset_key=asset,
            check_name=self.name,
            severity=self.severity,
            description=f"{count:,} violations" if count else "no violation",
            metadata={"violations": count, "examples": [_readable(example) for example in examples]},
        )


def error(name: str, description: str, violations: str, *, why: str, blocking: bool = False) -> Rule:
    """A rule whose violation makes numbers wrong."""
    return Rule(name, description, violations, dg.AssetCheckSeverity.ERROR, why, blocking)


def warning(name: str, description: str, violations: str, *, why: str) -> Rule:
    """A rule whose violation a person should look at."""
    return Rule(name, description, violations, dg.AssetCheckSeverity.WARN, why)


def declared_rules(table: Table) -> list[Rule]:
    """What the declaration promises of every table, looked up in the stored rows.

    Publishing enforces the same; these notice a table that was changed by hand afterwards. Where PostgreSQL itself
    still enforces a rule, no row can break it and none is looked at: a catalogue has a million.
    """
    name = qualified(table)
    key = column_list(key_of(table))
    relation = f"'{name}'::regclass"
    never_null = [column.name for column in table.columns if not column.nullable]
    required = " OR ".join(f"{quoted(column)} IS NULL" for column in never_null)
    rules = [
        error(
            "key_is_unique",
            f"No two rows share {key}.",
            f"SELECT {key}, count(*) AS rows FROM {name} WHERE NOT EXISTS (SELECT FROM pg_constraint"
            f" WHERE conrelid = {relation} AND contype = 'p' AND {_columns_of('conkey')} = {_texts(key_of(table))})"
            f" GROUP BY {key} HAVING count(*) > 1",
            why="joins on the key would count rows twice.",
            blocking=True,
        ),
        error(
            "required_values_are_present",
            "No required column is NULL.",
            f"SELECT {key} FROM {name} WHERE EXISTS (SELECT FROM pg_attribute WHERE attrelid = {relation}"
            f" AND attname = ANY({_texts(never_null)}) AND NOT attnotnull) AND ({required})",
            why="downstream tables rely on these columns.",
            blocking=True,
        ),
    ]
    if conditions := check_constraints(table):
        broken = " OR ".join(f"NOT ({condition})" for condition in conditions.values())
        rules.append(
            error(
                "values_are_in_range",
                f"Every row satisfies: {'; '.join(conditions.values())}.",
                f"SELECT {key} FROM {name} WHERE (SELECT count(*) FROM pg_constraint WHERE conrelid = {relation}"
                f" AND contype = 'c' AND convalidated AND conname = ANY({_texts(conditions)})"
                f" AND obj_description(oid, 'pg_constraint') = {literal(MARK)}) < {len(conditions)} AND ({broken})",
                why="a value outside its range is wrong wherever it is used.",
                blocking=True,
            )
        )
    return rules


def _columns_of(numbers: str) -> str:
    """The names of a constraint's columns, given the column of pg_constraint that holds their numbers."""
    return (
        f"ARRAY(SELECT a.attname::text FROM unnest({numbers}) WITH ORDINALITY AS k (number, place)"
        " INNER JOIN pg_attribute AS a ON a.attrelid = conrelid AND a.attnum = k.number ORDER BY k.place)"
    )


def _texts(values: Iterable[str]) -> str:
    return f"ARRAY[{', '.join(map(literal, values))}]"


def _readable(row: dict[str, object]) -> str:
    return ", ".join(f"{column}={value}" for column, value in row.items())
