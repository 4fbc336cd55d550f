"""One run of ``sync``: its budget, its counts, and how it walks through a list."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

import attrs

from kwork_etxt_sdk.client import Client
from kwork_etxt_sdk.mapping import BadItem
from kwork_etxt_sdk.paging import OVERLAP, Page, Pager
from kwork_etxt_sdk.sync.database import ListState, Mirror
from kwork_etxt_sdk.sync.files import TextFolder
from kwork_etxt_sdk.sync.shape import Row, Table
from kwork_etxt_sdk.sync.summary import Counts, Summary
from kwork_etxt_sdk.transport.clock import SECOND, Clock
from kwork_etxt_sdk.transport.events import Event, Sent

T = TypeVar("T")
ClientT = TypeVar("ClientT", bound=Client)

#: How often lists of which only the top is asked for are walked as a whole: whoever relies on an order that the
#: service does not promise should look twice.
WHOLE_EVERY: Final = timedelta(days=7)


class Enough(Exception):  # noqa: N818 - the run ends early, as it was told to
    """The run has made as many calls, or taken as long, as it may."""


@attrs.frozen(kw_only=True)
class Listing(Generic[T]):
    """A list of the service that is mirrored into a table.

    Attributes:
        name: Its name in ``sync_lists``.
        table: Where its items go.
        pages: Returns the list, from a number of rows on.
        row: Makes a row of an item.
        key: What the service calls the key.
    """

    name: str
    table: Table
    pages: Callable[[int], Pager[T]]
    row: Callable[[T], Row]
    key: str = "id"


class Run(Generic[ClientT]):
    """What the steps of a run share.

    Args:
        client: The client.
        mirror: The database.
        folder: Where text files go.
        what: What was chosen.
        whole: Walk through whole lists, whatever is known of them.
        max_calls: After how many requests to stop.
        seconds: After how many seconds to stop.
        clock: Time.
    """

    def __init__(
        self,
        client: ClientT,
        mirror: Mirror,
        folder: TextFolder,
        what: frozenset[str],
        *,
        whole: bool,
        max_calls: int | None,
        seconds: float | None,
        clock: Clock,
    ) -> None:
        self._listener = client._options.on_event
        self.client: ClientT = client.with_options(bad_items="keep", on_event=self._count)
        self.mirror = mirror
        self.folder = folder
        self.what = what
        self.summary = Summary(site=client._session.market.site)
        self.now = datetime.fromisoformat(mirror.now)
        self._whole = whole
        self._max_calls = max_calls
        self._clock = clock
        self._began = clock.now()
        self._end = None if seconds is None else self._began + round(seconds * SECOND)
        self._lock = threading.Lock()

    def _count(self, event: Event) -> None:
        if isinstance(event, Sent):
            self.add_call()
        if callable(self._listener):
            self._listener(event)

    def add_call(self) -> None:
        """Count a request."""
        with self._lock:
            self.summary.calls += 1

    def check(self) -> None:
        """Raise :class:`Enough` if another call would be too much."""
        if self._max_calls is not None and self.summary.calls >= self._max_calls:
            raise Enough(f"{self._max_calls} calls were made")
        if self._end is not None and self._clock.now() >= self._end:
            raise Enough(f"{(self._end - self._began) / SECOND:g} s are over")

    def close(self) -> Summary:
        """Return the summary."""
        self.summary.seconds = (self._clock.now() - self._began) / SECOND
        return self.summary

    # --- rows -------------------------------------------------------------------------------------------------------

    def put(self, table: Table, row: Row, *, of: str | None = None) -> None:
        """Write a row and count what became of it; `of` is the list in which it may have been a problem."""
        outcome = self.mirror.put(table, row)
        counts = self.summary.tables.setdefault(table.name, Counts())
        setattr(counts, outcome, getattr(counts, outcome) + 1)
        if of is not None:
            self.mirror.settle_problem(of, row[table.key])

    def put_bad(self, name: str, bad_items: Iterable[BadItem], key: str = "id") -> list[str]:
        """Keep what could not be read; return what it is known by."""
        items = [self.mirror.note_problem(name, bad, key) for bad in bad_items]
        self.summary.bad += len(items)
        return items

    def mark_gone(self, table: Table, where: str, parameters: Iterable[Any] = ()) -> None:
        """Mark rows that the service no longer has, and count them."""
        counts = self.summary.tables.setdefault(table.name, Counts())
        counts.gone += self.mirror.mark_gone(table, where, tuple(parameters))

    # --- walks ------------------------------------------------------------------------------------------------------

    def needs_whole(self, name: str) -> bool:
        """Tell whether the whole list has to be walked: it never was, or not for long."""
        at = self.mirror.state(name).whole_at
        return self._whole or at is None or self.now - at >= WHOLE_EVERY

    def walk(
        self,
        listing: Listing[T],
        *,
        floor: Callable[[], int | None] = lambda: None,
        at_end: Callable[[ListState], None] = lambda _state: None,
    ) -> None:
        """Mirror a list whose pages are counted by rows, going on where an earlier run was interrupted.

        What was listed before the interruption may have changed since, so such a walk is followed by another from the
        top, which is as short as any.

        Args:
            listing: The list.
            floor: Returns the key below which no row changes any more, where the list begins with the largest key.
            at_end: Called in the transaction that ends the walk; the floor is None if it went through to the end.
        """
        state = self.mirror.state(listing.name)
        if state.position:
            self._walk_on(listing, state, at_end)
        whole = self.needs_whole(listing.name)
        self._walk_on(listing, self.mirror.begin_walk(listing.name, None if whole else floor()), at_end)

    def _walk_on(self, listing: Listing[T], state: ListState, at_end: Callable[[ListState], None]) -> None:
        start = max(0, (state.position or 0) - OVERLAP)
        for page in self._pages(listing.pages(start)):
            keys = [listing.row(item)[listing.table.key] for item in page.items]
            if start and page.offset == start and not self.mirror.knows(listing.name, state.walk, keys):
                # Rows have left the list meanwhile, and others may have moved up past the place where we stopped.
                self._walk_on(listing, attrs.evolve(state, position=0), at_end)
                return
            self._keep_page(listing, state, page)
            settled = [key for key in keys[-1:] if isinstance(key, int) and key > 0]
            if state.floor is not None and settled and settled[0] < state.floor and not page.is_last:
                break
        else:
            state = attrs.evolve(state, floor=None)  # it went through to the end
        self._end_walk(listing.name, state, at_end)

    def _end_walk(self, name: str, state: ListState, at_end: Callable[[ListState], None]) -> None:
        with self.mirror.transaction():
            if self.mirror.end_walk(name, state.walk, whole=state.floor is None):
                at_end(state)
                self.mirror.forget_seen(name)

    def _keep_page(self, listing: Listing[T], state: ListState, page: Page[T]) -> None:
        with self.mirror.transaction():
            keys: list[Any] = []
            for item in page.items:
                row = listing.row(item)
                keys.append(row[listing.table.key])
                self.put(listing.table, row, of=listing.name)
            keys.extend(self.put_bad(listing.name, page.items.bad_items, listing.key))
            position = (page.offset or 0) + (page.size or 0)
            self.mirror.advance(listing.name, state.walk, position, keys)

    def relist(
        self,
        listing: Listing[T],
        *,
        until: Callable[[Page[T]], bool] = lambda _page: False,
        at_end: Callable[[ListState], None] = lambda _state: None,
    ) -> None:
        """Mirror a list that has to be asked for as a whole every time, because any row of it can change.

        Args:
            listing: The list.
            until: Tells after which page to stop.
            at_end: Called in the transaction that ends the walk.
        """
        state = self.mirror.begin_walk(listing.name, None)
        for page in self._pages(listing.pages(0)):
            over = until(page)
            self._keep_page(listing, state, page)
            if over:
                break
        self._end_walk(listing.name, state, at_end)

    def _pages(self, pager: Pager[T]) -> Iterator[Page[T]]:
        pages = pager.pages()
        while True:
            self.check()
            page = next(pages, None)
            if page is None:
                return
            yield page
