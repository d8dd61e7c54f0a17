"""The encoding is found by evidence, and a file that is no text is refused."""

from __future__ import annotations

import pytest

from movie_assets.brands import BrandFileError, parse_brands
from movie_assets_tests.brands.dialects import ENCODINGS, encoded

TEXT = "Marque;Total;Sorties;#1 Sortie;Revenu à Vie\nPokémon;293134648;6;Pokémon Détective Pikachu – été;144105346\n"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_gives_the_same_brands(encoding: str) -> None:
    found = parse_brands(encoded(TEXT, encoding), source="marques.csv")
    assert (found.brands[0].brand, found.brands[0].top_release) == ("Pokémon", "Pokémon Détective Pikachu – été")
    assert found.encoding == encoding.removesuffix(" without mark")
    assert found.header["top_release_gross_usd"] == "Revenu à Vie"


@pytest.mark.parametrize("title", ["Ā Ȁ Ѐ", "東京物語", "🎬 \N{EN QUAD}film"])
@pytest.mark.parametrize("encoding", ["utf-16-le without mark", "utf-16-be without mark"])
def test_utf_16_without_a_mark_is_certain_from_its_header(encoding: str, title: str) -> None:
    text = f"Brand,Total,Releases,#1 Release,Lifetime Gross\n東京,1,1,{title},1\n"
    assert parse_brands(encoded(text, encoding), source="x").brands[0].top_release == " ".join(title.split())


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", "NUL character at position 9"),
        (TEXT.encode().replace(b"6;", b"6\0;"), "NUL character"),
        (encoded(TEXT, "utf-32-le"), "NUL character"),
        (b"\0" * 100, "NUL character at position 1"),
        (encoded(TEXT, "utf-16-le")[:-1], "not valid utf-16-le"),
        (encoded(TEXT, "utf-16-le without mark") + b"\x00\xd8", "not valid utf-16-le"),
        (b"\xef\xbb\xbf" + TEXT.encode("cp1252"), "not valid utf-8"),
        (TEXT.encode("cp1252") + b"\x81", "not valid cp1252"),
        (b"\x8d\x8f\x90", "not valid cp1252 at position 1 (8d 8f 90)"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, found: str) -> None:
    with pytest.raises(BrandFileError) as caught:
        parse_brands(data, source="brands.csv")
    assert str(caught.value).startswith("brands.csv: expected text in UTF-8, UTF-16 or Windows-1252; found ")
    assert found in str(caught.value)
    assert str(caught.value).endswith("Save the file as CSV in UTF-8.")


def test_one_bad_byte_does_not_damage_the_other_names_of_a_utf_8_file() -> None:
    data = TEXT.encode() + b"Am\xe9lie;2;1;Am\xe9lie;1\n"
    found = parse_brands(data, source="x")
    assert found.encoding == "cp1252"
    assert [row.brand for row in found.brands] == ["Pokémon", "Amélie"]
    assert {repair.rule for repair in found.repairs} == {"mojibake_undone"}
