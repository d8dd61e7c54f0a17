"""A person's word: a CSV of decisions that win over the rules, validated line by line.

    brand,top_release,tmdb_id,who,why
    Pixar,Incredibles 2,260513,Ann Analyst,confirmed with the distributor's list

`imdb_id` may stand beside or instead of `tmdb_id`; each line gives one of them, or `none`: no film of the catalogue.
A decision holds for a brand and the release it was made for: when the brand's #1 release changes, it no longer applies.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from movie_assets.errors import MovieAssetsError
from movie_assets.matching.titles import plain_key

NO_FILM: Final = "none"
_REQUIRED = ("brand", "top_release", "who", "why")
_FILM = ("tmdb_id", "imdb_id")
HEADER: Final = ("brand", "top_release", "tmdb_id", "imdb_id", "who", "why")
_TMDB_ID = re.compile(r"[1-9]\d{0,17}")
_IMDB_ID = re.compile(r"tt\d{7,10}")


class OverrideFileError(MovieAssetsError):
    """The overrides cannot be used; the message names the file, the line, the column and the remedy."""


@dataclass(frozen=True, slots=True)
class Override:
    """One decision; without an id it says that no film of the catalogue is the release."""

    line: int
    brand: str
    top_release: str
    tmdb_id: int | None
    imdb_id: str | None
    who: str
    why: str

    @property
    def key(self) -> tuple[str, str]:
        """Brand and release, as they are compared."""
        return override_key(self.brand, self.top_release)


def override_key(brand: str, top_release: str) -> tuple[str, str]:
    """Brand and release without what spelling leaves open."""
    return plain_key(brand) or brand, plain_key(top_release) or top_release


def read_overrides(path: Path) -> list[Override]:
    """The decisions in the file, in its order; none if there is no file.

    Raises OverrideFileError for the first line that cannot be used.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise OverrideFileError(f"{path}: expected UTF-8; byte {error.start + 1} is not. Save it as UTF-8.") from None
    except OSError as error:
        raise OverrideFileError(f"{path} cannot be read: {error.strerror}.") from error
    overrides = list(_overrides(path, text))
    lines: dict[tuple[str, str], int] = {}
    for override in overrides:
        if (first := lines.setdefault(override.key, override.line)) != override.line:
            raise _error(
                path,
                override.line,
                "top_release",
                expected=f"one decision for {override.brand}'s {override.top_release}",
                found=f"another on line {first}",
                remedy="Keep one of the two.",
            )
    return overrides


def add_override(path: Path, override: Override) -> None:
    """Write the file with this decision at its end, in place of an earlier one for the same brand and release.

    Raises OverrideFileError when the file cannot be used or written.
    """
    kept = [one for one in read_overrides(path) if one.key != override.key]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADER)
    for one in (*kept, override):
        given = (one.tmdb_id if one.imdb_id or one.tmdb_id else NO_FILM, one.imdb_id)
        writer.writerow([one.brand, one.top_release, *given, one.who, one.why])
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_text(buffer.getvalue(), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise OverrideFileError(
            f"{path} cannot be written: {error.strerror}. Set MOVIE_ASSETS_MATCH_OVERRIDES to a file of yours."
        ) from error


def parse_film(text: str) -> tuple[int | None, str | None]:
    """TMDB id and IMDb id of a film as a person writes it: 603, tt0133093 or none (which gives neither).

    Raises ValueError for anything else.
    """
    text = text.strip()
    if text.lower() == NO_FILM:
        return None, None
    if _TMDB_ID.fullmatch(text):
        return int(text), None
    if _IMDB_ID.fullmatch(text):
        return None, text
    raise ValueError(text)


def _overrides(path: Path, text: str) -> Iterator[Override]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            fields = [field.strip() for field in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise _error(
                path, line, None, expected="a line of CSV", found=str(error), remedy="Close its quotes."
            ) from None
        if not any(fields):
            continue
        if header is None:
            header = _header(path, line, fields)
        else:
            yield _override(path, line, header, fields)


def _header(path: Path, line: int, fields: Sequence[str]) -> list[str]:
    names = [field.lower() for field in fields]
    missing = [name for name in _REQUIRED if name not in names]
    if not set(_FILM) & set(names):
        missing.append("tmdb_id or imdb_id")
    unknown = [field for field, name in zip(fields, names, strict=True) if name not in HEADER]
    if missing or unknown or len(set(names)) < len(names):
        raise _error(
            path,
            line,
            None,
            expected=f"the columns {', '.join(HEADER)}, each once, separated by commas",
            found=", ".join(fields),
            remedy=f"Start the file with the line `{','.join(HEADER)}`.",
        )
    return names


def _override(path: Path, line: int, header: Sequence[str], fields: Sequence[str]) -> Override:
    if len(fields) != len(header):
        remedy = "Put values that contain commas in double quotes."
        raise _error(path, line, None, expected=f"{len(header)} values", found=f"{len(fields)}", remedy=remedy)
    row = dict(zip(header, fields, strict=True))
    for name in _REQUIRED:
        if not row[name]:
            remedy = "Every decision says what it is about, who made it and why."
            raise _error(path, line, name, expected="a text", found="nothing", remedy=remedy)
    given = {name: row[name] for name in _FILM if row.get(name)}
    if len(given) != 1:
        raise _error(
            path,
            line,
            " and ".join(name for name in _FILM if name in header),
            expected="one film: a TMDB id, an IMDb id or `none`",
            found=" and ".join(given.values()) or "nothing",
            remedy="Give exactly one.",
        )
    ((name, value),) = given.items()
    try:
        tmdb_id, imdb_id = parse_film(value)
    except ValueError:
        tmdb_id = imdb_id = None
        wrong = True
    else:
        wrong = value.lower() != NO_FILM and (tmdb_id is None) == (name == "tmdb_id")
    if wrong:
        expected = "a number such as 603" if name == "tmdb_id" else "an IMDb id such as tt0133093"
        remedy = "Copy the id from the film's page."
        raise _error(path, line, name, expected=f"{expected}, or `none`", found=repr(value), remedy=remedy)
    return Override(line, row["brand"], row["top_release"], tmdb_id, imdb_id, row["who"], row["why"])


def _error(path: Path, line: int, column: str | None, *, expected: str, found: str, remedy: str) -> OverrideFileError:
    place = f"{path}, line {line}" + (f", column {column}" if column else "")
    return OverrideFileError(f"{place}: expected {expected}; found {found}. {remedy}")
