"""The brands' rules as a table, each company held against the name that the stored films give to its id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from movie_assets.tmdb.rules import BrandRules, names_agree
from movie_assets.warehouse.database import Database

_NAMES = """
SELECT DISTINCT company.id, company.name
FROM movies.normalized_movies AS f
CROSS JOIN LATERAL unnest(f.production_company_ids, f.production_companies) AS company (id, name)
WHERE f.production_company_ids && cast(:ids AS bigint [])
"""


def rules_frame(database: Database, rules: Sequence[BrandRules]) -> pd.DataFrame:
    """Rows of brand_rules.

    A company that bears several names on the films agrees when one of them does; the first by name is shown.
    """
    ids = sorted({company.id for rule in rules for company in rule.companies})
    found: dict[int, list[str]] = {}
    for row in database.rows(_NAMES, {"ids": ids}) if ids else []:
        found.setdefault(row["id"], []).append(row["name"])
    rows = [row for rule in rules for row in _rows(rule, found)]
    return pd.DataFrame(
        {
            "brand": pd.array([row["brand"] for row in rows], dtype="string"),
            "kind": pd.array([row["kind"] for row in rows], dtype="string"),
            "value": pd.array([row["value"] for row in rows], dtype="string"),
            "tmdb_entity_id": pd.array([row.get("tmdb_entity_id") for row in rows], dtype="Int64"),
            "expected_name": pd.array([row.get("expected_name") for row in rows], dtype="string"),
            "found_name": pd.array([row.get("found_name") for row in rows], dtype="string"),
            "names_agree": pd.array([row.get("names_agree") for row in rows], dtype="boolean"),
        }
    )


def _rows(rule: BrandRules, found: dict[int, list[str]]) -> Iterator[dict[str, Any]]:
    for company in rule.companies:
        names = sorted(found.get(company.id, ()))
        agreeing = [name for name in names if names_agree(company.name, name)]
        yield {
            "brand": rule.brand,
            "kind": "company",
            "value": str(company.id),
            "tmdb_entity_id": company.id,
            "expected_name": company.name,
            "found_name": next(iter(agreeing or names), None),
            "names_agree": bool(agreeing) if names else None,
        }
    films = {"keyword": rule.keywords, "included": rule.included, "excluded": rule.excluded}
    for kind, ids in films.items():
        for value in dict.fromkeys(ids):
            yield {"brand": rule.brand, "kind": kind, "value": str(value), "tmdb_entity_id": value}
    for people in dict.fromkeys(rule.people):
        yield {
            "brand": rule.brand,
            "kind": "people",
            "value": people,
            "tmdb_entity_id": int(people) if people.isdigit() else None,
        }
