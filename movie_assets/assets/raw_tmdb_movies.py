"""raw_tmdb_movies: what TMDB says of films, from a file or, with a token, from TMDB itself.

With it come raw_tmdb_movies_deleted, the films that TMDB has no longer, tmdb_people_films, the films of people in the
brands' rules, and tmdb_ingestions, what each fetching took.
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import dagster as dg
import pandas as pd
from pydantic import Field

from movie_assets.assets.spec import DATA_ENGINEERING, table_asset
from movie_assets.settings import Settings
from movie_assets.tmdb.film_file import FilmFile
from movie_assets.tmdb.ledger import deleted_films, finished_ingestions, people_films, published_films
from movie_assets.tmdb.report import Report
from movie_assets.tmdb.source import TmdbSource
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.staging import Frames


class TmdbConfig(dg.Config):
    """What one run may choose differently from the settings; without effect where films come from a file."""

    scope: str | None = Field(
        default=None,
        pattern="^(brands|popular|catalogue)$",
        description="Which films: brands, popular or catalogue; unset: TMDB_SCOPE.",
    )
    min_votes: int | None = Field(
        default=None, ge=1, description="Fewest user ratings in the scope popular; unset: TMDB_MIN_VOTES."
    )


def _out(name: str) -> dg.AssetOut:
    return dg.AssetOut(
        **table_asset(
            name, group="films", layer="raw", owner=DATA_ENGINEERING, code_version="2", kinds=frozenset({"tmdb"})
        )
    )


TMDB_TABLES = ("raw_tmdb_movies", "raw_tmdb_movies_deleted", "tmdb_people_films", "tmdb_ingestions")


@dg.multi_asset(
    name="raw_tmdb_movies",
    outs={name: _out(name) for name in TMDB_TABLES},
    ins={"raw_brands": dg.AssetIn(metadata={"columns": ["brand", "top_release"]})},
)
def raw_tmdb_movies(
    context: dg.AssetExecutionContext,
    config: TmdbConfig,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
    raw_brands: pd.DataFrame,
) -> Iterator[dg.Output[object]]:
    """Films as a stream from the file, or as the ledger's query; a failure leaves the stored tables as they were."""
    if not settings.live:
        context.log.info("No TMDB token is set: films come from %s.", settings.films)
        yield dg.Output(Frames(FilmFile(settings.films).batches()), output_name="raw_tmdb_movies")
        for name in TMDB_TABLES[1:]:
            yield dg.Output(Frames([]), output_name=name)
        return
    source = TmdbSource(settings, config.scope, config.min_votes)
    releases = zip(raw_brands["brand"], raw_brands["top_release"], strict=True)
    with source.ingested(warehouse, releases, lambda snapshot: context.log.info(str(snapshot))) as report:
        for problem in report.problems:
            context.log.warning(problem)
        yield dg.Output(published_films(), output_name="raw_tmdb_movies", metadata=_facts(report))
        yield dg.Output(deleted_films(), output_name="raw_tmdb_movies_deleted")
        yield dg.Output(people_films(), output_name="tmdb_people_films")
        yield dg.Output(finished_ingestions(), output_name="tmdb_ingestions")


def _facts(report: Report) -> dict[str, Any]:
    seconds = (report.finished_at - report.started_at).total_seconds()
    facts = {name: value for name, value in asdict(report).items() if value is not None}
    return facts | {
        "started_at": dg.MetadataValue.timestamp(report.started_at),
        "finished_at": dg.MetadataValue.timestamp(report.finished_at),
        "ingestion_seconds": round(seconds, 1),
    }
