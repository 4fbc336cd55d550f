"""Lists that come in pages: complete, lazy, restartable.

A :class:`Pager` fetches nothing until it is asked for something, and starts anew each time it is iterated.
"""

from __future__ import annotations

import contextlib
import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.mapping import BadItem, Records
from kwork_etxt_sdk.mapping.show import page_html, pager_html
from kwork_etxt_sdk.portable import check_portable
from kwork_etxt_sdk.prefetch import (
    Ahead,
    Straight,
    check_expected,
    check_workers,
    is_in_process,
    map_ordered,
)
from kwork_etxt_sdk.progress import Progress, require_bars

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from typing_extensions import Self

T = TypeVar("T")
R = TypeVar("R")

#: How many item keys a walk remembers at least (and twice as many at most) to drop duplicates. Rows shift by what
#: appears or leaves between two calls, far less than this; all keys would make the memory of a walk grow with it.
REMEMBERED = 5_000
#: Rows by which two pages counted from an offset overlap: a shared row proves that none slipped out between them.
OVERLAP = 1
#: How many times in a row a walk looks back for rows that slipped away and finds none. From then on it takes pages as
#: they come: the service cuts them elsewhere than it was asked to, and no two of them overlap.
PATIENCE = 5
#: Rows this far behind a page that brought nothing new show that the service does not heed the offset.
FAR = 1_000_000


