"""Files of films are read whole, in constant memory, or refused with the line and the field."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from movie_assets.tmdb.errors import FilmFileError
from movie_assets.tmdb.film_file import FilmFile, read_films
from movie_assets.tmdb.films import FILM_DTYPES
from movie_assets.warehouse.arrow import record_batches
from movie_assets.warehouse.tables import raw_tmdb_movies


def lines(*objects: Any) -> bytes:
    return b"".join(json.dumps(obj, ensure_ascii=False).encode() + b"\n" for obj in objects)


def film(tmdb_id: int, title: str = "A") -> dict[str, Any]:
    return {"id": tmdb_id, "title": title}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "films.jsonl"


def read(path: Path, content: bytes) -> pd.DataFrame:
    path.write_bytes(content)
    return pd.concat(list(read_films(path, batch_size=2)), ignore_index=True)


def refusal(path: Path, content: bytes) -> FilmFileError:
    with pytest.raises(FilmFileError) as caught:
        read(path, content)
    assert str(path) in str(caught.value)
    return caught.value


def test_plain_and_gzip_files_read_the_same_whatever_their_name(tmp_path: Path) -> None:
    content = lines(film(1, "Amélie"), film(2, "千と千尋の神隠し"))
    plain = read(tmp_path / "named.gz", content)
    packed = read(tmp_path / "named.txt", gzip.compress(content))
    assert plain["title"].tolist() == ["Amélie", "千と千尋の神隠し"]
    pd.testing.assert_frame_equal(plain, packed)


def test_gzip_files_joined_end_to_end_are_one_file(path: Path) -> None:
    content = gzip.compress(lines(film(1))) + gzip.compress(lines(film(2)))
    assert read(path, content)["tmdb_id"].tolist() == [1, 2]


def test_blank_lines_windows_line_ends_a_bom_and_a_missing_last_line_end_do_no_harm(path: Path) -> None:
    content = b'\xef\xbb\xbf{"id": 1, "title": "A"}\r\n\r\n  \t\n{"id": 2, "title": "B"}'
    assert read(path, content)["tmdb_id"].tolist() == [1, 2]


def test_line_separators_inside_a_title_are_part_of_the_title(path: Path) -> None:
    assert read(path, lines(film(1, "A\u2028B\x85C")))["title"].tolist() == ["A\u2028B\x85C"]


def test_frames_hold_at_most_a_batch_and_are_typed(path: Path) -> None:
    path.write_bytes(lines(*(film(number) for number in range(1, 8))))
    frames = list(FilmFile(path).frames(batch_size=3))
    assert [len(frame) for frame in frames] == [3, 3, 1]
    assert all({n: str(d) for n, d in frame.dtypes.items()} == dict(FILM_DTYPES) for frame in frames)


def test_the_first_of_repeated_ids_wins_and_repeats_are_counted(path: Path) -> None:
    path.write_bytes(lines(film(1, "first"), film(2**62, "far"), film(1, "second"), film(2**62, "far again")))
    file = FilmFile(path)
    for _ in range(2):
        frame = pd.concat(list(file.frames(batch_size=1)))
        assert frame["title"].tolist() == ["first", "far"]
        assert (file.read, file.repeated) == (4, 2)


def test_a_repeated_film_must_be_a_film_too(path: Path) -> None:
    assert refusal(path, lines(film(1), {"id": 1})).line == 2


@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_has_at_least_one_row(path: Path, size: int) -> None:
    path.write_bytes(lines(film(1)))
    with pytest.raises(ValueError, match="batch_size"):
        next(read_films(path, batch_size=size))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b'{"id": 2, "title": "B"', "not a JSON object on one line"),
        (b'[{"id": 2, "title": "B"}]', "found a list of 1"),
        (b"{", "not a JSON object on one line"),
        (b"id,title", "not a JSON object on one line"),
        (b'{"id": 2, "title": "B"}{"id": 3, "title": "C"}', "Extra data"),
        (b'{"id": 2, "title": "B", "x": NaN}', "NaN is not a JSON number"),
        (b'{"id": 2, "title": "B", "x": NaN, "y" 1}', "NaN is not a JSON number"),
        (b'{"id": 2, "title": "B\x01"}', "Invalid control character"),
        (b'{"id": 2, "title": "Caf\xe9"}', "not UTF-8: byte 0xe9 at position 24"),
        (b'{"id": 2, "title": "\xed\xa0\x80"}', "not UTF-8"),
        (b'\xef\xbb\xbf{"id": 2, "title": "B"}', "not a JSON object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"id": ' + b"9" * 5000 + b', "title": "B"}', "not a JSON object"),
    ],
)
def test_a_line_that_is_no_film_is_named(path: Path, line: bytes, found: str) -> None:
    error = refusal(path, lines(film(1)) + b"\n" + line + b"\n" + lines(film(3)))
    assert error.line == 3
    assert f"{path}, line 3: " in str(error)
    assert found in str(error)


@pytest.mark.parametrize(
    ("line", "field", "found"),
    [
        (b'{"id": 2, "title": ""}', "title", '""'),
        (b'{"id": 2}', "title", "no such key"),
        (b'{"id": 2, "title": "\\ud800"}', "title", r'"\ud800"'),
        (b'{"id": 2, "title": "B", "popularity": NaN}', "popularity", "NaN"),
        (b'{"id": 2, "title": "B", "vote_average": -Infinity}', "vote_average", "-Infinity"),
        (b'{"id": 2, "title": "B", "popularity": 1e999}', "popularity", "Infinity"),
        (b'{"id": 2, "title": "B", "revenue": 1.5}', "revenue", "1.5"),
        (b'{"id": 2, "title": "B", "genres": [{"id": 1, "name": null}]}', "genres[0].name", "null"),
    ],
)
def test_a_wrong_value_is_named_with_line_field_finding_and_remedy(
    path: Path, line: bytes, field: str, found: str
) -> None:
    error = refusal(path, lines(film(1)) + line)
    assert (error.line, error.field) == (2, field)
    assert f'field "{field}"' in str(error)
    assert f"found {found}" in str(error)
    assert "Correct the line" in str(error)


def test_films_before_a_bad_line_may_be_delivered_but_the_end_is_never_reached(path: Path) -> None:
    path.write_bytes(lines(film(1), film(2)) + b"oops\n" + lines(film(3)))
    frames = read_films(path, batch_size=2)
    assert len(next(frames)) == 2
    with pytest.raises(FilmFileError, match="line 3"):
        next(frames)


@pytest.mark.parametrize("cut", [2, 11, -9, -1])
def test_a_cut_gzip_file_is_refused(path: Path, cut: int) -> None:
    packed = gzip.compress(lines(*(film(number) for number in range(1, 500))))
    assert "cut off or damaged" in str(refusal(path, packed[:cut]))


def test_a_damaged_gzip_file_is_refused(path: Path) -> None:
    packed = bytearray(gzip.compress(lines(*(film(number) for number in range(1, 500)))))
    packed[-6] ^= 0xFF
    assert "cut off or damaged" in str(refusal(path, bytes(packed)))
    packed = bytearray(gzip.compress(lines(*(film(number) for number in range(1, 500)))))
    packed[20:40] = bytes(20)
    assert "cut off or damaged" in str(refusal(path, bytes(packed)))


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0), gzip.compress(b" \n", mtime=0)]
)
def test_a_file_without_films_is_refused(path: Path, content: bytes) -> None:
    assert "holds no film" in str(refusal(path, content))


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FilmFileError, match="cannot be read: No such file"):
        next(read_films(tmp_path / "absent.jsonl"))
    with pytest.raises(FilmFileError, match="cannot be read: Is a directory"):
        next(read_films(tmp_path))


def test_a_file_without_line_breaks_is_refused_before_it_fills_memory(path: Path) -> None:
    packed = gzip.compress(b'{"id": 1, "title": "' + b"A" * (100 * 2**20), compresslevel=1)
    tracemalloc.start()
    try:
        assert "longer than" in str(refusal(path, packed))
        assert tracemalloc.get_traced_memory()[1] < 60 * 2**20
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file(path: Path) -> None:
    def peak(films: int) -> int:
        with io.BufferedWriter(gzip.GzipFile(path, "wb", compresslevel=1)) as file:
            for number in range(1, films + 1):
                file.write(lines(film(number, "A title of ordinary length") | {"overview": "x" * 1200}))
        tracemalloc.start()
        try:
            for _ in read_films(path, batch_size=200):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # Both are beyond the size at which the read buffers are full.
    assert peak(15_000) < 1.2 * peak(5_000)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NEARLY_FILMS = st.dictionaries(
    st.sampled_from(
        [
            *("id", "title", "adult", "runtime", "revenue", "popularity", "genre_ids", "genres", "keywords"),
            *("production_companies", "alternative_titles", "translations", "fetched_at", "overview"),
        ]
    ),
    JSON_VALUES
    | st.fixed_dictionaries({"keywords": JSON_VALUES})
    | st.fixed_dictionaries({"titles": st.lists(JSON_VALUES, max_size=2)}),
).map(lambda obj: {"id": 1, "title": "A"} | obj)


@given(st.lists(JSON_VALUES | NEARLY_FILMS, min_size=1, max_size=3), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_json_is_read_or_refused_with_a_film_file_error(
    tmp_path_factory: pytest.TempPathFactory, values: list[Any], escaped: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    text = "\n".join(json.dumps(value, ensure_ascii=escaped) for value in values)
    path.write_bytes(text.encode(errors="surrogatepass"))
    try:
        frame = pd.concat(list(read_films(path)))
    except FilmFileError as error:
        str(error).encode(sys.getdefaultencoding())
    else:
        assert len(frame) == len({value["id"] for value in values})


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused_with_a_film_file_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.bin"
    for variant in (content, b"\x1f\x8b" + content, gzip.compress(content)):
        path.write_bytes(variant)
        with pytest.raises(FilmFileError):
            list(read_films(path))


def test_many_films_are_read_by_several_processes_as_they_are_by_one(path: Path) -> None:
    ids = [*range(1, 60), 7, 12, 60, 2**40, 2**40]
    full = {
        **{"imdb_id": "tt1", "original_title": "É", "release_date": "1999-01-01", "adult": False, "runtime": 90},
        **{"budget": 2**40, "revenue": 0, "popularity": 1, "vote_average": 7, "vote_count": 3, "overview": ""},
        **{"genres": [{"id": 18, "name": "Drama"}], "production_companies": [], "fetched_at": "2026-01-01T00:00:00Z"},
        **{"keywords": {"keywords": [{"id": 5, "name": "é"}]}, "alternative_titles": {"titles": [{"title": "Ä"}]}},
    }
    path.write_text(
        "\n".join(
            json.dumps({"id": number, "title": f"Film {number}"} | (full if number % 2 else {})) for number in ids
        )
    )
    one, many = FilmFile(path), FilmFile(path)
    frames = pd.concat(list(one.frames(batch_size=10)), ignore_index=True)
    batches = pa.Table.from_batches(list(many.batches(piece_bytes=2_000)))
    assert batches.equals(pa.Table.from_batches(list(record_batches(frames, raw_tmdb_movies))))
    assert (many.read, many.repeated) == (one.read, one.repeated) == (64, 3)


def test_a_line_that_is_no_film_is_named_by_whichever_process_reads_it(path: Path) -> None:
    lines = [json.dumps({"id": number, "title": "Film"}) for number in range(1, 60)]
    lines[41] = '{"id": 42}'
    path.write_text("\n".join(lines))
    with pytest.raises(FilmFileError, match="line 42"):
        list(FilmFile(path).batches(piece_bytes=300))
    path.write_text("")
    with pytest.raises(FilmFileError, match="holds no film"):
        list(FilmFile(path).batches())
