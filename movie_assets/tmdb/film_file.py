"""Films from a JSON Lines file, plain or gzip, as typed frames.

One TMDB object per line. The file is streamed: memory holds one batch and a bit per film id. It is used whole or not
at all: the first line that is not a film ends the reading with FilmFileError, so a caller that publishes after the
last frame never publishes half a file.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn, cast

import orjson
import pandas as pd
import pyarrow as pa

from movie_assets.parallel import mapped
from movie_assets.tmdb.errors import FilmFileError, FilmShapeError
from movie_assets.tmdb.films import FILM_DTYPES, FilmValues, film_values, values_frame
from movie_assets.tmdb.seen import SeenIds
from movie_assets.warehouse.arrow import one_batch
from movie_assets.warehouse.column_types import arrow_schema
from movie_assets.warehouse.tables import raw_tmdb_movies

_GZIP_MAGIC: Final = b"\x1f\x8b"
_BOM: Final = b"\xef\xbb\xbf"
_JSON_SPACE: Final = b" \t\r\n"
# The longest real film with every appended part is about 1 MB; a line beyond this is some other kind of file.
_LINE_LIMIT: Final = 16 * 2**20
_BUFFER: Final = 2**20
_PIECE: Final = 4 * 2**20
# So few films at a time are worked on in the processor's cache, which takes half the time of ten thousand.
_AT_ONCE: Final = 500
_TMDB_ID: Final = list(FILM_DTYPES).index("tmdb_id")

_ONE_PER_LINE: Final = "Write one TMDB film object per line (JSON Lines), in UTF-8, plain or gzip."
_CORRECT: Final = "Correct the line, or leave the key out where nothing is known."


class _Piece(NamedTuple):
    """Whole lines of the file; `first` is the number of the first one, counted from 1."""

    first: int
    lines: bytes


class _NotJsonError(ValueError):
    """NaN or an infinity, which Python's parser would let through."""


def _refuse_constant(name: str) -> NoReturn:
    raise _NotJsonError(f"{name} is not a JSON number")


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)
_lenient = json.JSONDecoder()


