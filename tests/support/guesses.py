"""Lists that move, and an executor whose work is done in an order of chance: for tests of prefetch."""

from __future__ import annotations

import random
import threading
from concurrent.futures import Executor, Future

from kwork_etxt_sdk import Page
from kwork_etxt_sdk.mapping import Records
from kwork_etxt_sdk.paging import NumberedPager, OffsetPager

MOST_CALLS = 600
#: Longest wait for another thread before a test fails, in seconds.
PATIENCE = 20


def same(item):
    return item


def threads_of(*names):
    names = names or ("kwork-etxt-prefetch", "kwork-etxt-map")
    return [thread for thread in threading.enumerate() if thread.name.startswith(names)]


class Whim(Executor):
    """Does what it is given in an order of chance: some of it at once, and all that somebody needs."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._waiting = []

    def submit(self, action, /, *arguments):
        future = _Needed(self)
        self._waiting.append((future, action, arguments))
        while self._waiting and self._random.random() < 0.5:
            self.work()
        return future

    def work(self):
        future, action, arguments = self._waiting.pop(self._random.randrange(len(self._waiting)))
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(action(*arguments))
            except OSError as failure:
                future.set_exception(failure)


class Eager(Whim):
    """Does everything at once."""

    def __init__(self):
        super().__init__(0)
        self._random.random = lambda: 0.0


class Lazy(Whim):
    """Does nothing before it is needed, and then first what came first."""

    def __init__(self):
        super().__init__(0)
        self._random.random = lambda: 1.0
        self._random.randrange = lambda _length: 0

    def finish(self):
        while self._waiting:
            self.work()


class _Needed(Future):
    def __init__(self, executor):
        super().__init__()
        self._executor = executor

    def result(self, timeout=None):
        while not self.done():
            self._executor.work()
        return super().result(timeout)


class Service:
    """A list; `before` is called before each fetch and may change `rows`. It may say how long it is."""

    def __init__(self, rows, before=lambda _service: None, *, tells=False):
        self.rows = list(rows)
        self.calls = []
        self._before = before
        self._tells = tells
        self._lock = threading.Lock()

    def at(self, offset, count):
        with self._lock:
            assert len(self.calls) < MOST_CALLS, "no end in sight"
            self._before(self)
            self.calls.append(offset)
            total = len(self.rows) if self._tells else None
            return Page(items=Records(self.rows[offset : offset + count]), total=total)

    def by_offset(self, size, start=0):
        return OffsetPager(self.at, key=same, size=size, start=start)

    def by_number(self, size, start=1):
        def fetch(number):
            page = self.at((number - 1) * size, size)
            pages = None if page.total is None else -(-page.total // size)
            return Page(items=page.items, number=number, total=page.total, pages=pages, size=size)

        return NumberedPager(fetch, key=same, start=start)
