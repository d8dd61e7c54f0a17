"""What is fed: each target turns a random source into one input and gives it to the code that reads such inputs.

A target returns what became of the input in one word. Errors of the declared types are such words; any other exception
is a finding.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from movie_assets.brands import BrandFileError, parse_brands
from movie_assets.settings import PROJECT_ROOT
from movie_assets.tmdb import shapes
from movie_assets.tmdb.errors import FilmFileError, FilmShapeError, TmdbApiError, TmdbResponseError, TmdbShapeError
from movie_assets.tmdb.export import exported_films
from movie_assets.tmdb.film_file import FilmFile
from movie_assets.tmdb.films import film_values, values_frame
from movie_assets.tmdb.listings import Crawl, PageRead, State, changes, filmography, films_with_votes, search
from movie_assets.tmdb.responses import Answer, json_object
from movie_assets.tmdb.retrying import TransientError
from movie_assets_tests.brands.dialects import HEADER, MARVEL
from movie_assets_tests.fuzzing.mutations import NASTY_VALUES, mutated_bytes, mutated_json

LONGEST_MESSAGE = 12_000
"""Characters of an error, which must not grow with the input."""

_FRAMES_EVERY = 25
_CORPUS_FILMS = 120

Target = Callable[[Random], str]


class FindingError(AssertionError):
    """An input was read in a way that the code says cannot be."""


@cache
def brand_corpus() -> tuple[bytes, ...]:
    """The bundled file, cut into files of a few lines, in several dialects."""
    header, *lines = (PROJECT_ROOT / "data" / "brands.csv").read_bytes().splitlines()
    small = [b"\n".join([header, *lines[at : at + 3], b""]) for at in range(0, len(lines), 3)]
    tabs = [data.replace(b",", b"\t") for data in small[:5]]
    damaged = "\n".join((HEADER, MARVEL, '"PokÃ©mon, 2",€1.000,1,Episode VII 0 X,1', '"a\nb",1,1,"x ""y""",1', ""))
    french = (
        "Marque;Total;Sorties;#1 Sortie;Revenu à Vie\r\nPixar;6\u202f078\u202f217\u202f662 $US;28;Indestructibles;1\r\n"
    )
    return (
        *small,
        *tabs,
        damaged.encode(),
        french.encode(),
        french.encode("cp1252", "replace"),
        french.encode("utf-16"),
    )


@cache
def film_corpus() -> tuple[dict[str, Any], ...]:
    """The first of the bundled films."""
    with gzip.open(PROJECT_ROOT / "data" / "sample_films.jsonl.gz", "rb") as file:
        return tuple(json.loads(line) for line in islice(file, _CORPUS_FILMS))


@cache
def line_corpus() -> tuple[bytes, ...]:
    """The same films as lines of bytes."""
    return tuple(json.dumps(film, ensure_ascii=False).encode() for film in film_corpus())


def mutated_brand_file(random: Random) -> str:
    """A bundled brand file with damage."""
    corpus = brand_corpus()
    return read_brands(
        mutated_bytes(random, random.choice(corpus), corpus), frames=random.randrange(_FRAMES_EVERY) == 0
    )


def read_brands(data: bytes, *, frames: bool = True) -> str:
    """Read the bytes as a brand file."""
    try:
        found = parse_brands(data, source="x")
    except BrandFileError as error:
        return _refused(error)
    if not found.brands or len(found.rejected) > len(found.brands):
        raise FindingError("more rejected than accepted")
    if frames and (
        len(found.brands_frame()) != len(found.brands) or len(found.rejected_frame()) != len(found.rejected)
    ):
        raise FindingError("rows lost in a frame")
    return "read"


def film_object(random: Random) -> str:
    """A film object with other values in places."""
    film = mutated_json(random, random.choice(film_corpus()))
    try:
        values = film_values(film, "file", None)
    except FilmShapeError as error:
        return _refused(error)
    if random.randrange(_FRAMES_EVERY) == 0:
        values_frame([values])
    return "read"


def film_file(random: Random) -> str:
    """A file of films with damaged bytes, plain or compressed."""
    lines = random.sample(line_corpus(), 3)
    data = mutated_bytes(random, b"\n".join(lines), line_corpus())
    match random.randint(0, 3):
        case 0:
            data = gzip.compress(data, 1)
        case 1:
            data = mutated_bytes(random, gzip.compress(data, 1), line_corpus())
    with _file(data) as path:
        try:
            file = FilmFile(path)
            films = file.frames(batch_size=2) if random.randrange(2) else file.batches()
            found = sum(len(batch) for batch in films)
        except FilmFileError as error:
            return _refused(error)
    if found != file.read - file.repeated:
        raise FindingError(f"{found} films of {file.read}, of which {file.repeated} are repeated")
    return "read"