def _decoded(line: bytes) -> object:
    """The line's JSON. orjson takes far less time; what it refuses is refused by Python's own, which says why."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return _decoder.decode(line.decode())


class FilmFile:
    """A file of film objects.

    `read` counts the film objects read so far and `repeated` those whose id had occurred before, of which only the
    first is delivered; both start anew with every call of `frames`.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(path)
        self.read = 0
        self.repeated = 0

    def frames(self, *, batch_size: int = 20_000) -> Iterator[pd.DataFrame]:
        """The films in the file's order, at most `batch_size` rows to a frame; dtypes as in `FILM_DTYPES`.

        Raises FilmFileError for a file that cannot be opened or decompressed, holds no film, or has a line that is
        not a film.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        rows = self._rows()
        while batch := list(islice(rows, batch_size)):
            yield values_frame(batch)

    def batches(self, *, piece_bytes: int = _PIECE) -> Iterator[pa.RecordBatch]:
        """The same films as rows of raw_tmdb_movies in Arrow, read by several processes where there are many.

        A batch is made of about `piece_bytes` of the file. Raises what `frames` raises.
        """
        self.read = self.repeated = 0
        seen = SeenIds()
        for batch in mapped(partial(_batch, self.path), self._pieces(piece_bytes)):
            self.read += len(batch)
            fresh = [seen.add(tmdb_id) for tmdb_id in cast("list[int]", batch.column("tmdb_id").to_pylist())]
            self.repeated += fresh.count(False)
            yield batch if all(fresh) else batch.filter(pa.array(fresh))
        if not self.read:
            raise FilmFileError(self.path, "the file holds no film", remedy=_ONE_PER_LINE)

    def _rows(self) -> Iterator[FilmValues]:
        self.read = self.repeated = 0
        seen = SeenIds()
        for number, line in self._lines():
            row = self._row(number, line)
            self.read += 1
            if seen.add(row[_TMDB_ID]):
                yield row
            else:
                self.repeated += 1
        if not self.read:
            raise FilmFileError(self.path, "the file holds no film", remedy=_ONE_PER_LINE)

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        for piece in self._pieces(_PIECE):
            yield from self._lines_of(piece)

    def _lines_of(self, piece: _Piece) -> Iterator[tuple[int, bytes]]:
        """Numbered lines that are not blank."""
        for number, raw in enumerate(piece.lines.split(b"\n"), piece.first):
            if len(raw) > _LINE_LIMIT:
                raise self._too_long(number)
            line = (raw.removeprefix(_BOM) if number == 1 else raw).strip(_JSON_SPACE)
            if line:
                yield number, line

    def _pieces(self, size: int) -> Iterator[_Piece]:
        """The file's whole lines, about `size` bytes at a time.

        Every failure of the disk or the compression names a line before it.
        """
        first = 1
        waiting = b""
        try:
            with _opened(self.path) as stream:
                while part := stream.read1(_BUFFER):
                    waiting += part
                    if len(waiting) < size:
                        continue
                    lines, end, rest = waiting.rpartition(b"\n")
                    if end:
                        yield _Piece(first, lines)
                        first += lines.count(b"\n") + 1
                    waiting = rest
                    # A file without line breaks must not be loaded whole to find that out.
                    if len(waiting) > _LINE_LIMIT:
                        raise self._too_long(first)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            read = first - 1 + waiting.count(b"\n")
            problem = f"the compressed data is cut off or damaged after line {read} ({error})"
            raise FilmFileError(self.path, problem, remedy="Copy or download the file again.") from error
        except OSError as error:
            problem = f"cannot be read: {error.strerror or error}"
            remedy = "Give the path of a readable file of film objects (--films or MOVIE_ASSETS_FILMS)."
            raise FilmFileError(self.path, problem, remedy=remedy) from error
        if waiting:
            yield _Piece(first, waiting)

    def _too_long(self, number: int) -> FilmFileError:
        return FilmFileError(self.path, f"longer than {_LINE_LIMIT:,} bytes", remedy=_ONE_PER_LINE, line=number)

    def _row(self, number: int, line: bytes) -> FilmValues:
        try:
            return film_values(_decoded(line), "file", None)
        except FilmShapeError as error:
            raise self._not_a_film(number, error) from error
        except _NotJsonError as error:
            # The parser cannot say where it met the constant; a second look can, if a column would have held it.
            try:
                film_values(_lenient.decode(line.decode()), "file", None)
            except FilmShapeError as shape:
                raise self._not_a_film(number, shape) from error
            except (ValueError, RecursionError):
                # Behind the constant there is worse; it is told of what comes first.
                pass
            raise FilmFileError(self.path, f"not JSON: {error}", remedy=_CORRECT, line=number) from error
        except UnicodeDecodeError as error:
            problem = f"not UTF-8: byte 0x{line[error.start]:02x} at position {error.start + 1}"
            raise FilmFileError(self.path, problem, remedy="Save the file as UTF-8.", line=number) from error
        except RecursionError as error:
            raise FilmFileError(self.path, "nested too deeply", remedy=_ONE_PER_LINE, line=number) from error
        except ValueError as error:
            problem = f"not a JSON object on one line: {error}"
            raise FilmFileError(self.path, problem, remedy=_ONE_PER_LINE, line=number) from error

    def _not_a_film(self, number: int, error: FilmShapeError) -> FilmFileError:
        remedy = _CORRECT if error.field else _ONE_PER_LINE
        return FilmFileError(self.path, str(error), remedy=remedy, line=number, field=error.field)


def _batch(path: Path, piece: _Piece) -> pa.RecordBatch:
    file = FilmFile(path)
    lines = file._lines_of(piece)
    films = iter(lambda: [file._row(number, line) for number, line in islice(lines, _AT_ONCE)], [])
    schema = arrow_schema(raw_tmdb_movies)
    return one_batch((_arrow(few, schema) for few in films), schema)


def _arrow(films: list[FilmValues], schema: pa.Schema) -> pa.RecordBatch:
    columns = dict(zip(FILM_DTYPES, zip(*films, strict=True), strict=True))
    # Values are of their columns' types by now, so that Arrow can take them as they are.
    return pa.RecordBatch.from_arrays([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def read_films(path: str | PathLike[str], *, batch_size: int = 20_000) -> Iterator[pd.DataFrame]:
    """The films of a file as typed frames; see `FilmFile`, which also counts."""
    return FilmFile(path).frames(batch_size=batch_size)


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader[Any]]:
    """The file's bytes, decompressed if they begin like gzip, whatever the name says."""
    with io.BufferedReader(path.open("rb", buffering=0), _BUFFER) as file:
        if file.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC):
            # GzipFile's own readline is Python; the buffer around it makes lines at the speed of C.
            with io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=file)), _BUFFER) as stream:
                yield stream
        else:
            yield file
