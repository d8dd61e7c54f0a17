"""What a command says: consoles, texts that stay texts on them, and expected errors as a message."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from movie_assets.errors import MovieAssetsError

out = Console()
err = Console(stderr=True)

P = ParamSpec("P")
R = TypeVar("R")

_LINE_ENDS_AND_TABS = "\n\t"


def plain(text: str) -> str:
    """The text as markup that shows just this text.

    Brackets are no markup, and a control character, with which a title could drive the terminal, shows as its code.
    """
    return escape("".join(_visible(character) for character in text))


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Print expected errors as a message, without a traceback."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except MovieAssetsError as error:
            err.print(f"[bold red]Error:[/] {plain(str(error))}", soft_wrap=True)
        except ValidationError as error:
            for problem in error.errors(include_input=False, include_url=False):
                name = "_".join(str(part) for part in problem["loc"]).upper()
                variable = name if name.startswith("TMDB_") else f"MOVIE_ASSETS_{name}"
                err.print(f"[bold red]Error:[/] {variable}: {plain(problem['msg'])}", soft_wrap=True)
        raise typer.Exit(1)

    return wrapper


def _visible(character: str) -> str:
    if character in _LINE_ENDS_AND_TABS or unicodedata.category(character) != "Cc":
        return character
    return ascii(character)[1:-1]
