"""A brand file as a whole: what is accepted, what is rejected with every reason, and when the file is refused."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from movie_assets.brands import BrandFile, BrandFileError, BrandRow, Repair, parse_brands, read_brand_file
from movie_assets.brands.opening import MAX_FILE_BYTES
from movie_assets.settings import PROJECT_ROOT
from movie_assets_tests.brands.dialects import HEADER, MARVEL, WrittenFile, unhurried, written_files

SHIPPED = Path(__file__).parents[2] / "data" / "brands.csv"

PUBLISHED = (
    ("Marvel Comics", 15_806_336_901, 69, "Avengers: Endgame", 858_373_000),
    ("Walden Media", 1_842_852_183, 38, "The Chronicles of Narnia: The Lion, the Witch and the Wardrobe", 291_710_957),
    ("Dark Horse Comics", 947_671_338, 16, "300", 210_614_939),
    ("Tim Burton-Johnny Depp", 889_955_830, 8, "Alice in Wonderland", 334_191_110),
    ("National Lampoon", 436_669_213, 21, "National Lampoon's Animal House", 120_091_123),
)


def parse(*lines: str) -> BrandFile:
    return parse_brands("\n".join((HEADER, *lines)).encode(), source="brands.csv")


def reasons_for(line: str) -> tuple[str, ...]:
    found = parse(MARVEL, line)
    assert [row.brand for row in found.brands] == ["Marvel Comics"]
    [rejected] = found.rejected
    assert (rejected.source_line, rejected.raw_text) == (3, line)
    return rejected.reasons


def refusal(data: bytes) -> str:
    with pytest.raises(BrandFileError) as caught:
        parse_brands(data, source="brands.csv")
    return str(caught.value)


# Accepted


@unhurried
@given(written_files())
def test_any_rows_in_any_dialect_read_back_exactly(written: WrittenFile) -> None:
    try:
        found = parse_brands(written.data, source="brands.csv")
    except BrandFileError as error:
        # By chance, other bytes than UTF-8 can be UTF-8 too; then they are text of that kind.
        assume("control characters" not in str(error))
        raise
    assume(found.encoding != "utf-8" or _is_utf_8_by_intent(written))
    assert found.rejected == ()
    assert found.repairs == ()
    assert [
        (row.brand, row.total_gross_usd, row.releases, row.top_release, row.top_release_gross_usd)
        for row in found.brands
    ] == written.rows
    assert [row.source_line for row in found.brands] == written.lines
    assert (found.blank_records, found.delimiter) == (written.blank, written.delimiter)


def _is_utf_8_by_intent(written: WrittenFile) -> bool:
    text = written.data.decode()
    return all(part in text for row in written.rows for part in row[0].replace('"', '""').split())


def test_the_published_dialects_give_the_same_frame() -> None:
    def written(header: str, delimiter: str, amount: str, line_end: str = "\n") -> bytes:
        lines = [header.replace(",", delimiter)]
        for brand, total, releases, title, gross in PUBLISHED:
            fields = [brand, amount.format(total), str(releases), title, amount.format(gross)]
            lines.append(delimiter.join(f'"{field}"' if delimiter in field else field for field in fields))
        return (line_end.join(lines) + line_end).encode()

    files = [
        written(HEADER, "\t", "{}"),
        written(HEADER, "\t", "${:,}"),
        written(HEADER, ",", "${:,}", "\r\n"),
        written("Brand,Total_gross,Releases,No_1_release,Lifetime_gross", "\t", "{}"),
        written("Marque,Total,Sorties,#1 Sortie,Revenu à Vie", ";", "{:,} $US", "\r"),
    ]
    frames = [parse_brands(data, source="x").brands_frame().drop(columns="source_sha256") for data in files]
    for frame in frames[1:]:
        pd.testing.assert_frame_equal(frame, frames[0])
    assert tuple(frames[0].drop(columns="source_line").itertuples(index=False, name=None)) == PUBLISHED


def test_suspicious_values_are_kept_for_the_checks() -> None:
    found = parse("A,1,0,B,5", "A,1,0,B,5")
    assert found.brands == (BrandRow("A", 1, 0, "B", 5, 2), BrandRow("A", 1, 0, "B", 5, 3))


def test_names_are_trimmed_collapsed_and_composed() -> None:
    row = parse('"  Studio\n\t Ghibli ",1,1,Poke\N{COMBINING ACUTE ACCENT}mon\N{NO-BREAK SPACE} 2,1').brands[0]
    assert (row.brand, row.top_release) == ("Studio Ghibli", "Pokémon 2")


def test_names_that_look_like_missing_values_or_numbers_stay_text() -> None:
    frame = parse("NA,1,1,300,1", "null,1,1,NaN,1").brands_frame()
    assert frame["brand"].tolist() == ["NA", "null"]
    assert frame["top_release"].tolist() == ["300", "NaN"]


def test_each_repair_is_recorded_and_nothing_else_is() -> None:
    found = parse(
        "PokÃ©mon,€293.134.648,6,PokÃ©mon Detective Pikachu,$144.105.346",
        "Marvel Comics , 15806336901,69,Spider0Man: Far From Home,1",
        "Lucasfilm,6325022918,39,Star Wars: Episode VII 0 The Force Awakens,936662225",
    )
    assert [row.brand for row in found.brands] == ["Pokémon", "Marvel Comics", "Lucasfilm"]
    title = "Star Wars: Episode VII {} The Force Awakens"
    assert found.repairs == (
        Repair(2, "brand", "PokÃ©mon", "Pokémon", "mojibake_undone"),
        Repair(2, "total_gross_usd", "€293.134.648", "293134648", "foreign_currency_sign_ignored"),
        Repair(2, "top_release", "PokÃ©mon Detective Pikachu", "Pokémon Detective Pikachu", "mojibake_undone"),
        Repair(3, "top_release", "Spider0Man: Far From Home", "Spider-Man: Far From Home", "hyphen_in_word_restored"),
        Repair(4, "top_release", title.format("0"), title.format("-"), "hyphen_after_sequel_number_restored"),
    )


def test_a_file_says_what_it_is() -> None:
    data = (HEADER + ",Rank\n" + MARVEL + ",1\n").encode()
    found = parse_brands(data, source="brands.csv")
    assert (found.source, found.encoding, found.delimiter) == ("brands.csv", "utf-8", ",")
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert found.ignored_columns == ("Rank",)
    assert found.header == {
        "brand": "Brand",
        "total_gross_usd": "Total",
        "releases": "Releases",
        "top_release": "#1 Release",
        "top_release_gross_usd": "Lifetime Gross",
    }
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301


def test_the_same_bytes_give_the_same_result() -> None:
    data = "\n".join((HEADER, MARVEL, "x,y", 'a,"b', "PokÃ©mon,1,1,x,1")).encode()
    assert parse_brands(data, source="x") == parse_brands(data, source="x")


# Rejected


def test_a_line_is_rejected_with_every_reason() -> None:
    reasons = reasons_for(" ,936.7M,-1,\x07,n/a")
    assert [reason.split(" ")[0] for reason in reasons] == [
        "brand",
        "total_gross_usd",
        "releases",
        "top_release",
        "top_release_gross_usd",
    ]
    assert "brand (header 'Brand'): is empty" in reasons[0]
    assert "total_gross_usd (header 'Total'): '936.7M' is abbreviated" in reasons[1]
    assert "releases (header 'Releases'): '-1' is negative" in reasons[2]
    assert "top_release (header '#1 Release'): '\\x07' has control characters or lost letters (U+0007)" in reasons[3]
    assert "top_release_gross_usd (header 'Lifetime Gross'): 'n/a' stands for a missing value" in reasons[4]


def test_an_amount_whose_commas_split_it_is_rejected_by_its_number_of_fields() -> None:
    [reason] = reasons_for("Pixar,$6,078,217,662,28,Incredibles 2,$608,581,744")
    assert reason.startswith("10 fields where the header has 5; a field that contains a comma is enclosed")


@pytest.mark.parametrize("character", "\x07\x1b\x7f\x85\N{ZERO WIDTH SPACE}\N{RIGHT-TO-LEFT OVERRIDE}\ufeff\ufffd")
def test_a_name_with_an_unseen_or_lost_character_is_rejected(character: str) -> None:
    [reason] = reasons_for(f"Pixar{character},1,1,x,1")
    assert f"U+{ord(character):04X}" in reason


def test_the_joiners_of_scripts_are_part_of_a_name() -> None:
    name = "می\N{ZERO WIDTH NON-JOINER}خواهم"
    assert parse(f"{name},1,1,x,1").brands[0].brand == name


def test_an_unclosed_quote_is_rejected_and_the_lines_after_it_are_read() -> None:
    found = parse(MARVEL, 'Pixar,1,1,"Incredibles 2,1', "Hasbro,1,1,Transformers,1", 'Laika,1,1,"Coraline, 3D",1')
    assert [row.brand for row in found.brands] == ["Marvel Comics", "Hasbro", "Laika"]
    assert [(line.source_line, line.raw_text) for line in found.rejected] == [(3, 'Pixar,1,1,"Incredibles 2,1')]


def test_frames_are_typed_with_and_without_rejected_lines() -> None:
    brand_types = {
        "brand": "string",
        "total_gross_usd": "Int64",
        "releases": "Int64",
        "top_release": "string",
        "top_release_gross_usd": "Int64",
        "source_line": "Int64",
        "source_sha256": "string",
    }
    rejected_types = {"source_line": "Int64", "raw_text": "string", "reasons": "object", "source_sha256": "string"}
    for found, rejected in ((parse(MARVEL), 0), (parse(MARVEL, "x,y"), 1)):
        assert found.brands_frame().dtypes.astype(str).to_dict() == brand_types
        frame = found.rejected_frame()
        assert frame.dtypes.astype(str).to_dict() == rejected_types
        assert len(frame) == rejected
    assert isinstance(frame.loc[0, "reasons"], list)
    assert frame.loc[0, ["source_line", "raw_text", "source_sha256"]].tolist() == [3, "x,y", found.sha256]


GOOD = st.sampled_from((MARVEL, "x,1,1,y,1", '"a, b","1,000",0,"say ""hi""",5'))
BAD = st.sampled_from(("x", "a,b,c", "x,1.5,1,y,1", ",1,1,y,1", '"x,1,1,y,1', 'x,1,1,"y" z,1', "a,1,1,b,1,c", "\x07"))
BLANK = st.sampled_from(("", "  ", ",,,,", ",,,,,,,", '"",,'))


