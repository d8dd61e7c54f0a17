"""A brand file from its bytes to `BrandFile`: the steps in order, and when a file is refused as a whole."""

from __future__ import annotations

import hashlib
from pathlib import Path

from movie_assets.brands.decoding import decode
from movie_assets.brands.errors import BrandFileError, quoted
from movie_assets.brands.headers import read_header
from movie_assets.brands.model import BrandFile, BrandRow, RejectedLine, Repair
from movie_assets.brands.opening import MAX_FILE_BYTES, opened, require_size
from movie_assets.brands.records import read_records
from movie_assets.brands.releases import complete_titles
from movie_assets.brands.rows import read_row

_SHOWN_REJECTIONS = 5


def read_brand_file(path: Path) -> BrandFile:
    """The brand file at `path`. Its bytes are read once, so that what was hashed is what was parsed.

    Raises BrandFileError when there is no readable regular file of at most MAX_FILE_BYTES bytes, and as
    `parse_brands` does.
    """
    source = str(path)
    try:
        with opened(path) as file:
            # One byte more than allowed: a file that grew since stat() is refused, not cut.
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise BrandFileError.about(
            source, expected="a brand file", found="no such file", remedy="Check the path, or put the file there."
        ) from None
    except (OSError, ValueError) as error:
        raise BrandFileError.about(
            source,
            expected="a readable file",
            found=getattr(error, "strerror", None) or str(error),
            remedy="Check the path and its permissions.",
        ) from None
    return parse_brands(data, source=source)


def parse_brands(data: bytes, *, source: str) -> BrandFile:
    """The brand file with these bytes; `source` names it in messages.

    A record that cannot be read is rejected with every reason and the rest goes on. Raises BrandFileError, and nothing
    else, when the file is no text, has no usable header, exceeds a limit, or has more rejected records than accepted
    ones or no accepted one.
    """
    require_size(len(data), source)
    text, encoding = decode(data, source=source)
    header = read_header(text, source=source)
    brands: list[BrandRow] = []
    rejected: list[RejectedLine] = []
    repairs: list[Repair] = []
    blank_records = 0
    for record in read_records(text, header.following, delimiter=header.delimiter, source=source, width=header.width):
        if record.is_blank:
            blank_records += 1
            continue
        result = read_row(record, header)
        if isinstance(result, RejectedLine):
            rejected.append(result)
        else:
            brands.append(result.row)
            repairs.extend(result.repairs)
    if len(rejected) > len(brands) or not brands:
        raise _too_few_accepted(len(brands), rejected, source)
    brands, completed = complete_titles(brands)
    repairs = sorted([*repairs, *completed], key=lambda repair: repair.source_line)
    return BrandFile(
        source=source,
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=encoding,
        delimiter=header.delimiter,
        header=header.texts,
        ignored_columns=header.ignored,
        brands=tuple(brands),
        rejected=tuple(rejected),
        repairs=tuple(repairs),
        blank_records=blank_records,
    )


def _too_few_accepted(accepted: int, rejected: list[RejectedLine], source: str) -> BrandFileError:
    shown = "".join(
        f"\n  line {line.source_line}: {quoted(line.raw_text)}" + "".join(f"\n    {reason}" for reason in line.reasons)
        for line in rejected[:_SHOWN_REJECTIONS]
    )
    return BrandFileError.about(
        source,
        expected="at least one brand, and at least as many accepted lines as rejected ones",
        found=f"{accepted:,} accepted and {len(rejected):,} rejected",
        remedy="Correct the lines or the header, then read the file again." + (f" The first:{shown}" if shown else ""),
    )
