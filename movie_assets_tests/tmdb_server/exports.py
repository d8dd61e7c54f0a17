"""The daily export of film ids, as TMDB writes it."""

from __future__ import annotations

import gzip
import json
import re
from datetime import date

from movie_assets_tests.tmdb_server.answers import Answer
from movie_assets_tests.tmdb_server.catalogue import Catalogue

PATH = "/p/exports"
_FILE = re.compile(rf"{PATH}/movie_ids_(\d\d)_(\d\d)_(\d{{4}})\.json\.gz")


def is_export(path: str) -> bool:
    return path.startswith(PATH)


def answer(catalogue: Catalogue, path: str, missing: set[date]) -> Answer:
    """The export of any day but the missing ones: the films of this moment, without adult ones."""
    found = _FILE.fullmatch(path)
    if found is None or date(int(found[3]), int(found[1]), int(found[2])) in missing:
        # The files lie in a storage whose refusals are XML.
        return Answer(403, b"<Error><Code>AccessDenied</Code></Error>", content_type="application/xml")
    lines = (
        json.dumps(
            {
                "adult": False,
                "id": film["id"],
                "original_title": film.get("original_title", film["title"]),
                "popularity": film.get("popularity", 0.0),
                "video": film.get("video", False),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for film in catalogue.films()
        if not film.get("adult")
    )
    body = "".join(f"{line}\n" for line in lines).encode()
    return Answer(200, gzip.compress(body, 1), content_type="application/gzip")
