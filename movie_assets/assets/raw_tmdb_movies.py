"""raw_tmdb_movies: what TMDB says of the brands' films, from a file or, with a token, from TMDB itself."""

from datetime import UTC, datetime

import dagster as dg
import pandas as pd

from movie_assets.assets.spec import DATA_ENGINEERING, table_asset
from movie_assets.settings import Settings
from movie_assets.tmdb.client import TmdbClient
from movie_assets.tmdb.film_file import FilmFile
from movie_assets.tmdb.live import fetch_brand_films
from movie_assets.warehouse.staging import Frames


@dg.asset(
    **table_asset(
        "raw_tmdb_movies",
        group="films",
        layer="raw",
        owner=DATA_ENGINEERING,
        code_version="1",
        kinds=frozenset({"tmdb"}),
    ),
    ins={"raw_brands": dg.AssetIn(metadata={"columns": ["top_release"]})},
)
def raw_tmdb_movies(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], raw_brands: pd.DataFrame
) -> Frames:
    """A stream of films; a failure anywhere in it leaves the stored table as it was."""
    if not settings.live:
        context.log.info("No TMDB token is set: films come from %s.", settings.films)
        return Frames(FilmFile(settings.films).frames())
    client = TmdbClient(
        settings.tmdb_api_url,
        token=settings.tmdb_api_token,
        key=settings.tmdb_api_key,
        requests_per_second=settings.tmdb_requests_per_second,
    )
    titles = sorted(set(raw_brands["top_release"]))
    return Frames(fetch_brand_films(client, titles, clock=lambda: datetime.now(UTC)))