@unhurried
@given(st.lists(GOOD, max_size=6), st.lists(BAD, max_size=6), st.lists(BLANK, max_size=3), st.randoms())
def test_accepted_rejected_and_blank_account_for_every_record(
    good: list[str], bad: list[str], blank: list[str], random: Random
) -> None:
    lines = [*good, *bad, *blank]
    random.shuffle(lines)
    data = "".join(line + "\n" for line in (HEADER, *lines)).encode()
    if not good or len(bad) > len(good):
        assert f"{len(good)} accepted and {len(bad)} rejected" in refusal(data)
        return
    found = parse_brands(data, source="x")
    assert (len(found.brands), len(found.rejected), found.blank_records) == (len(good), len(bad), len(blank))
    assert all(lines[rejected.source_line - 2] == rejected.raw_text for rejected in found.rejected)
    assert all(lines[row.source_line - 2] in good for row in found.brands)


# Refused


@unhurried
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for prefix in ("", HEADER + "\n", HEADER + "\n" + MARVEL + "\n"):
        for encoding in ("utf-8", "utf-16"):
            try:
                parse_brands(prefix.encode(encoding) + data, source="x")
            except BrandFileError:
                continue


@unhurried
@given(st.binary(max_size=6), st.integers(0, 200), st.integers(0, 6))
def test_any_damage_to_a_good_file_is_read_or_refused(damage: bytes, position: int, removed: int) -> None:
    data = "\n".join((HEADER, MARVEL, '"PokÃ©mon, 2",€1.000,1,Episode VII 0 X,1', MARVEL, "")).encode()
    try:
        found = parse_brands(data[:position] + damage + data[position + removed :], source="x")
    except BrandFileError:
        return
    assert len(found.brands) >= max(1, len(found.rejected))


