"""Everything that may go wrong with films, as types a caller can tell apart.

    MovieAssetsError
    └── TmdbError
        ├── FilmShapeError          one object is not a TMDB film (names the field; knows no file and no request)
        ├── FilmFileError           a file of films cannot be used (names file, line and field)
        ├── BrandRulesError         the mapping of brands to TMDB's ids cannot be used (names file and line)
        ├── IngestionError          an ingestion cannot go on (another one runs, or its result cannot be trusted)
        └── TmdbApiError            a request did not bring what it should (names the request, never a secret)
            ├── TmdbCredentialsError    there is no usable token or key, or TMDB refuses it
            ├── TmdbNotFoundError       TMDB has no such entry (any more)
            ├── TmdbRequestError        TMDB refuses the request itself
            ├── TmdbUnavailableError    TMDB could not be reached, or kept failing, for all attempts
            └── TmdbResponseError       an answer arrived that is not what TMDB documents
                └── TmdbShapeError          it is TMDB's, but a field of it is of another shape

Only TmdbUnavailableError is worth trying again later without changing anything.
"""

from __future__ import annotations

from pathlib import Path

from movie_assets.errors import MovieAssetsError


class TmdbError(MovieAssetsError):
    """Films could not be read or fetched."""


class FilmShapeError(TmdbError):
    """A JSON value that is not a TMDB film object.

    `field` is the JSON path inside the object ("genres[2].name"; "" for the object itself), `column` the column of
    raw_tmdb_movies it would have filled ("" when it fills none).
    """

    def __init__(self, field: str, *, expected: str, found: str, column: str = "") -> None:
        self.field = field
        self.column = column
        self.expected = expected
        self.found = found
        super().__init__(f"{self.where}expected {expected}, found {found}")

    @property
    def where(self) -> str:
        """The field in words, ready to be put before what was expected; empty for the object itself."""
        if not self.field:
            return ""
        column = f" (column {self.column})" if self.column and self.column != self.field else ""
        return f'field "{self.field}"{column}: '


class FilmFileError(TmdbError):
    """A file of film objects that cannot be used as a whole.

    `line` counts from 1 and is None when the file itself is the trouble; `field` is "" unless one field is.
    """

    def __init__(self, path: Path, problem: str, *, remedy: str, line: int | None = None, field: str = "") -> None:
        self.path = path
        self.line = line
        self.field = field
        place = f"{path}, line {line}" if line is not None else str(path)
        super().__init__(f"{place}: {problem}. {remedy}")


class BrandRulesError(TmdbError):
    """The file that maps brands to TMDB's ids cannot be used. `line` counts from 1; None is the file itself."""

    def __init__(self, path: Path, line: int | None, problem: str) -> None:
        self.path = path
        self.line = line
        place = f"{path}, line {line}" if line is not None else str(path)
        super().__init__(f"{place}: {problem}. Correct the file, or set MOVIE_ASSETS_BRAND_RULES to another one.")


class IngestionError(TmdbError):
    """An ingestion cannot go on, though TMDB answers; the message says why and what to do."""


class TmdbApiError(TmdbError):
    """A request to TMDB that failed. `request` is its path with the parameters that are not secret."""

    def __init__(self, request: str, problem: str) -> None:
        self.request = request
        self.problem = problem
        super().__init__(f"{request}: {problem}" if request else problem)


class TmdbCredentialsError(TmdbApiError):
    """No usable token or key was given, or TMDB refuses it (HTTP 401 and the codes that mean the same)."""


class TmdbNotFoundError(TmdbApiError):
    """TMDB answers that the entry does not exist (HTTP 404, codes 6 and 34): never made, or deleted since."""


class TmdbRequestError(TmdbApiError):
    """TMDB refuses the request (HTTP 400, 403, 422 and their kin); the same request will be refused again."""


class TmdbUnavailableError(TmdbApiError):
    """Every attempt ended in a failure that could have been temporary."""


class TmdbResponseError(TmdbApiError):
    """An answer that is not TMDB's: HTML, cut JSON, success=false with HTTP 200, another shape."""


class TmdbShapeError(TmdbResponseError):
    """TMDB's own answer, with a field that is not as documented: this entry is odd, or TMDB has changed its answers."""
