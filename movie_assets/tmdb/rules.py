"""Which TMDB companies, keywords and people stand for a brand, as a person maps them in a CSV file.

Columns: brand, companies, keywords, people, included, excluded, company_names. Ids are separated by `|`; people whose
films count only where they worked together are joined by a comma (`510,85`), as TMDB's own parameters are;
`crew:3027` counts the films on which somebody worked behind the camera, an author's among them, and no appearances.
`included` and `excluded` name single films by id. `company_names` holds the names of `companies` in their order, so
that an id can be held against what TMDB says it is. What does not belong here: what the films are used for.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from movie_assets.tmdb.errors import BrandRulesError

COLUMNS: Final = ("brand", "companies", "keywords", "people", "included", "excluded")
_ID: Final = re.compile(r"[1-9]\d{0,17}")
_CREW: Final = "crew:"
_PEOPLE: Final = re.compile(rf"({_CREW})?{_ID.pattern}(,{_ID.pattern})*")
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class Company:
    """A company by id, and the name that the mapping expects it to bear; the brand's own where it gives none."""

    id: int
    name: str


@dataclass(frozen=True)
class BrandRules:
    """What a person mapped for one brand; `people` as the file writes them, see `people_parameter`."""

    brand: str
    companies: tuple[Company, ...] = ()
    keywords: tuple[int, ...] = ()
    people: tuple[str, ...] = ()
    included: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()


def rules_sha256(path: Path) -> str:
    """SHA-256 of the file of rules in hexadecimal digits; of nothing when there is no file that can be read."""
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    return hashlib.sha256(content).hexdigest()


def read_brand_rules(path: Path) -> list[BrandRules]:
    """The rules of the file, in its order; none when there is no such file.

    Raises BrandRulesError naming the line for anything that is no id, and for missing columns or repeated brands.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise BrandRulesError(path, None, f"cannot be read as UTF-8: {error}") from error
    reader = csv.DictReader(text.splitlines())
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        raise BrandRulesError(path, 1, f"the header lacks {', '.join(missing)}")
    rules: dict[str, BrandRules] = {}
    for row in reader:
        rule = _rule(path, reader.line_num, row)
        if rule.brand in rules:
            raise BrandRulesError(path, reader.line_num, f"{rule.brand} has a line already")
        rules[rule.brand] = rule
    return list(rules.values())


def people_parameter(people: str) -> tuple[str, str]:
    """The parameter of TMDB's /discover/movie, and its value, for one entry of `people`."""
    return ("with_crew", people.removeprefix(_CREW)) if people.startswith(_CREW) else ("with_people", people)


def names_agree(expected: str, found: str) -> bool:
    """Whether two names can be one company's: all words of one are in the other, in any spelling of case."""
    one, other = _words(expected), _words(found)
    return bool(one and other) and (one <= other or other <= one)


def _rule(path: Path, line: int, row: Mapping[str, str | None]) -> BrandRules:
    brand = (row["brand"] or "").strip()
    if not brand:
        raise BrandRulesError(path, line, "the brand is empty")
    ids = {name: _ids(path, line, name, row[name]) for name in ("companies", "keywords", "included", "excluded")}
    if both := sorted(set(ids["included"]) & set(ids["excluded"])):
        raise BrandRulesError(path, line, f"film {both[0]} is both included and excluded")
    names = _parts(row.get("company_names"))
    if names and len(names) != len(ids["companies"]):
        raise BrandRulesError(path, line, f"{len(ids['companies'])} companies have {len(names)} names")
    people = _parts(row["people"])
    if wrong := [value for value in people if not _PEOPLE.fullmatch(value)]:
        raise BrandRulesError(path, line, f"people: {wrong[0]!r} is no id and no list of ids joined by commas")
    return BrandRules(
        brand=brand,
        companies=tuple(
            Company(company, name)
            for company, name in zip(ids["companies"], names or [brand] * len(ids["companies"]), strict=True)
        ),
        keywords=ids["keywords"],
        people=tuple(people),
        included=ids["included"],
        excluded=ids["excluded"],
    )


def _ids(path: Path, line: int, column: str, cell: str | None) -> tuple[int, ...]:
    values = _parts(cell)
    if wrong := [value for value in values if not _ID.fullmatch(value)]:
        raise BrandRulesError(path, line, f"{column}: {wrong[0]!r} is no id")
    return tuple(int(value) for value in values)


def _parts(cell: str | None) -> list[str]:
    return [part.strip() for part in (cell or "").split("|") if part.strip()]


def _words(name: str) -> frozenset[str]:
    return frozenset(_WORD.findall(name.casefold()))
