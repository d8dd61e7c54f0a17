"""Records: every line is accounted for, whatever its quotes do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie_assets.brands import BrandFileError, records
from movie_assets.brands.records import START, Record, read_records
from movie_assets_tests.brands.dialects import unhurried


def read(text: str, *, delimiter: str = ",", width: int = 2) -> list[Record]:
    return list(read_records(text, START, delimiter=delimiter, source="brands.csv", width=width))


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_each_record_knows_its_line_and_its_raw_text(line_end: str) -> None:
    text = line_end.join(["a,b", "", '"c', 'c", d', "e,f"])
    assert [(each.line, each.raw, each.fields) for each in read(text)] == [
        (1, "a,b", ("a", "b")),
        (2, "", ()),
        (3, f'"c{line_end}c", d', (f"c{line_end}c", "d")),
        (5, "e,f", ("e", "f")),
    ]


def test_quotes_protect_delimiters_and_doubled_quotes() -> None:
    assert read('"a,1","b ""c"""\nit\'s 5",x')[0].fields == ("a,1", 'b "c"')
    assert read('"a,1","b ""c"""\nit\'s 5",x')[1].fields == ("it's 5\"", "x")


def test_other_separators_of_unicode_do_not_end_a_line() -> None:
    assert read("a\x85b\u2028c\x0bd\x0c,e")[0].fields == ("a\x85b\u2028c\x0bd\x0c", "e")


@pytest.mark.parametrize("blank", ["", "   ", "\t", ",", " , ,,", '"",""', '""'])
def test_a_record_without_text_is_blank(blank: str) -> None:
    assert read(f"{blank}\na,b")[0].is_blank


@pytest.mark.parametrize("tail", [",", ",,", ", ,", ',""'])
def test_empty_fields_beyond_the_header_are_dropped(tail: str) -> None:
    assert read("a,b" + tail) == [Record(1, "a,b" + tail, ("a", "b"), None)]


@pytest.mark.parametrize(("line", "found"), [("a", "1 field "), ("a,b,c", "3 fields "), ("a,,c", "3 fields ")])
def test_another_number_of_fields_is_a_problem(line: str, found: str) -> None:
    [record] = read(line)
    assert record.raw == line
    assert record.problem is not None
    assert record.problem.startswith(found + "where the header has 2")
    assert "contains a comma is enclosed in double quotes" in record.problem


@pytest.mark.parametrize(
    ("text", "bad_lines"),
    [
        ('"a,b\nc,d\ne,f', [1]),
        ('a,b\nc,"d\ne,f', [2]),
        ('a,b\nc,d\ne,"f', [3]),
        ('"a,b\nc,d\n"e",f', [1]),
        ('a,"b\nc,d\ne,"f, g"', [1]),
        ('"a,b\n"c,d\ne,f', [1, 2]),
        ('"a" x,b\nc,d\ne,f', [1]),
        ('"a,b\nc,d"\ne,f', [1]),
    ],
)
def test_an_unclosed_quote_costs_its_own_line_only(text: str, bad_lines: list[int]) -> None:
    found = read(text)
    bad = [each for each in found if each.problem]
    assert [each.line for each in bad] == bad_lines
    assert [each.raw for each in bad] == [text.split("\n")[line - 1] for line in bad_lines]
    assert all(each.problem and "double quotes are not balanced" in each.problem for each in bad)
    assert [each.line for each in found] == [1, 2, 3]


def test_a_quoted_line_that_closes_into_the_wrong_shape_says_so() -> None:
    [first, second] = read('"a,b\nc,d",e,f')
    assert first.problem is not None
    assert "as a record of 2 lines it would have 3 fields where the header has 2" in first.problem
    assert second.line == 2


def test_a_record_may_span_as_many_lines_as_the_limit_and_no_more() -> None:
    at_the_limit = '"a' + "\n" * (records.MAX_RECORD_LINES - 1) + '",b'
    assert len(read(at_the_limit)) == 1
    assert len(read(at_the_limit.replace("a", "a\n"))) > records.MAX_RECORD_LINES


def test_a_record_that_grows_too_long_over_lines_is_cut_back_to_its_first() -> None:
    long = "x" * (records.MAX_RECORD_CHARS // 2)
    first, *_ = read(f'"{long}\n{long}\n{long}",b')
    assert (first.raw, first.fields) == ('"' + long, ())


def test_a_line_beyond_the_limit_fails_the_file_and_names_the_line() -> None:
    with pytest.raises(
        BrandFileError, match=r"brands\.csv, line 2: expected lines of at most 65,536 characters; found 70,000"
    ):
        read("a,b\n" + "x" * 70_000)


def test_more_lines_than_the_limit_fail_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_LINES", 3)
    assert len(read("a,b\n\nc,d\n")) == 3
    with pytest.raises(BrandFileError, match="expected at most 3 lines; found more"):
        read("a,b\n\nc,d\n\n")


LINES = st.text(st.sampled_from('ab,"\n\r '), max_size=60)


@unhurried
@given(LINES, st.sampled_from("\t,;"), st.integers(1, 3))
def test_the_records_put_together_are_the_text(text: str, delimiter: str, width: int) -> None:
    offset, line = 0, 1
    for record in read(text, delimiter=delimiter, width=width):
        assert record.line == line
        assert text.startswith(record.raw, offset)
        offset += len(record.raw)
        line_end = next((end for end in ("\r\n", "\n", "\r") if text.startswith(end, offset)), "")
        offset += len(line_end)
        line += 1 + len(record.raw.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
        assert record.problem or record.is_blank or len(record.fields) == width
    assert offset == len(text)
