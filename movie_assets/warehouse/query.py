"""A SELECT whose result is published without leaving PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Query:
    """One SELECT statement; `name` tells a person where it stands."""

    sql: str
    name: str = "query"

    @classmethod
    def from_file(cls, package: str, name: str) -> Query:
        """The statement in `name`, a .sql file inside `package`."""
        text = resources.files(package).joinpath(name).read_text(encoding="utf-8")
        return cls(sql=text.strip().removesuffix(";"), name=f"{package.replace('.', '/')}/{name}")
