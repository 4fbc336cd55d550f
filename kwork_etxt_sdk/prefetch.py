"""Fetching pages before they are asked for, and working on items side by side: in order, and only a few at a time.

A walk over a list decides from each page which one comes next. :class:`Ahead` guesses that, fetches what it guessed on
an executor, and drops the guesses that turn out wrong; so a walk with prefetch asks the same questions as one without.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kwork_etxt_sdk.errors import ConfigurationError
from kwork_etxt_sdk.portable import Portable
from kwork_etxt_sdk.transport.events import Event, Retried, Sent, Waiting

# What only prefetch and map need is imported there: every list is a pager, few are fetched so.
if TYPE_CHECKING:
    import queue
    from concurrent.futures import Executor, Future

P = TypeVar("P")
T = TypeVar("T")
R = TypeVar("R")

#: Calls made side by side unless the caller says otherwise.
WORKERS = 8
#: Calls begun or waiting per worker. Fewer leave workers idle while the slowest is awaited, more only cost memory.
PER_WORKER = 2
#: Guesses that wait per page that has come, where nobody knows how many follow. More would sooner be at full speed, and
#: ask for more pages behind the end of a short list.
TRUST = 2
#: How long the end of a walk waits for requests that are under way, in seconds. Each is a read that nothing follows.
GRACE = 5.0

#: Where a page is: the arguments with which it is fetched.
Place = tuple[int, ...]


class GivenUp(BaseException):
    """Ends a call that nobody waits for any more; not an ``Exception``, which listeners may not raise."""


def check_workers(workers: int | None, executor: Executor | None) -> int:
    """Return how many calls are made side by side.

    Raises:
        ConfigurationError: `workers` is no number of at least 1, or `executor` can't be given work.
    """
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise ConfigurationError(f"executor must be a concurrent.futures.Executor, not {executor!r}")
    if workers is None:
        own = getattr(executor, "_max_workers", None)
        return own if isinstance(own, int) else WORKERS
    if not isinstance(workers, int) or isinstance(workers, bool) or workers < 1:
        raise ConfigurationError(f"workers must be a whole number of at least 1, not {workers!r}")
    return workers


def check_expected(pages: int | None) -> int:
    """Return how many pages are asked for before the first one has come; 0 for those who don't know.

    Raises:
        ConfigurationError: `pages` is no number of at least 1.
    """
    if pages is None:
        return 0
    if not isinstance(pages, int) or isinstance(pages, bool) or pages < 1:
        raise ConfigurationError(f"expected_pages must be a whole number of at least 1, not {pages!r}")
    return pages


def is_in_process(executor: Executor | None) -> bool:
    """Whether an executor is known to work in this process, with the very objects it is given."""
    from concurrent.futures import ThreadPoolExecutor

    return executor is None or isinstance(executor, ThreadPoolExecutor)


class Straight(Generic[P]):
    """Fetches each page when the walk asks for it.

    Args:
        fetch: Fetches the page at a place.
    """

    #: Whether pages wait that were fetched before they were asked for.
    is_ahead = False
    #: Whether the page given last was asked for before the first one had come.
    was_beside_first = False

    def __init__(self, fetch: Callable[..., P]) -> None:
        self._fetch = fetch

    def begin(self, place: Place, following: Callable[[Place], Place]) -> None:
        """Hear where the walk begins, and which place follows which."""

    def get(self, place: Place) -> P:
        """Return the page that comes next in the walk."""
        return self._fetch(*place)

    def aside(self, place: Place) -> P:
        """Fetch a page that is needed for a check."""
        return self._fetch(*place)

    def expect(
        self, place: Place, following: Callable[[Place], Place | None], *, rows: int, is_end_known: bool
    ) -> None:
        """Hear what comes after the page at `place`: which follows which, and how many new rows each can bring."""

    def fill(self, left: int | None) -> None:
        """Begin to fetch what comes next, if that is wanted, but no more than `left` rows need."""

    def drop(self) -> None:
        """Forget what was fetched beforehand: the list has moved."""

    def close(self) -> None:
        """End everything that is under way."""


class Ahead(Straight[P]):
    """Fetches pages before the walk asks for them, on an executor.

    A guess is wrong if the walk then asks for another page. Guesses are only made beyond a page that has come, so all
    of them show the list as it was then or later. (Those that the caller expects are made at once; the walk looks at
    them more closely.) Where the end is not known, no more than two wait per page that has come; after a wrong guess,
    one per page since then.

    Args:
        fetch: Fetches the page at a place.
        workers: How many at once.
        executor: Where; None for threads of its own.
        expected: How many pages the caller expects: they are asked for without waiting for the first one.
    """

    def __init__(
        self, fetch: Callable[..., P], workers: int, executor: Executor | None = None, expected: int = 0
    ) -> None:
        super().__init__(fetch)
        self._expected = expected
        self._window = PER_WORKER * workers
        self._crew = _Crew(workers) if executor is None else None
        self._executor = executor
        self._turns = _Turns(fetch) if is_in_process(executor) else None
        self._action = Portable(fetch) if self._turns is None else self._turns
        self._guesses: deque[tuple[Place, Future[P]]] = deque()
        self._beside_first = 0
        self._in_a_row = 0
        self._was_wrong = False
        self._place: Place = ()
        self._next: Callable[[Place], Place | None] = _nothing
        self._rows = 1
        self._is_end_known = False

    @property
    def is_ahead(self) -> bool:  # type: ignore[override]
        """Whether pages wait that were fetched before they were asked for."""
        return bool(self._guesses)

    def begin(self, place: Place, following: Callable[[Place], Place]) -> None:
        """Ask for as many pages as are expected, the first one among them."""
        for _ in range(min(self._expected, self._window)):
            self._guess(place)
            place = following(place)
        self._beside_first = len(self._guesses)

    def get(self, place: Place) -> P:
        """Return the page that comes next in the walk: the one guessed, or one fetched here and now."""
        self._next = _nothing
        if self._guesses and self._guesses[0][0] == place:
            page = self._guesses[0][1].result()
            self._guesses.popleft()
            self.was_beside_first = self._beside_first > 0
            self._beside_first -= self.was_beside_first
        else:
            self.drop()
            self.was_beside_first = False
            page = self._fetch(*place)
        self._in_a_row += 1
        return page

    def expect(
        self, place: Place, following: Callable[[Place], Place | None], *, rows: int, is_end_known: bool
    ) -> None:
        """Hear which pages come next."""
        self._place, self._next, self._rows, self._is_end_known = place, following, rows, is_end_known

    def fill(self, left: int | None) -> None:
        """Submit guesses until the window is full."""
        room = self._window
        if self._was_wrong:
            room = min(room, self._in_a_row)
        elif not self._is_end_known:
            room = min(room, max(TRUST * self._in_a_row, len(self._guesses) + self._expected))
        if left is not None:
            room = min(room, -(-left // self._rows))
        self._drop_beyond_the_end()
        last = self._guesses[-1][0] if self._guesses else self._place
        while len(self._guesses) < room and (place := self._next(last)) is not None:
            self._guess(place)
            last = place

    def _drop_beyond_the_end(self) -> None:
        # Only those that were made when nobody knew where the list ends can lie there.
        place = self._place
        for number in range(self._beside_first):
            if self._next(place) is None:
                while len(self._guesses) > number:
                    self._guesses.pop()[1].cancel()
                self._beside_first = number
                return
            place = self._guesses[number][0]

    def drop(self) -> None:
        """Forget the guesses. Those that run already come to their end, unseen."""
        if not self._guesses:
            return
        self._was_wrong = True
        self._cancel()
        self._beside_first = self._expected = 0
        self._in_a_row = 1

    def close(self) -> None:
        """Cancel the guesses; threads of its own end with the request that is under way."""
        self._cancel()
        if self._turns is not None:
            self._turns.close()
        if self._crew is not None:
            self._crew.close()

    def _guess(self, place: Place) -> None:
        self._guesses.append((place, self._submit(place)))
        self._expected = max(0, self._expected - 1)

    def _submit(self, place: Place) -> Future[P]:
        pool = self._crew if self._crew is not None else self._executor
        assert pool is not None  # noqa: S101 - one of the two was given
        return pool.submit(self._action, *place)

    def _cancel(self) -> None:
        for _, future in self._guesses:
            future.cancel()
        self._guesses.clear()


def _nothing(_place: Place) -> None:
    return None


class _Turns:
    """Lets one of several threads at a time wait for the rate limit; the others wait here, and can be sent away.

    Without it all of them would reserve slots: calls that the caller makes meanwhile would have to wait behind pages,
    and the deadline of the last page would pass while it stands in the queue.
    """

    def __init__(self, fetch: Callable[..., Any]) -> None:
        heard_by = getattr(fetch, "heard_by", None)
        self._takes_turns = heard_by is not None
        self._fetch = fetch if heard_by is None else heard_by(self._hear)
        self._changed = threading.Condition()
        self._holder: int | None = None
        self._is_over = False

    def __call__(self, *place: int) -> Any:
        if not self._takes_turns:
            return self._fetch(*place)
        with self._changed:
            self._changed.wait_for(lambda: self._holder is None or self._is_over)
            if self._is_over:
                raise GivenUp
            self._holder = threading.get_ident()
        try:
            return self._fetch(*place)
        finally:
            self._leave()

    def close(self) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _hear(self, event: Event) -> None:
        if self._is_over and isinstance(event, (Waiting, Sent, Retried)):
            raise GivenUp
        if isinstance(event, Sent):
            self._leave()

    def _leave(self) -> None:
        with self._changed:
            if self._holder == threading.get_ident():
                self._holder = None
                self._changed.notify()


class _Crew:
    """Threads that don't hold up the end of the program, unlike those of a ``ThreadPoolExecutor``.

    They only read. A service that keeps one of them waiting must not keep a Ctrl-C waiting as well.
    """

    def __init__(self, size: int) -> None:
        import queue

        self._size = size
        self._tasks: queue.SimpleQueue[tuple[Future[Any], Callable[..., Any], Place] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, action: Callable[..., Any], /, *place: int) -> Future[Any]:
        from concurrent.futures import Future

        future: Future[Any] = Future()
        self._tasks.put((future, action, place))
        if len(self._threads) < self._size:
            thread = threading.Thread(target=self._work, name="kwork-etxt-prefetch", daemon=True)
            thread.start()
            self._threads.append(thread)
        return future

    def close(self) -> None:
        for _ in self._threads:
            self._tasks.put(None)
        until = time.monotonic() + GRACE
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            _carry_out(*task)
            del task  # an idle thread must not keep a page


def _carry_out(future: Future[Any], action: Callable[..., Any], place: Place) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        page = action(*place)
    except BaseException as failure:  # noqa: BLE001 - the walk raises it at the page's turn
        future.set_exception(failure)
    else:
        future.set_result(page)


def map_ordered(
    action: Callable[[T], R], items: Iterator[T], *, workers: int, executor: Executor | None
) -> Iterator[R]:
    """Apply `action` to every item on an executor, and yield the results in order.

    Only a window of items is under way. What an item, or getting it, raised is raised at its turn. At the end, come
    about as it may, what has not begun is cancelled, and what runs in threads of our own is waited for: it may be a
    call that changes something.
    """
    from concurrent.futures import ThreadPoolExecutor

    with contextlib.ExitStack() as stack:
        pool = executor
        if pool is None:
            pool = ThreadPoolExecutor(workers, thread_name_prefix="kwork-etxt-map")
            stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        task: Callable[[T], R] = action if is_in_process(executor) else Portable(action)
        failures: list[Exception] = []
        source = stack.enter_context(contextlib.closing(_until_failure(items, failures)))
        waiting: deque[Future[R]] = deque()
        stack.callback(_cancel_all, waiting)
        while True:
            for item in itertools.islice(source, PER_WORKER * workers - len(waiting)):
                waiting.append(pool.submit(task, item))
            if not waiting:
                break
            yield waiting.popleft().result()
    if failures:
        raise failures[0]


def _until_failure(items: Iterator[T], failures: list[Exception]) -> Generator[T, None, None]:
    try:
        yield from items
    except Exception as failure:  # noqa: BLE001 - raised when the results of the items before it have been taken
        failures.append(failure)


def _cancel_all(futures: deque[Future[Any]]) -> None:
    for future in futures:
        future.cancel()
