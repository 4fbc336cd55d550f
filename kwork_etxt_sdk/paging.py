"""Lists that come in pages: complete, lazy, restartable.

A :class:`Pager` fetches nothing until it is asked for something, and starts anew each time it is iterated.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.mapping import BadItem, Records

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")

#: How many item keys a walk remembers to drop duplicates. Rows shift by what appears or leaves between two calls, far
#: less than this; a set of all keys would make the memory of a walk grow with its length.
REMEMBERED = 20_000
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

    def _cut_to(self, items: list[T], bad_items: list[BadItem]) -> Page[T]:
        # What was left out must not make a full page look like a short one.
        return attrs.evolve(self, items=Records(items, bad_items=bad_items), is_last=self.is_last)


class Pager(Generic[T]):
    """A list that is fetched page by page while it is iterated.

    Iterating is complete (all pages) and lazy (a page is fetched when its first item is needed). Items that appear on
    two pages because the list moved meanwhile come once. A pager can be iterated again: it then starts anew.

    Args:
        key: What identifies an item.

    Example:
        >>> for task in client.tasks.list_tasks(status=3):  # doctest: +SKIP
        ...     print(task.title)
    """

    def __init__(self, key: Callable[[T], Hashable]) -> None:
        self._key = key
        self._limit: int | None = None
        self._expected_calls: int | None = None

    def pages(self) -> Iterator[Page[T]]:
        """Walk the list page by page; items seen on an earlier page, or beyond the limit, are left out."""
        left = self._limit
        if left == 0:
            return
        seen = _Seen()
        for page in self._walk(seen):
            fresh = [item for item in page.items if seen.add(self._key(item))][:left]
            yield page._cut_to(fresh, [bad for bad in page.items.bad_items if seen.add(_place(page, bad))])
            if left is not None:
                left -= len(fresh)
                if left == 0:
                    return

    def page(self, number: int = 1) -> Page[T]:
        """Fetch one page, counted from 1, as the service sends it."""
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise ConfigurationError(f"pages are counted from 1, not {number!r}")
        return self._fetch_page(number)

    def __iter__(self) -> Iterator[T]:
        return (item for page in self.pages() for item in page.items)

    def limit(self, count: int) -> Self:
        """Return the same list, cut off after `count` items; no page beyond them is fetched."""
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ConfigurationError(f"a limit must be a whole number of at least 0, not {count!r}")
        limited = copy.copy(self)
        limited._limit = count if self._limit is None else min(count, self._limit)
        return limited

    def first(self) -> T | None:
        """Return the first item, or None if the list is empty."""
        return next(iter(self.limit(1)), None)

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
        return f"<{type(self).__name__}: iterate to fetch{limit}>"

    def _walk(self, seen: _Seen) -> Iterator[Page[T]]:
        raise NotImplementedError  # pragma: no cover - both kinds below define it

    def _fetch_page(self, number: int) -> Page[T]:
        raise NotImplementedError  # pragma: no cover - both kinds below define it

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
        super().__init__(key)
        if not isinstance(start, int) or isinstance(start, bool) or start < 1:
            raise ConfigurationError(f"pages are counted from 1, not {start!r}")
        self._fetch = fetch
        self._start = start

    def _walk(self, seen: _Seen) -> Iterator[Page[T]]:
        del seen
        before: list[Hashable] | None = None
        repeats = 0
        number = self._start
        while True:
            page = self._fetch_page(number)
            rows = [*map(self._key, page.items), *(bad.problems for bad in page.items.bad_items)]
            # A service that is asked for a page behind the last one may send the last or the first one, again and
            # again. Where it says that more follow, the list may just have moved on by a whole page.
            repeats = repeats + 1 if rows == before and (page.items or page.pages is None) else 0
            if repeats > (0 if page.pages is None else 1):
                return
            before = rows
            yield page
            if page.is_last:
                return
            number += 1

    def _fetch_page(self, number: int) -> Page[T]:
        return self._note(self._fetch(number), self._start)


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
        super().__init__(key)
        self._fetch = fetch
        self._size = size
        self._start = start

    def _walk(self, seen: _Seen) -> Iterator[Page[T]]:
        offset = self._start
        patience = PATIENCE
        while True:
            page = self._fetch_at(offset)
            is_first = offset == self._start
            slipped = not is_first and self._size > OVERLAP and not self._is_known(page, seen)
            if slipped and patience:
                patience -= 1
                offset, page = self._step_back(offset, seen)
                slipped, is_first = False, True
            has_news = any(self._key(item) not in seen for item in page.items)
            if has_news and not slipped:
                patience = PATIENCE
            if not has_news and not is_first and not page.is_last and self._goes_on_for_ever(offset):
                return
            yield page
            if page.is_last:
                return
            offset += max(1, self._size - OVERLAP)

    def _step_back(self, offset: int, seen: _Seen) -> tuple[int, Page[T]]:
        """Return the next page before `offset` that holds a known row; if there is none, the first page."""
        while True:
            offset = max(self._start, offset - self._size)
            page = self._fetch_at(offset)
            if offset == self._start or self._is_known(page, seen):
                return offset, page

    def _goes_on_for_ever(self, offset: int) -> bool:
        items = self._fetch_at(offset + FAR).items
        return bool(items or items.bad_items)

    def _is_known(self, page: Page[T], seen: _Seen) -> bool:
        places = (_place(page, bad) for bad in page.items.bad_items)
        return any(key in seen for key in (*map(self._key, page.items), *places))

    def _fetch_page(self, number: int) -> Page[T]:
        return self._fetch_at(self._start + (number - 1) * self._size)

    def _fetch_at(self, offset: int) -> Page[T]:
        page = self._fetch(offset, self._size)
        return self._note(attrs.evolve(page, offset=offset, size=self._size))


class _Seen:
    """The keys of the last :data:`REMEMBERED` items."""

    def __init__(self) -> None:
        self._keys: dict[Hashable, None] = {}

    def add(self, key: Hashable) -> bool:
        """Remember a key; False if it was known."""
        if key in self._keys:
            return False
        self._keys[key] = None
        if len(self._keys) > REMEMBERED:
            del self._keys[next(iter(self._keys))]
        return True

    def __contains__(self, key: Hashable) -> bool:
        return key in self._keys


def _place(page: Page[T], bad: BadItem) -> Hashable:
    """Return what stands for the key of an item that could not be read: where it stood, and what is wrong with it."""
    if page.offset is None:
        return ("bad item", page.number, bad.index)
    return ("bad item", page.offset + bad.index, *(problem.replace(bad.path, "$") for problem in bad.problems))
