"""The second phase of an ingestion: the details of every film that is new, changed or too old; then the missing ones.

A film is taken for deleted when TMDB says twice that it has none: once when it was asked for, and once more after all
the others. A film whose answer has another shape is left out and named; if there are many, TMDB has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from movie_assets.tmdb.errors import IngestionError, TmdbNotFoundError, TmdbShapeError
from movie_assets.tmdb.films import film_values
from movie_assets.tmdb.ledger_films import FilmRead, Outcome
from movie_assets.tmdb.run import Run
from movie_assets.tmdb.scopes import APPENDED

_CHUNK: Final = 2_000
_TOLERATED: Final = 20
_UNREADABLE_SHARE: Final = 0.01
_DELETED_SHARE: Final = 0.05
_MANY_CONFIRMED_AFTER: Final = timedelta(days=1)

Task = tuple[int, str | None]


def read_films(run: Run) -> None:
    """Ask for every film on the list of work; each answer is committed as it comes.

    Raises TmdbShapeError when more than 1% of the answers (and more than 20) are of another shape, and any other
    TmdbApiError at once; what came before stays.
    """
    left = run.ledger.films.left()
    tolerated = max(_TOLERATED, round(left * _UNREADABLE_SHARE))
    unreadable = 0
    run.progress.start("films")

    def store(reads: list[FilmRead]) -> list[Task]:
        nonlocal left, unreadable
        counts = run.ledger.films.save(reads)
        run.commit(fetched_films=counts[Outcome.FETCHED], unchanged_films=counts[Outcome.UNCHANGED])
        left -= len(reads)
        unreadable += counts[Outcome.UNREADABLE]
        run.progress.update(len(reads), left)
        if unreadable > tolerated:
            # The run that goes on with this ingestion must not take them for done.
            run.ledger.films.list_unreadable()
            run.commit()
            problem = next(read.problem for read in reads if read.outcome is Outcome.UNREADABLE)
            raise TmdbShapeError("", f"{unreadable:,} films cannot be read, the last one: {problem}")
        return []

    run.work_through(_work(run), lambda task: _read(run, *task), store)
    run.progress.end()


def confirm_deletions(run: Run) -> None:
    """Ask once more for films that TMDB said it does not have; those it still has not are deleted.

    Raises IngestionError when more than 5% of the stored films (and more than 20) are gone within a day: that is
    more likely a fault of TMDB's than so many deletions.
    """
    missed = run.ledger.films.missed()
    gone: list[FilmRead] = []
    left = len(missed)
    run.progress.start("missing films")

    def store(reads: list[FilmRead]) -> list[Task]:
        nonlocal left
        gone.extend(read for read in reads if read.outcome is Outcome.MISSED)
        counts = run.ledger.films.save([read for read in reads if read.outcome is not Outcome.MISSED])
        run.commit(fetched_films=counts[Outcome.FETCHED])
        left -= len(reads)
        run.progress.update(len(reads), left)
        return []

    tasks: list[Task] = [(tmdb_id, None) for tmdb_id in missed]
    run.work_through(tasks, lambda task: _read(run, *task), store)
    run.progress.end()
    _refuse_too_many(run)
    run.commit(deleted_films=run.ledger.films.confirm_deleted(gone))


def _refuse_too_many(run: Run) -> None:
    stored = run.ledger.films.stored()
    recent = run.ledger.films.stored_and_missed_since(run.clock() - _MANY_CONFIRMED_AFTER)
    if recent > max(_TOLERATED, round(stored * _DELETED_SHARE)):
        raise IngestionError(
            f"TMDB says that it no longer has {recent:,} of {stored:,} films. That is more likely a fault there than "
            "so many deletions, so all rows stay. Run again later: films still missing after a day count as deleted."
        )


def _work(run: Run) -> Iterator[Task]:
    after = 0
    while chunk := run.ledger.films.work(after=after, limit=_CHUNK):
        yield from chunk
        after = chunk[-1][0]


def _read(run: Run, tmdb_id: int, etag: str | None) -> FilmRead:
    """One film, in a worker's thread."""
    try:
        fetched = run.client.movie_unless_unchanged(tmdb_id, APPENDED, etag=etag)
    except TmdbNotFoundError:
        return FilmRead(tmdb_id, Outcome.MISSED, run.clock())
    except TmdbShapeError as error:
        return FilmRead(tmdb_id, Outcome.UNREADABLE, run.clock(), problem=str(error))
    at = run.clock()
    if fetched is None:
        return FilmRead(tmdb_id, Outcome.UNCHANGED, at)
    return FilmRead(tmdb_id, Outcome.FETCHED, at, film_values(fetched.value, "tmdb", at), fetched.etag)
