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

    def reading(self, **sources: Query) -> Query:
        """This statement, which begins with SELECT, with other statements as the tables of the names given."""
        named = ",\n\n".join(f"{name} AS (\n{source.sql}\n)" for name, source in sources.items())
        return Query(sql=f"WITH {named}\n\n{self.sql}", name=self.name)
