"""The first phase of an ingestion: every list of the plan that is not fresh is read to its end."""

from __future__ import annotations

from collections.abc import Sequence

from movie_assets.tmdb.ledger_lists import StoredList
from movie_assets.tmdb.listings import Crawl, Listing, PageNumber, PageRead, Role, State
from movie_assets.tmdb.run import Run
from movie_assets.tmdb.scopes import RELISTED_AFTER

Task = tuple[Listing, PageNumber]


def read_lists(run: Run, listings: Sequence[Listing]) -> None:
    """Read the lists, and the halves of those that are too long, page by page; each page is committed as it comes.

    Raises any TmdbApiError; the pages that came before stay.
    """
    _Reading(run).read(listings)


class _Reading:
    def __init__(self, run: Run) -> None:
        self._run = run
        self._known = run.ledger.lists.known()
        self._crawls: dict[str, Crawl] = {}
        self._left = 0

    def read(self, listings: Sequence[Listing]) -> None:
        self._run.progress.start("lists")
        tasks = [task for listing in listings for task in self._take(listing)]
        self._run.commit()
        self._run.work_through(tasks, self._page, self._store)
        self._run.progress.end()

    def _take(self, listing: Listing) -> list[Task]:
        """The pages to ask for at first: none if the list is fresh, the missing ones if its reading was interrupted."""
        lists = self._run.ledger.lists
        stored = self._known.get(listing.key)
        number = self._run.ingestion.number
        if stored is not None and self._is_fresh(listing, stored):
            lists.plan([listing.key], number)
            return self._take_halves(listing) if stored.state is State.SPLIT else []
        if stored is not None and stored.state is State.OPEN and self._is_young(stored):
            lists.plan([listing.key], number)
            crawl = Crawl(listing, lists.pages(listing))
        else:
            lists.restart(listing, number, self._run.clock())
            crawl = Crawl(listing)
        self._crawls[listing.key] = crawl
        return self._advance(crawl)

    def _take_halves(self, listing: Listing) -> list[Task]:
        return [task for half in listing.halves() or () for task in self._take(half)]

    def _is_fresh(self, listing: Listing, stored: StoredList) -> bool:
        if stored.state is State.OPEN or stored.completed_at is None:
            return False
        if listing.role is Role.CHANGES:
            return stored.planned_by == self._run.ingestion.number
        return stored.completed_at > self._run.ingestion.started_at - RELISTED_AFTER

    def _is_young(self, stored: StoredList) -> bool:
        return stored.started_at > self._run.ingestion.started_at - RELISTED_AFTER

    def _advance(self, crawl: Crawl) -> list[Task]:
        """The pages that are wanted next; a list that needs none is closed."""
        listing, state = crawl.listing, crawl.state
        if state is State.OPEN:
            wanted = crawl.wanted()
            self._left += len(wanted)
            return [(listing, number) for number in wanted]
        in_full = state is State.COMPLETE and not listing.is_search
        self._run.ledger.lists.close(listing.key, state, crawl.total_results if in_full else None, self._run.clock())
        del self._crawls[listing.key]
        return self._take_halves(listing) if state is State.SPLIT else []

    def _page(self, task: Task) -> PageRead | None:
        """One page, in a worker's thread; None if the list was completed meanwhile."""
        listing, (pass_, number) = task
        if listing.key not in self._crawls:
            return None
        page = self._run.client.film_page(listing.path, listing.request(pass_), number)
        return PageRead(listing, (pass_, number), page.ids, page.total_results, page.total_pages, listing.more(page))

    def _store(self, results: list[PageRead | None]) -> list[Task]:
        pages = [page for page in results if page is not None]
        if pages:
            self._run.ledger.lists.save(pages, self._run.clock())
        tasks: list[Task] = []
        self._left -= len(results)
        for page in pages:
            crawl = self._crawls.get(page.listing.key)
            if crawl is not None:
                crawl.add(page)
                tasks += self._advance(crawl)
        self._run.commit()
        self._run.progress.update(len(pages), self._left)
        return tasks