def daily_export(random: Random) -> str:
    """A daily export with damaged lines; damaged compression is refused when it is downloaded."""
    lines = [b'{"adult":false,"id":3924,"original_title":"Blondie","popularity":2.4,"video":false}'] * 3
    with _file(gzip.compress(mutated_bytes(random, b"\n".join(lines), line_corpus()), 1)) as path:
        try:
            for films in exported_films(path, rows=2):
                "".join(films.original_titles).encode()
        except TmdbResponseError as error:
            return _refused(error)
    return "read"


def answer(random: Random) -> str:
    """An HTTP answer, from its bytes to what each request makes of it."""
    body: Any = random.choice((random.choice(film_corpus()), _page(random), _ERROR, _GENRES, _COMPANY))
    content = json.dumps(mutated_json(random, body) if random.randrange(4) else body).encode()
    if random.randrange(3) == 0:
        content = mutated_bytes(random, content, line_corpus())
    headers = {name: random.choice(_HEADER_VALUES) for name in ("Retry-After", "Date", "Content-Type")}
    status = random.choice((200, 200, 200, 201, 204, 304, 400, 401, 404, 422, 429, 500, 502, 504, 999))
    try:
        found = json_object("GET /x", Answer(status, headers, content))
        read: Callable[[], object] = random.choice(
            (
                lambda: shapes.film_page("GET /x", found),
                lambda: shapes.movie_object("GET /x", found, body.get("id", 1)),
                lambda: shapes.genre_names("GET /x", found),
                lambda: shapes.company_name("GET /x", found, 1),
            )
        )
        read()
    except (TmdbApiError, TransientError) as error:
        return _refused(error)
    return "read"


def listing(random: Random) -> str:
    """A list whose pages say whatever they like, read until nothing more is wanted."""
    crawl = Crawl(
        random.choice(
            (
                search(random.choice(("It", "", "\x00", "x" * 999))),
                filmography("with_companies", "3|4"),
                films_with_votes(random.choice((1, 100))),
                changes(date(2025, 1, 1), date(2025, 1, random.randint(1, 14)), longest=random.choice((1, 500))),
            )
        )
    )
    for _ in range(40):
        wanted = crawl.wanted()
        if not wanted or crawl.state is not State.OPEN:
            break
        for number in random.sample(wanted, min(len(wanted), 5)):
            body = mutated_json(random, _page(random))
            try:
                page = shapes.film_page("GET /x", body if isinstance(body, dict) else {})
            except TmdbShapeError:
                page = shapes.film_page("GET /x", _page(random))
            more = crawl.listing.more(page)
            crawl.add(PageRead(crawl.listing, number, page.ids, page.total_results, page.total_pages, more))
    if crawl.state is State.SPLIT and crawl.listing.halves() is None:
        raise FindingError("a list is to be split that has no halves")
    return str(crawl.state)


_ERROR = {"success": False, "status_code": 7, "status_message": "Invalid API key", "errors": ["x"]}
_GENRES = {"genres": [{"id": 28, "name": "Action"}, {"id": 12, "name": "Adventure"}]}
_COMPANY = {"id": 1, "name": "Lucasfilm Ltd.", "origin_country": "US"}
_HEADER_VALUES = (
    "",
    "0",
    "7",
    "-1",
    "9" * 400,
    "\u0661",
    "1e9",
    "Wed, 21 Oct 2015 07:28:00 GMT",
    "Wed, 21 Oct 99999 07:28:00 GMT",
    "Wed, 21 Oct 2015 07:28:00 +9999",
    "31 Feb 2015",
    ",,,,",
    "x" * 5_000,
    "text/html\r\nX: y",
    datetime(1, 1, 1, tzinfo=UTC).isoformat(),
)


def _page(random: Random) -> dict[str, Any]:
    films = [{**film, "id": random.randint(1, 10**6)} for film in random.sample(film_corpus(), 2)]
    total = random.choice((0, 1, 2, 499, 501, 60_000, *(v for v in NASTY_VALUES if type(v) is int and v >= 0)))
    return {"page": 1, "results": films, "total_pages": total, "total_results": total}


def _refused(error: Exception) -> str:
    if len(str(error)) > LONGEST_MESSAGE:
        raise FindingError(f"a message of {len(str(error)):,} characters") from error
    return type(error).__name__


@contextmanager
def _file(data: bytes) -> Iterator[Path]:
    """A temporary file with these bytes."""
    with tempfile.NamedTemporaryFile(prefix="movie-assets-fuzz-") as file:
        file.write(data)
        file.flush()
        yield Path(file.name)


def film_targets() -> Iterator[tuple[Target, float]]:
    """The targets of films, each with its share of the inputs."""
    yield film_object, 0.4
    yield answer, 0.3
    yield film_file, 0.15
    yield listing, 0.1
    yield daily_export, 0.05
