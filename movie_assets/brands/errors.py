"""The one error of this package, and how values from a file are quoted in messages and reasons."""

from __future__ import annotations

from movie_assets.errors import MovieAssetsError

MAX_QUOTED_CHARS = 80


class BrandFileError(MovieAssetsError):
    """A brand file cannot be used as a whole; nothing of it was accepted."""

    @classmethod
    def about(
        cls, source: str, *, expected: str, found: str, remedy: str, line: int | None = None, column: str | None = None
    ) -> BrandFileError:
        """The error whose message names the place, what was expected, what was found and what a person can do.

        `line` is the 1-based physical line and `column` the header text, where the problem has one.
        """
        place = source
        if line is not None:
            place += f", line {line}"
        if column is not None:
            place += f", column {quoted(column)}"
        return cls(f"{place}: expected {expected}; found {found}. {remedy}")


def quoted(text: str) -> str:
    """`text` as a Python literal, shortened to MAX_QUOTED_CHARS so that no message grows with the file."""
    if len(text) > MAX_QUOTED_CHARS:
        return repr(text[:MAX_QUOTED_CHARS]) + f" (and {len(text) - MAX_QUOTED_CHARS:,} more characters)"
    return repr(text)
