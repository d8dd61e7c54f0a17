"""A header is understood in any order, case and known language, or the file is refused with what was found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie_assets.brands import BrandFileError
from movie_assets.brands.headers import read_header
from movie_assets.brands.model import COLUMNS
from movie_assets_tests.brands.dialects import unhurried


def columns_in_order(header: str) -> list[str]:
    found = read_header(header + "\n", source="brands.csv").positions
    return sorted(found, key=lambda column: found[column])


@pytest.mark.parametrize(
    "header",
    [
        "Brand\tTotal\tReleases\t#1 Release\tLifetime Gross",
        "Franchise\tTotal\tReleases\t#1 Release\tLifetime Gross",
        "Marque;Total;Sorties;#1 Sortie;Revenu à Vie",
        "Brand,Total_gross,Releases,No_1_release,Lifetime_gross",
        "brand,total_gross_usd,releases,top_release,top_release_gross_usd",
        "Marke;Gesamt;Veröffentlichungen;#1 Veröffentlichung;Einnahmen auf Lebenszeit",
        "Marca;Total;Estrenos;N.º 1 Estreno;Recaudación de por vida",
        "Marca;Totale;Uscite;#1 uscita;Incasso a vita",
        "Franquia;Total;Lançamentos;nº 1 Lançamento;Receita vitalícia",
        "MARQUE;TOTAL;SORTIES;№1 SORTIE;REVENU A\N{NO-BREAK SPACE}VIE",
        "Marque;Total;Sorties;#1 Sortie;Revenu Ã\N{NO-BREAK SPACE} Vie",
        "Marke;Gesamt;VerÃ¶ffentlichungen;#1 VerÃ¶ffentlichung;Lebenszeiteinnahmen",
        '"Brand", Total , " Releases ", "#1\nRelease", LIFETIME--GROSS:',
    ],
)
def test_headers_in_every_known_language_are_understood(header: str) -> None:
    assert columns_in_order(header) == list(COLUMNS)


def test_the_lifetime_spelling_of_one_publisher_is_understood() -> None:
    header = "Brand,Movie_Released,Total_movie_released,Total_Grossing_for_all_Movies,LIfe_Time_Grossing_for_Movie"
    assert columns_in_order(header) == ["brand", "top_release", "releases", "total_gross_usd", "top_release_gross_usd"]


@unhurried
@given(st.permutations(["Brand", "Total", "Releases", "#1 Release", "Lifetime Gross", "Rank"]), st.sampled_from("\t,;"))
def test_order_does_not_matter(headers: list[str], delimiter: str) -> None:
    found = read_header(delimiter.join(headers), source="brands.csv")
    assert found.delimiter == delimiter
    assert {column: headers[position] for column, position in found.positions.items()} == found.texts
    assert found.texts == dict(
        zip(COLUMNS, ["Brand", "Total", "Releases", "#1 Release", "Lifetime Gross"], strict=True)
    )
    assert found.ignored == ("Rank",)


def test_a_column_without_a_name_is_ignored_and_one_at_the_end_is_no_column() -> None:
    found = read_header(",Brand,Total,Releases,#1 Release,Lifetime Gross,,", source="brands.csv")
    assert found.ignored == ("(column 1, no name)",)
    assert found.width == 6


def test_the_header_may_follow_blank_lines() -> None:
    found = read_header("\n \nBrand,Total,Releases,#1 Release,Lifetime Gross\nx", source="brands.csv")
    assert found.following.line == 4


def test_the_delimiter_is_what_separates_the_names_and_not_what_is_frequent() -> None:
    found = read_header("Brand;Total;Releases;#1 Release;Lifetime Gross;a,b,c,d,e,f,g,h", source="brands.csv")
    assert (found.delimiter, found.ignored) == (";", ("a,b,c,d,e,f,g,h",))


def refusal(text: str) -> str:
    with pytest.raises(BrandFileError) as caught:
        read_header(text, source="brands.csv")
    return str(caught.value)


def test_a_missing_column_is_named_with_what_was_expected_and_found() -> None:
    message = refusal("\nMarque;Total;Sorties;#1 Sortie\nx;1;2;y\n")
    assert message.startswith("brands.csv, line 2: expected a header with the columns brand (such as Brand, ")
    assert "found 'Marque', 'Total', 'Sorties', '#1 Sortie' (as separated by semicolon)" in message
    assert "without top_release_gross_usd. Add the missing columns" in message


def test_an_unknown_header_lists_every_column() -> None:
    message = refusal("Marvel Comics|15806336901|69|Avengers: Endgame|858373000\n")
    assert "without brand, total_gross_usd, releases, top_release, top_release_gross_usd" in message
    assert "'Marvel Comics|15806336901|69|Avengers: Endgame|858373000'" in message


@pytest.mark.parametrize("text", ["", "\n\n", "  \r\n\t\r\n", '""\n'])
def test_a_file_without_text_is_refused_as_empty(text: str) -> None:
    assert "found an empty file" in refusal(text)


def test_two_headers_for_one_column_are_refused() -> None:
    message = refusal("Brand,Total,Releases,#1 Release,Lifetime Gross,Total_gross\n")
    assert "brands.csv, line 1, column 'Total_gross': expected one header for total_gross_usd" in message
    assert "found 'Total' and 'Total_gross'" in message


def test_punctuation_that_leaves_two_delimiters_possible_is_refused() -> None:
    message = refusal("Brand;,Total;,Releases;,#1 Release;,Lifetime Gross\n")
    assert "found every column under comma and under semicolon" in message


def test_two_headers_in_one_are_refused() -> None:
    names = ["Brand", "Total", "Releases", "#1 Release", "Lifetime Gross"]
    message = refusal(",".join([*names, "x;" + ";".join(names)]))
    assert "found every column under comma and under semicolon" in message


def test_an_unbalanced_quote_in_the_header_is_refused() -> None:
    assert "found a line whose double quotes are not balanced" in refusal(
        '"Brand,Total,Releases,#1 Release,Lifetime Gross\n'
    )


def test_a_wide_file_does_not_make_a_wide_message() -> None:
    assert len(refusal(",".join(["some header"] * 5_000))) < 2_000
