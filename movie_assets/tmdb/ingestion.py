"""One ingestion from TMDB into the ledger: lists, then films, then the confirmation of what is gone.

Everything is committed as it comes. A run that finds an ingestion with the same plan open goes on with it, wherever
it stopped; the requests that were under way are all that is repeated. What does not belong here: what is published
from the ledger, and when.
"""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from movie_assets.tmdb.client import TmdbClient
from movie_assets.tmdb.errors import TmdbApiError, TmdbNotFoundError
from movie_assets.tmdb.export import DailyExport, exported_films, file_name, newest_day
from movie_assets.tmdb.ledger import Ledger
from movie_assets.tmdb.listings import Listing, Role, State, changes
from movie_assets.tmdb.progress import Progress, Snapshot
from movie_assets.tmdb.read_films import confirm_deletions, read_films
from movie_assets.tmdb.read_lists import read_lists
from movie_assets.tmdb.report import Report
from movie_assets.tmdb.rules import Company, names_agree
from movie_assets.tmdb.run import Run
from movie_assets.tmdb.scopes import Plan, Scope
from movie_assets.tmdb.seen import SeenIds

WORKERS: Final = 16
"""Threads that ask. TMDB accepts 20 connections from one address."""

CHANGES_KNOWN_DAYS: Final = 14
"""How many days of changes TMDB tells at a time."""

_OVERLAP: Final = timedelta(hours=1)
_COMPANY_CHECKED_AFTER: Final = timedelta(days=30)
_NAMED = "brand rules: included"
_DIFFERENT = "daily export: films that differ"


def ingest(
    client: TmdbClient,
    ledger: Ledger,
    plan: Plan,
    *,
    export: DailyExport,
    clock: Callable[[], datetime],
    tell: Callable[[Snapshot], None] | None = None,
    workers: int = WORKERS,
) -> Report:
    """Bring the ledger to what TMDB has of the plan's films, and say what that took.

    Afterwards `ledger.published_films()` is what raw_tmdb_movies is to hold. All requests of `client` and `export` are
    counted as this ingestion's. `clock` returns instants with a time zone; `tell` is called now and then with the
    progress. Raises any TmdbApiError and IngestionError; what was fetched before is kept, and a later call goes on
    from there.
    """
    ingestion = ledger.begin(plan, clock())
    run = Run(client, export, ledger, ingestion, clock, Progress(tell), workers)
    try:
        companies, problems = _right_companies(run, plan)
        if ingestion.phase == "listing":
            _list(run, plan, companies)
        if ingestion.phase in {"listing", "details"}:
            read_films(run)
            run.commit(phase="confirming")
        confirm_deletions(run)
    except TmdbApiError:
        # What a TMDB that refuses was asked is told as well: monitoring counts it.
        run.give_up()
        raise
    return ledger.finish(ingestion, problems, clock())


def _list(run: Run, plan: Plan, companies: list[int]) -> None:
    """Find out which films are in scope, and which of them have to be asked for."""
    number, started_at = run.ingestion.number, run.ingestion.started_at
    run.ledger.lists.put(_NAMED, Role.SCOPE, plan.named_films, number, run.clock())
    edits, gap = _changes(run)
    if gap or plan.scope is Scope.CATALOGUE:
        _read_export(run, catalogue=plan.scope is Scope.CATALOGUE, compare=gap)
    read_lists(run, [*plan.listings(companies), *edits])
    films = run.ledger.films
    films.mark_changed(number, before=started_at)
    new = films.list_work(number, stale_before=started_at - plan.refresh_age)
    if run.ledger.continues_last_scope(run.ingestion):
        films.list_unlisted(number)
    run.commit(phase="details", new_films=new)


def _changes(run: Run) -> tuple[list[Listing], bool]:
    """The list of what was edited since the last ingestion, and whether TMDB cannot tell all of that."""
    watermark = run.ledger.watermark(run.ingestion)
    if watermark is None:
        return [], False
    today = run.ingestion.started_at.date()
    earliest = today - timedelta(days=CHANGES_KNOWN_DAYS - 1)
    # TMDB tells changes by day, and may be late with the last ones.
    since = (watermark - _OVERLAP).date()
    # Where more pages would have to be read than there are films, asking for each film is cheaper.
    longest = max(1, run.ledger.films.stored())
    return [changes(max(since, earliest), today, longest=longest)], since < earliest


def _read_export(run: Run, *, catalogue: bool, compare: bool) -> None:
    """Store the daily export as a list of the scope, or the films that differ from it as changed, or both."""
    lists, number = run.ledger.lists, run.ingestion.number
    known = lists.known()
    newest, compared = file_name(newest_day(run.clock())), known.get(_DIFFERENT)
    if catalogue and newest in known and known[newest].state is State.COMPLETE:
        lists.plan([newest], number)
        catalogue = False
    if compared is not None and compared.planned_by == number:
        compare = False
    if not catalogue and not compare:
        return
    with tempfile.TemporaryDirectory(prefix="movie-assets-") as directory:
        day, path = run.export.download(run.clock(), Path(directory))
        ids, differ, there = array("q"), array("q"), SeenIds()
        for films in exported_films(path):
            ids.extend(tmdb_id for tmdb_id in films.ids if there.add(tmdb_id))
            if compare:
                differ.extend(run.ledger.films.renamed(films.ids, films.original_titles))
    if catalogue:
        lists.put(file_name(day), Role.SCOPE, ids, number, run.clock())
    if compare:
        differ.extend(tmdb_id for tmdb_id in run.ledger.films.ids() if there.add(tmdb_id))
        lists.put(_DIFFERENT, Role.CHANGES, differ, number, run.clock())
    run.commit()


def _right_companies(run: Run, plan: Plan) -> tuple[list[int], list[str]]:
    """Ids of the companies that bear the name they are mapped by, and what is wrong with the others."""
    names = run.ledger.companies.names(since=run.ingestion.started_at - _COMPANY_CHECKED_AFTER)
    unknown = [company.id for company in plan.companies if company.id not in names]

    def look_up(company_id: int) -> tuple[int, str | None]:
        try:
            return company_id, run.client.company_name(company_id)
        except TmdbNotFoundError:
            return company_id, None

    def store(found: list[tuple[int, str | None]]) -> list[int]:
        names.update(found)
        run.ledger.companies.save(dict(found), run.clock())
        run.commit()
        return []

    run.work_through(dict.fromkeys(unknown), look_up, store)
    wrong = {company: names[company.id] for company in plan.companies if not _is_right(company, names[company.id])}
    problems = [
        f"company {company.id}, mapped as {company.name}, is not used: TMDB "
        + (f"calls it {name}" if name else "has no such company")
        for company, name in wrong.items()
    ]
    right = [company.id for company in plan.companies if company not in wrong]
    return list(dict.fromkeys(right)), problems


def _is_right(company: Company, name: str | None) -> bool:
    return name is not None and names_agree(company.name, name)