def test_a_file_with_more_rejected_than_accepted_lines_is_refused_and_shows_five() -> None:
    lines = [MARVEL, *(f"brand {number},1.5,x,y,1" for number in range(7))]
    message = refusal("\n".join((HEADER, *lines)).encode())
    assert "brands.csv: expected at least one brand" in message
    assert "found 1 accepted and 7 rejected. Correct the lines or the header" in message
    assert message.count("\n  line ") == 5
    assert "\n  line 3: 'brand 0,1.5,x,y,1'\n    total_gross_usd (header 'Total'): '1.5' ends in .5" in message
    assert "\n    releases (header 'Releases'): 'x' has characters" in message


def test_as_many_rejected_as_accepted_lines_are_reported_and_not_refused() -> None:
    assert len(parse(MARVEL, "x").rejected) == 1


def test_a_header_alone_is_refused() -> None:
    assert refusal(HEADER.encode()).endswith("then read the file again.")


def test_a_dropped_column_is_refused() -> None:
    assert "without top_release_gross_usd" in refusal(b"Brand,Total,Releases,#1 Release\nPixar,1,1,x\n")


# Files


def test_the_file_is_read_and_hashed_from_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "brands.csv"
    path.write_bytes((HEADER + "\n" + MARVEL).encode())
    found = read_brand_file(path)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.source == str(path)
    assert found.brands[0].total_gross_usd == 15_806_336_901


