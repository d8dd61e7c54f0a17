"""Vega, Vega-Lite and Vega-Embed as one script without any address in it to load from."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import altair as alt
import vl_convert as vlc

from movie_assets.errors import MovieAssetsError
from movie_assets.files import write_atomically

_VEGALITE = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def charting_script(cache: Path | None = None) -> str:
    """JavaScript that defines `vegaEmbed` in the versions that Altair writes specifications for, about 0.9 MB.

    Putting it together takes seconds; in the directory `cache` it is kept for as long as the versions are the same.
    """
    kept = cache / f"vega-embed-{version('vl-convert-python')}-{_VEGALITE}.js" if cache else None
    if kept and kept.is_file():
        return kept.read_text(encoding="utf-8")
    script = vlc.javascript_bundle("window.vegaEmbed = vegaEmbed;", _VEGALITE)
    if kept:
        # Without a place to keep it, it is put together again the next time.
        with suppress(OSError, MovieAssetsError):
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(kept, script.encode())
    return script
