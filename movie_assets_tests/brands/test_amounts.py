"""A number has one reading, or is refused with the reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movie_assets.brands.amounts import MAX_DIGITS, NotAWholeNumberError, WholeNumber, parse_amount, parse_count
from movie_assets_tests.brands.dialects import AMOUNTS, unhurried, written_amounts, written_numbers


@unhurried
@given(st.data(), AMOUNTS)
def test_an_amount_in_any_style_reads_back_exactly(data: st.DataObject, value: int) -> None:
    assert parse_amount(data.draw(written_amounts(value))) == WholeNumber(value, None)


@unhurried
@given(st.data(), st.integers(0, 10**9))
def test_a_count_in_any_style_reads_back_exactly(data: st.DataObject, value: int) -> None:
    assert parse_count(data.draw(written_numbers(value))) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$15,806,336,901", 15_806_336_901),
        ("9,89,20,46,843", 9_892_046_843),
        ("45.11.83.391", 451_183_391),
        ("15 806 336 901 $US", 15_806_336_901),
        ("15\N{NARROW NO-BREAK SPACE}806\N{NARROW NO-BREAK SPACE}336\N{NARROW NO-BREAK SPACE}901", 15_806_336_901),
        ("1\N{NO-BREAK SPACE}234 567", 1_234_567),
        ("858'373’000", 858_373_000),
        ("1.234", 1_234),
        ("1,234.00", 1_234),
        ("1.234,00", 1_234),
        ("1 234,00", 1_234),
        ("1234.00", 1_234),
        ("12,34,567.00", 1_234_567),
        ("  usd 5\t", 5),
        ("＄１，２３４", 1_234),
        ("0", 0),
        ("$0.00", 0),
        ("9" * MAX_DIGITS, 10**MAX_DIGITS - 1),
    ],
)
def test_amounts_seen_in_files_are_read(text: str, value: int) -> None:
    assert parse_amount(text) == WholeNumber(value, None)


@pytest.mark.parametrize(
    ("text", "currency"),
    [("€1,234", "EUR"), ("1.234 €", "EUR"), ("EUR 1234", "EUR"), ("£1234", "GBP"), ("₹1,234", "INR")],
)
def test_the_sign_of_another_currency_is_read_past_and_reported(text: str, currency: str) -> None:
    assert parse_amount(text) == WholeNumber(1_234, currency)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("$", "is empty"),
        ("-", "missing value"),
        ("–", "missing value"),
        ("n/a", "missing value"),
        ("NaN", "missing value"),
        ("-5", "is negative"),
        ("$-1,234", "is negative"),
        ("-$1,234", "is negative"),
        ("\N{MINUS SIGN}1", "is negative"),
        ("1234-", "is negative"),
        ("($1,234)", "is negative"),
        ("936.7M", "is abbreviated"),
        ("$1.2 billion", "is abbreviated"),
        ("10 crore", "is abbreviated"),
        ("1.5", "ends in .5"),
        ("12.34", "ends in .34"),
        ("1,234.56", "ends in .56"),
        ("858373000.0", "ends in .0"),
        ("1,23,4", "not grouped"),
        ("1,234,00", "not grouped"),
        ("1234,567", "not grouped"),
        ("123,45,678", "not grouped"),
        ("1,,234", "not grouped"),
        ("1  234", "not grouped"),
        ("1,234.567", "mixes thousands separators"),
        ("1,234 567", "mixes thousands separators"),
        ("1.234.567,000", "mixes thousands separators"),
        ("0123", "has leading zeros"),
        ("000", "has leading zeros"),
        ("0,123", "not grouped"),
        ("9" * (MAX_DIGITS + 1), "has 19 digits"),
        ("9" * 10_000, "has 10000 digits"),
        ("$100€", "names two currencies (EUR, USD)"),
        ("$$5", "neither digits"),
        ("A$5", "neither digits"),
        ("1e6", "neither digits"),
        ("+5", "neither digits"),
        ("1_000", "neither digits"),
        ("5²", "neither digits"),
        ("5½", "neither digits"),
        ("٣٤", "neither digits"),
        ("1\t234", "neither digits"),
        ("1\n234", "neither digits"),
        ("1\N{ZERO WIDTH SPACE}234", "neither digits"),
        ("Avengers", "neither digits"),
    ],
)
def test_what_has_no_single_reading_is_refused_with_its_reason(text: str, problem: str) -> None:
    with pytest.raises(NotAWholeNumberError) as caught:
        parse_amount(text)
    assert problem in str(caught.value)
    assert repr(text[:80]) in str(caught.value)
    assert "accepted: whole US dollars such as" in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("text", ["$69", "69 USD", "€69", "6.9", "-1", "", "sixty"])
def test_a_count_has_no_currency_fraction_or_sign(text: str) -> None:
    with pytest.raises(NotAWholeNumberError, match="accepted: a whole number such as"):
        parse_count(text)


@unhurried
@given(st.text(alphabet="0123456789,.' $€-M", max_size=12))
def test_a_number_is_never_read_from_other_digits_than_its_own(text: str) -> None:
    try:
        value = parse_amount(text).value
    except NotAWholeNumberError:
        return
    digits = "".join(character for character in text if character.isdigit())
    assert str(value) in (digits, digits.removesuffix("00"))