def file_refusal(path: Path) -> str:
    with pytest.raises(BrandFileError) as caught:
        read_brand_file(path)
    assert str(caught.value).startswith(f"{path}: expected ")
    return str(caught.value)


def test_a_path_without_a_readable_regular_file_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert file_refusal(tmp_path / "nothing").endswith("found no such file. Check the path, or put the file there.")
    assert "found a directory. Give the path of a CSV file." in file_refusal(tmp_path)
    assert "found a device, pipe or socket" in file_refusal(tmp_path / "pipe")
    assert "found a device, pipe or socket" in file_refusal(Path("/dev/zero"))
    assert "Check the path and its permissions." in file_refusal(tmp_path / "file" / "below")
    assert "Check the path and its permissions." in file_refusal(tmp_path / "loop")
    assert "Check the path and its permissions." in file_refusal(tmp_path / "a\0b")
    assert "found an empty file" in file_refusal(tmp_path / "file")


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "brands.csv"
    path.touch(mode=0o000)
    assert "found Permission denied" in in_a_process_of_its_own(REFUSAL_AS_NOBODY, path)


def test_a_file_beyond_the_size_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "brands.csv"
    with path.open("wb") as file:
        file.truncate(1024 * MAX_FILE_BYTES)
    assert "expected at most 67,108,864 bytes; found at least 68,719,476,736 bytes" in file_refusal(path)


def test_the_longest_line_that_fits_is_refused_with_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "brands.csv"
    # One character beyond the Basic Multilingual Plane makes every character of a Python text four bytes wide.
    path.write_bytes("\N{CLAPPER BOARD}".encode() + b"x" * (MAX_FILE_BYTES - 4))
    refusal, kilobytes = in_a_process_of_its_own(REFUSAL_AND_MEMORY, path).splitlines()
    assert f"{path}, line 1: expected lines of at most 65,536 characters; found 67,108,861 characters" in refusal
    # The bytes, their text, and nothing else of that size.
    assert int(kilobytes) * 1024 < 6 * MAX_FILE_BYTES


REFUSAL = """
import os, resource, sys
from pathlib import Path
from movie_assets.brands import BrandFileError, read_brand_file
{before}
try:
    read_brand_file(Path(sys.argv[1]))
except BrandFileError as error:
    print(error)
{after}
"""
REFUSAL_AS_NOBODY = REFUSAL.format(before="os.geteuid() or os.setuid(65534)", after="")
REFUSAL_AND_MEMORY = REFUSAL.format(
    before="before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss",
    after="print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)",
)


def in_a_process_of_its_own(program: str, path: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True, cwd=PROJECT_ROOT
    ).stdout


# The shipped file


def test_the_shipped_file_is_clean() -> None:
    found = read_brand_file(SHIPPED)
    assert (len(found.brands), found.rejected, found.repairs, found.blank_records) == (45, (), (), 0)
    assert (found.encoding, found.delimiter, found.ignored_columns) == ("utf-8", ",", ())
    assert len({row.brand for row in found.brands}) == 45
    assert all(row.total_gross_usd >= row.top_release_gross_usd > 0 < row.releases for row in found.brands)


def test_the_shipped_file_is_written_in_the_plainest_way() -> None:
    lines = SHIPPED.read_bytes().decode("utf-8").split("\n")
    assert lines[0] == HEADER
    assert lines.pop() == ""
    rows = read_brand_file(SHIPPED).brands
    for line, row in zip(lines[1:], rows, strict=True):
        title = f'"{row.top_release}"' if "," in row.top_release else row.top_release
        assert line == f"{row.brand},{row.total_gross_usd},{row.releases},{title},{row.top_release_gross_usd}"


def test_one_film_has_one_title_in_the_shipped_file() -> None:
    titles_by_gross: dict[int, set[str]] = {}
    for row in read_brand_file(SHIPPED).brands:
        titles_by_gross.setdefault(row.top_release_gross_usd, set()).add(row.top_release)
    assert all(len(titles) == 1 for titles in titles_by_gross.values())
