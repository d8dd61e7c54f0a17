"""What reading a brand file yields: values only, no reading and no deciding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

Column = Literal["brand", "total_gross_usd", "releases", "top_release", "top_release_gross_usd"]

COLUMNS: tuple[Column, ...] = ("brand", "total_gross_usd", "releases", "top_release", "top_release_gross_usd")


@dataclass(frozen=True, slots=True)
class BrandRow:
    """One accepted brand. Amounts are whole US dollars; `source_line` is the 1-based line its record starts on."""

    brand: str
    total_gross_usd: int
    releases: int
    top_release: str
    top_release_gross_usd: int
    source_line: int


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """One record that could not be read: where it starts, its text as decoded without the final line end, and why."""

    source_line: int
    raw_text: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """One change to a value of an accepted row that goes beyond white space and number format.

    `rule` is one of the RULE_ constants of `repairs`, `releases` and `amounts`.
    """

    source_line: int
    column: Column
    before: str
    after: str
    rule: str


@dataclass(frozen=True, slots=True)
class BrandFile:
    """A brand file that was read: every record of it is in `brands`, in `rejected`, or counted in `blank_records`.

    `sha256` is the hex digest of exactly the bytes that were parsed. `header` maps each column to the header text
    found for it. `ignored_columns` are the headers that name no column of ours, in file order.
    """

    source: str
    sha256: str
    encoding: str
    delimiter: str
    header: Mapping[Column, str]
    ignored_columns: tuple[str, ...]
    brands: tuple[BrandRow, ...]
    rejected: tuple[RejectedLine, ...]
    repairs: tuple[Repair, ...]
    blank_records: int

    def brands_frame(self) -> pd.DataFrame:
        """One row per accepted brand in file order.

        Columns: brand (string), total_gross_usd (Int64), releases (Int64), top_release (string),
        top_release_gross_usd (Int64), source_line (Int64), source_sha256 (string).
        """
        return pd.DataFrame(
            {
                "brand": pd.array([row.brand for row in self.brands], dtype="string"),
                "total_gross_usd": pd.array([row.total_gross_usd for row in self.brands], dtype="Int64"),
                "releases": pd.array([row.releases for row in self.brands], dtype="Int64"),
                "top_release": pd.array([row.top_release for row in self.brands], dtype="string"),
                "top_release_gross_usd": pd.array([row.top_release_gross_usd for row in self.brands], dtype="Int64"),
                "source_line": pd.array([row.source_line for row in self.brands], dtype="Int64"),
                "source_sha256": pd.array([self.sha256] * len(self.brands), dtype="string"),
            }
        )

    def rejected_frame(self) -> pd.DataFrame:
        """One row per rejected record in file order, with the same column types when there is none.

        Columns: source_line (Int64), raw_text (string), reasons (object, each a list of str), source_sha256 (string).
        """
        return pd.DataFrame(
            {
                "source_line": pd.array([line.source_line for line in self.rejected], dtype="Int64"),
                "raw_text": pd.array([line.raw_text for line in self.rejected], dtype="string"),
                "reasons": pd.Series([list(line.reasons) for line in self.rejected], dtype="object"),
                "source_sha256": pd.array([self.sha256] * len(self.rejected), dtype="string"),
            }
        )
