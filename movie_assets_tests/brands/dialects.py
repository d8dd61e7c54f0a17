"""Brand files in every dialect: what the property tests write, independent of the code that reads it."""

from __future__ import annotations

import codecs
import unicodedata
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from movie_assets.brands.repairs import repair_hyphen_after_numeral, repair_hyphen_in_word, repair_mojibake

# A busy machine, or Hypothesis building its table of characters for the first time, is no failure.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

Values = tuple[str, int, int, str, int]

HEADER = "Brand,Total,Releases,#1 Release,Lifetime Gross"
MARVEL = "Marvel Comics,15806336901,69,Avengers: Endgame,858373000"

HEADER_NAMES = (
    ("Brand", "Marque", "Franchise", "brand", "Marke", "Marca"),
    ("Total", "Total_gross", "Total_Grossing_for_all_Movies", "total_gross_usd", "Gesamt"),
    ("Releases", "Sorties", "Total_movie_released", "releases", "Veröffentlichungen", "Lançamentos"),
    ("#1 Release", "#1 Sortie", "No_1_release", "Movie_Released", "top_release", "Nº 1 Estreno"),
    ("Lifetime Gross", "Revenu à Vie", "LIfe_Time_Grossing_for_Movie", "Lifetime_gross", "top_release_gross_usd"),
)

SPACES = (" ", "\N{NO-BREAK SPACE}", "\N{THIN SPACE}", "\N{NARROW NO-BREAK SPACE}")
SEPARATORS = (",", ".", "'", "\N{RIGHT SINGLE QUOTATION MARK}", *SPACES)
DOLLARS_BEFORE = ("$", "US$", "USD ", "$ ", "＄")
DOLLARS_AFTER = ("$", " $US", " USD", "\N{NO-BREAK SPACE}$")
FULL_WIDTH = str.maketrans("0123456789,.", "０１２３４５６７８９，．")

ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16-le",
    "utf-16-be",
    "utf-16-le without mark",
    "utf-16-be without mark",
    "cp1252",
)


def grouped(value: int, separator: str) -> str:
    """1,234,567 with any separator."""
    return f"{value:,}".replace(",", separator)


def grouped_as_in_india(value: int, separator: str) -> str:
    """12,34,567 with any separator."""
    digits = str(value)
    head, tail = digits[:-3], digits[-3:]
    pairs: list[str] = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return separator.join([*pairs, tail])


@st.composite
def written_numbers(draw: st.DrawFn, value: int) -> str:
    """`value` with any grouping and a decimal part of two zeros or none."""
    separator = draw(st.sampled_from(("", *SEPARATORS)))
    style = draw(st.sampled_from((grouped, grouped_as_in_india)))
    text = style(value, separator) if separator else str(value)
    points = [point for point in (".", ",") if point != separator]
    text += draw(st.sampled_from(("", *(point + "00" for point in points))))
    return text.translate(FULL_WIDTH) if draw(st.integers(0, 9)) == 0 else text


@st.composite
def written_amounts(draw: st.DrawFn, value: int) -> str:
    """`value` in any number style, with a sign of US dollars before, after, both or none."""
    before = draw(st.sampled_from(("", *DOLLARS_BEFORE)))
    after = draw(st.sampled_from(("", *DOLLARS_AFTER)))
    return before + draw(written_numbers(value)) + after


def _survives(title: str) -> bool:
    repairs = (repair_mojibake, repair_hyphen_in_word, repair_hyphen_after_numeral)
    return bool(title) and all(repair(title) == title for repair in repairs)


def names(codec: str = "utf-8") -> st.SearchStrategy[str]:
    """Clean names that no repair applies to, in characters of `codec`."""
    alphabet = st.one_of(
        st.sampled_from("abcXYZ09 -:&!,;\"'’é"),
        st.characters(
            codec=codec, exclude_categories=("Cc", "Cf", "Cs"), exclude_characters="\N{REPLACEMENT CHARACTER}"
        ),
    )
    cleaned = st.text(alphabet, min_size=1, max_size=20).map(
        lambda text: " ".join(unicodedata.normalize("NFC", text).split())
    )
    return cleaned.filter(_survives)


AMOUNTS = st.one_of(st.integers(0, 10**18 - 1), st.integers(0, 20_000_000_000))


def values(codec: str = "utf-8") -> st.SearchStrategy[Values]:
    """One brand: brand, total, releases, top release and its gross."""
    return st.tuples(names(codec), AMOUNTS, st.integers(0, 10**6), names(codec), AMOUNTS)


@dataclass(frozen=True)
class WrittenFile:
    """A file, what was written into it, and the line on which each record starts."""

    data: bytes
    rows: list[Values]
    lines: list[int]
    blank: int
    delimiter: str


@st.composite
def written_files(draw: st.DrawFn) -> WrittenFile:
    """Any rows in any dialect: encoding, delimiter, line end, quoting, header names, order and case, number styles."""
    encoding = draw(st.sampled_from(ENCODINGS))
    codec = "cp1252" if encoding == "cp1252" else "utf-8"
    rows = draw(st.lists(values(codec), min_size=1, max_size=4))
    delimiter = draw(st.sampled_from("\t,;"))
    line_end = draw(st.sampled_from(("\n", "\r\n", "\r")))
    order = draw(st.permutations(range(6)))  # the sixth is a column that is not ours
    recase = draw(st.sampled_from((str, str.upper, str.lower, str.title)))

    def record(fields: list[str]) -> str:
        return delimiter.join(_written_field(draw, fields[position], delimiter) for position in order)

    header = [recase(draw(st.sampled_from(headers))) for headers in HEADER_NAMES]
    written, lines, line, blank = record([*header, "Remarks"]) + line_end, [], 2, 0
    for brand, total, releases, title, gross in rows:
        for _ in range(draw(st.integers(0, 1))):
            written, line, blank = (
                written + draw(st.sampled_from(("", "  ", delimiter * 5))) + line_end,
                line + 1,
                blank + 1,
            )
        texts = [_reflowed(draw, brand, line_end), _reflowed(draw, title, line_end)]
        numbers = [draw(written_amounts(total)), draw(written_numbers(releases)), draw(written_amounts(gross))]
        if codec == "cp1252":
            numbers = [str(total), f"{releases:,}", f"${gross:,}"]
        text = record([texts[0], numbers[0], numbers[1], texts[1], numbers[2], draw(st.sampled_from(("", "seen")))])
        lines.append(line)
        written, line = written + text + line_end, line + 1 + text.count(line_end)
    if draw(st.booleans()):
        written = written.removesuffix(line_end)
    return WrittenFile(encoded(written, encoding), rows, lines, blank, delimiter)


def encoded(text: str, encoding: str) -> bytes:
    """`text` in one of ENCODINGS; UTF-16 has a byte order mark unless its name says otherwise."""
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    return marks.get(encoding, b"") + text.encode(encoding.removesuffix(" without mark"))


def _reflowed(draw: st.DrawFn, text: str, line_end: str) -> str:
    return text.replace(" ", draw(st.sampled_from((" ", "  ", "\N{NO-BREAK SPACE}", line_end))), 1)


def _written_field(draw: st.DrawFn, text: str, delimiter: str) -> str:
    must_quote = text.startswith('"') or any(character in text for character in (delimiter, "\n", "\r"))
    if must_quote or draw(st.booleans()):
        escaped = text.replace('"', '""')
        return f'"{escaped}"'
    padding = draw(st.sampled_from(("", " ")))
    return padding + text + padding