@attrs.frozen(kw_only=True)
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        items: The items.
        number: Number of the page, from 1, where the service counts pages.
        offset: Rows before this page, where the service counts rows.
        pages: How many pages there are, if the service said so.
        total: How many items there are, if the service said so.
        size: How many items a full page has, if known.
    """

    items: Records[T]
    number: int | None = None
    offset: int | None = None
    pages: int | None = None
    total: int | None = None
    size: int | None = None
    _is_last: bool | None = attrs.field(default=None, repr=False, eq=False)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def is_last(self) -> bool:
        """Whether the service says, or the number of items shows, that nothing follows."""
        if self._is_last is not None:
            return self._is_last
        if not self.items and not self.items.bad_items:
            return True
        if self.pages is not None and self.number is not None:
            return self.number >= self.pages
        return self.size is not None and len(self.items) + len(self.items.bad_items) < self.size

    def _repr_html_(self) -> str:
        """Return a table for notebooks."""
        return page_html(self)

    def _cut_to(self, items: list[T], bad_items: list[BadItem]) -> Page[T]:
        # What was left out must not make a full page look like a short one.
        return attrs.evolve(self, items=Records(items, bad_items=bad_items), is_last=self.is_last)


class Pager(ABC, Generic[T]):
    """A list that is fetched page by page while it is iterated.

    Iterating is complete (all pages) and lazy (a page is fetched when its first item is needed). Items that appear on
    two pages because the list moved meanwhile come once. A pager can be iterated again: it then starts anew.

    Args:
        fetch: Fetches the page at a place.
        key: What identifies an item.

    Example:
        >>> for task in client.tasks.list_tasks(status=3):  # doctest: +SKIP
        ...     print(task.title)
    """

    def __init__(self, fetch: Callable[..., Page[T]], key: Callable[[T], Hashable]) -> None:
        self._fetch = fetch
        self._key = key
        self._limit: int | None = None
        self._expected_calls: int | None = None
        self._ahead: tuple[int, Executor | None, int] | None = None
        self._label: str | None = None

    def pages(self) -> Iterator[Page[T]]:
        """Walk the list page by page; items seen on an earlier page, or beyond the limit, are left out."""
        if self._label is None:
            yield from self._pages(None)
            return
        with Progress(self._label) as progress:
            for page in self._pages(progress):
                yield page
                progress.advance(len(page))
            progress.finish()

    def _pages(self, progress: Progress | None) -> Iterator[Page[T]]:
        left = self._limit
        if left == 0:
            return
        seen = _Seen()
        with contextlib.closing(self._source(progress)) as source:
            for page in self._walk(seen, source):
                fresh = [item for item in page.items if seen.add(self._key(item))][:left]
                cut = page._cut_to(fresh, [bad for bad in page.items.bad_items if seen.add(_place(page, bad))])
                if left is not None:
                    left -= len(fresh)
                if progress is not None:
                    progress.expect(self._expected_items(page))
                source.fill(left)
                yield cut
                if left == 0:
                    return

    def _source(self, progress: Progress | None) -> Straight[Page[T]]:
        fetch = self._fetch
        executor = None if self._ahead is None else self._ahead[1]
        if progress is not None and progress.is_shown and is_in_process(executor):
            heard_by = getattr(fetch, "heard_by", None)
            fetch = fetch if heard_by is None else heard_by(progress.hear)
        if self._ahead is None:
            return Straight(fetch)
        workers, executor, expected = self._ahead
        return Ahead(fetch, workers, executor, expected if self._limit is None else 0)

    def _expected_items(self, page: Page[T]) -> int | None:
        total = page.total
        if total is None and page.pages is not None and page.size is not None:
            total = page.pages * page.size
        if total is not None:
            total = max(0, total - self._passed_over(page))
        return total if self._limit is None or (total is not None and total < self._limit) else self._limit

    @abstractmethod
    def _passed_over(self, page: Page[T]) -> int:
        """Return how many items of the list stand before the first page of the walk."""

    def page(self, number: int = 1) -> Page[T]:
        """Fetch one page, counted from 1, as the service sends it."""
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise ConfigurationError(f"pages are counted from 1, not {number!r}")
        return self._fetch_page(number)

    def __iter__(self) -> Iterator[T]:
        if self._label is not None:
            return self._items_with_progress(self._label)
        return (item for page in self.pages() for item in page.items)

    def _items_with_progress(self, label: str) -> Iterator[T]:
        with Progress(label) as progress:
            for page in self._pages(progress):
                for item in page.items:
                    yield item
                    progress.advance(1)
            progress.finish()

    def prefetch(
        self, workers: int | None = None, *, executor: Executor | None = None, expected_pages: int | None = None
    ) -> Self:
        """Return the same list, fetched ahead of the iteration: several pages at once, which still come in order.

        The rate limit stays what it is, so this pays where answers are slow or the limit is high. At most twice as many
        pages as there are workers are fetched or kept ahead. Where the service does not say how long the list is, the
        walk begins with few and trusts itself with more page by page. A list that moves while it is read is as complete
        as without prefetch; what was guessed wrongly is dropped, and costs the calls already begun.

        When the iteration ends early, what has not begun is cancelled, and requests under way are waited for (5 seconds
        at most). An error is raised at its page.

        Args:
            workers: Calls at once; 8, or as many as the executor has, if left out.
            executor: Where to fetch: any ``concurrent.futures.Executor``. Threads of its own if left out. For one of
                other processes or machines the client is pickled (see
                :meth:`~kwork_etxt_sdk.client.Client.with_pickled_secrets`), and shares its limit with those as
                ``Limits.share`` says.
            expected_pages: About how many pages there will be: so many are asked for at once, not only when the first
                one has told. If there are fewer, those calls were for nothing. With a ``limit`` it counts for nothing.

        Raises:
            ConfigurationError: That is no number of workers or pages, or no executor; or it works in other processes,
                and the client can't be pickled.

        Example:
            >>> for order in client.tasks.list_tasks().prefetch(4):  # doctest: +SKIP
            ...     print(order.title)
        """
        workers = check_workers(workers, executor)
        check_portable(self._fetch, executor)
        other = copy.copy(self)
        other._ahead = (workers, executor, check_expected(expected_pages))
        return other

    def map(
        self, function: Callable[[T], R], *, workers: int | None = None, executor: Executor | None = None
    ) -> Iterator[R]:
        """Apply a function to every item, several at once, and return the results in order.

        Nothing happens before the first result is asked for, and no more than twice as many items as there are workers
        are under way or wait to be taken. What the function raises for an item is raised at its turn; so is what
        fetching a page raised. Whenever it ends, what has not begun is cancelled, and what has begun in threads comes
        to its end first.

        Args:
            function: What to do with an item. For an executor of other processes: a function of a module, or a method
                of a client (``client.files.text``), which is then pickled with it.
            workers: How many at once; 8, or as many as the executor has, if left out.
            executor: Where: any ``concurrent.futures.Executor``. Threads of its own if left out.

        Raises:
            ConfigurationError: That is no number of workers, or no executor; or it works in other processes, and the
                function can't be pickled.

        Example:
            >>> results = client.tasks_archive.list_tasks().map(results_of)  # doctest: +SKIP
        """
        workers = check_workers(workers, executor)
        check_portable(function, executor)
        return map_ordered(function, iter(self), workers=workers, executor=executor)

    def progress(self, label: str = "") -> Self:
        """Return the same list with a progress bar on standard error whenever it is iterated. Needs the extra ``cli``.

        In a terminal or a notebook it shows how many items of how many (where that is known) have come, and why it
        waits if that takes longer than a few seconds. Where nobody looks (a pipe, cron) it shows nothing.

        Args:
            label: What stands before the bar.

        Raises:
            MissingExtraError: The package tqdm is not installed.

        Example:
            >>> everything = client.tasks.list_tasks().progress("orders").to_list()  # doctest: +SKIP
        """
        require_bars()
        other = copy.copy(self)
        other._label = label
        return other

    def limit(self, count: int) -> Self:
        """Return the same list, cut off after `count` items; no page beyond them is fetched."""
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ConfigurationError(f"a limit must be a whole number of at least 0, not {count!r}")
        limited = copy.copy(self)
        limited._limit = count if self._limit is None else min(count, self._limit)
        return limited

    def first(self) -> T | None:
        """Return the first item, or None if the list is empty."""
        return next((item for page in self.limit(1)._pages(None) for item in page.items), None)

    def to_list(self) -> Records[T]:
        """Fetch everything and return it as a list, with what did not fit in ``bad_items``."""
        found: Records[T] = Records()
        for page in self.pages():
            found.extend(page.items)
            found.bad_items.extend(page.items.bad_items)
        return found

    @property
    def expected_calls(self) -> int | None:
        """How many calls a whole walk needs, known once a page came that told the total; None before."""
        return self._expected_calls

    def __repr__(self) -> str:
        limit = "" if self._limit is None else f", limit={self._limit}"
        ahead = "" if self._ahead is None else f", prefetch={self._ahead[0]}"
        return f"<{type(self).__name__}: iterate to fetch{limit}{ahead}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: what to do. Nothing is fetched."""
        return pager_html(self)

    @abstractmethod
    def _walk(self, seen: _Seen, source: Straight[Page[T]]) -> Iterator[Page[T]]:
        """Yield the pages one after the other, without what came before, until the list ends."""

    @abstractmethod
    def _fetch_page(self, number: int) -> Page[T]:
        """Fetch one page, counted from 1."""

    def _note(self, page: Page[T], start: int = 1) -> Page[T]:
        pages = page.pages
        if pages is None and page.total is not None and page.size:
            pages = -(-page.total // page.size)
        if pages is not None:
            self._expected_calls = max(1, pages - start + 1)
        return page


class NumberedPager(Pager[T]):
    """A list whose pages have numbers (Kwork).

    Args:
        fetch: Fetches the page with a number.
        key: What identifies an item.
        start: Number of the first page.
    """

    def __init__(self, fetch: Callable[[int], Page[T]], *, key: Callable[[T], Hashable], start: int = 1) -> None:
        super().__init__(fetch, key)
        if not isinstance(start, int) or isinstance(start, bool) or start < 1:
            raise ConfigurationError(f"pages are counted from 1, not {start!r}")
        self._start = start

    def _walk(self, seen: _Seen, source: Straight[Page[T]]) -> Iterator[Page[T]]:
        before: list[Hashable] | None = None
        length: tuple[int | None, int | None] | None = None
        repeats = 0
        number = self._start
        source.begin((number,), lambda place: (place[0] + 1,))
        while True:
            page = self._note(source.get((number,)), self._start)
            if source.was_beside_first and before is not None and length != (page.pages, page.total):
                # It may show the list as it was before the first page was cut, when rows of it stood elsewhere.
                source.drop()
                page = self._note(source.get((number,)), self._start)
            rows = [*map(self._key, page.items), *(bad.problems for bad in page.items.bad_items)]
            has_moved = before is not None and length != (page.pages, page.total)
            # A service that is asked for a page behind the last one may send the last or the first one, again and
            # again. Where it says that more follow, the list may just have moved on by a whole page.
            is_repeated = rows == before and not has_moved and (page.items or page.pages is None)
            repeats = repeats + 1 if is_repeated else 0
            if repeats > (0 if page.pages is None else 1):
                return
            # What is known, or another length, shows that rows were put in before this page was cut. A page that waits
            # may have been cut before that, and then the rows between the two would be on neither.
            if source.is_ahead and (has_moved or any(row in seen for row in rows)):
                source.drop()
            before, length = rows, (page.pages, page.total)
            if not page.is_last:
                last = page.pages
                source.expect(
                    (number,),
                    lambda place, last=last: (place[0] + 1,) if last is None or place[0] < last else None,  # type: ignore[misc]
                    rows=page.size or len(rows) or 1,
                    is_end_known=last is not None,
                )
            yield page
            if page.is_last:
                return
            number += 1

    def _fetch_page(self, number: int) -> Page[T]:
        return self._note(self._fetch(number), self._start)

    def _passed_over(self, page: Page[T]) -> int:
        return (self._start - 1) * (page.size or 0)


class OffsetPager(Pager[T]):
    """A list whose pages are cut out by an offset and a count (eTXT).

    Rows may leave the list while one iterates (accepting the orders one lists takes them out of the list "in review"),
    and then the following ones move up. So pages overlap by a row: if no row of a page is known, some slipped out of
    sight, and the walk steps back to find them, though never before `start`. Pages of one row can't overlap.

    Args:
        fetch: Fetches a page: ``fetch(offset, count)``.
        key: What identifies an item.
        size: Items per page.
        start: Rows to pass over.
    """

    def __init__(
        self, fetch: Callable[[int, int], Page[T]], *, key: Callable[[T], Hashable], size: int, start: int = 0
    ) -> None:
        super().__init__(fetch, key)
        self._size = size
        self._start = start

    def _walk(self, seen: _Seen, source: Straight[Page[T]]) -> Iterator[Page[T]]:
        offset = self._start
        patience = PATIENCE
        source.begin((offset, self._size), lambda place: (place[0] + self._step, self._size))
        while True:
            page = self._at(offset, source.get)
            is_first = offset == self._start
            slipped = not is_first and self._size > OVERLAP and not self._is_known(page, seen)
            if slipped and patience:
                patience -= 1
                source.drop()
                offset, page = self._step_back(offset, seen, source)
                slipped, is_first = False, True
            has_news = any(self._key(item) not in seen for item in page.items)
            if has_news and not slipped:
                patience = PATIENCE
            if not has_news and not is_first and not page.is_last and self._goes_on_for_ever(offset, source):
                return
            if not page.is_last:
                self._expect_after(offset, page.total, source)
            yield page
            if page.is_last:
                return
            offset += self._step

    @property
    def _step(self) -> int:
        return max(1, self._size - OVERLAP)

    def _expect_after(self, offset: int, total: int | None, source: Straight[Page[T]]) -> None:
        def following(place: tuple[int, ...]) -> tuple[int, ...] | None:
            further = place[0] + self._step
            return (further, self._size) if total is None or further < total else None

        source.expect((offset, self._size), following, rows=self._step, is_end_known=total is not None)

    def _step_back(self, offset: int, seen: _Seen, source: Straight[Page[T]]) -> tuple[int, Page[T]]:
        """Return the next page before `offset` that holds a known row; if there is none, the first page."""
        while True:
            offset = max(self._start, offset - self._size)
            page = self._at(offset, source.aside)
            if offset == self._start or self._is_known(page, seen):
                return offset, page

    def _goes_on_for_ever(self, offset: int, source: Straight[Page[T]]) -> bool:
        items = self._at(offset + FAR, source.aside).items
        return bool(items or items.bad_items)

    def _is_known(self, page: Page[T], seen: _Seen) -> bool:
        places = (_place(page, bad) for bad in page.items.bad_items)
        return any(key in seen for key in (*map(self._key, page.items), *places))

    def _fetch_page(self, number: int) -> Page[T]:
        return self._at(self._start + (number - 1) * self._size, lambda place: self._fetch(*place))

    def _at(self, offset: int, fetch: Callable[[tuple[int, ...]], Page[T]]) -> Page[T]:
        page = fetch((offset, self._size))
        return self._note(attrs.evolve(page, offset=offset, size=self._size))

    def _passed_over(self, page: Page[T]) -> int:
        del page
        return self._start


class _Seen:
    """The keys of the last items, :data:`REMEMBERED` at least: a full set of them becomes the old one."""

    def __init__(self) -> None:
        self._keys: set[Hashable] = set()
        self._old_keys: set[Hashable] = set()

    def add(self, key: Hashable) -> bool:
        """Remember a key; False if it was known."""
        if key in self:
            return False
        self._keys.add(key)
        if len(self._keys) >= REMEMBERED:
            self._keys, self._old_keys = set(), self._keys
        return True

    def __contains__(self, key: Hashable) -> bool:
        return key in self._keys or key in self._old_keys


def _place(page: Page[T], bad: BadItem) -> Hashable:
    """Return what stands for the key of an item that could not be read: where it stood, and what is wrong with it."""
    if page.offset is None:
        return ("bad item", page.number, bad.index)
    return ("bad item", page.offset + bad.index, *(problem.replace(bad.path, "$") for problem in bad.problems))
