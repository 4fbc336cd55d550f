"""Clocks for tests: time passes only when somebody sleeps, so no test has to wait."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from kwork_etxt_sdk.transport.clock import SECOND

#: What a new clock reads, and the time of day then: neither a round number nor zero, which would hide mistakes.
START = 1_234 * SECOND + 567
START_OF_DAY = datetime(2026, 3, 14, 9, 26, 53, tzinfo=timezone.utc)


class FakeClock:
    """A clock that stands still until someone sleeps or calls `advance`.

    `luck` is what `chance` returns, `sleeps` every sleep asked for, in nanoseconds.
    """

    def __init__(self, now: int = START, luck: float = 0.5) -> None:
        self.luck = luck
        self.sleeps: list[int] = []
        self._start = self._now = now
        self._order = itertools.count()
        self._events: list[tuple[int, int, Callable[[], object]]] = []

    def now(self) -> int:
        return self._now

    def wall(self) -> datetime:
        return START_OF_DAY + timedelta(microseconds=(self._now - self._start) // 1000)

    def chance(self) -> float:
        return self.luck

    def sleep(self, nanoseconds: int) -> None:
        self.sleeps.append(nanoseconds)
        self.advance(nanoseconds)

    def advance(self, nanoseconds: int) -> None:
        """Let time pass. What an event raises comes out here, at the event's moment."""
        target = self._now + max(0, nanoseconds)
        while self._events and self._events[0][0] <= target:
            moment, _, event = heapq.heappop(self._events)
            self._now = max(self._now, moment)
            event()
        self._now = max(self._now, target)

    def after(self, nanoseconds: int, event: Callable[[], object]) -> None:
        """Have `event` called when so much time has passed: a hold set while others sleep, or a Ctrl-C."""
        heapq.heappush(self._events, (self._now + nanoseconds, next(self._order), event))

    @property
    def slept(self) -> int:
        return sum(self.sleeps)


class TurnClock(FakeClock):
    """A clock for several threads that take turns: one runs, the others sleep; the earliest to wake goes next.

    So a test with many threads is as repeatable as one without.
    """

    def __init__(self, now: int = START, luck: float = 0.5) -> None:
        super().__init__(now, luck)
        self._sleepers: list[tuple[int, int, threading.Semaphore]] = []
        self._failures: list[BaseException] = []
        self._done = threading.Semaphore(0)

    def run(self, *actors: Callable[[], object]) -> None:
        """Run `actors`, each in a thread of its own, until all have ended; raise what the first to fail raised."""
        threads = [threading.Thread(target=self._act, args=(actor, self._bed(0)), daemon=True) for actor in actors]
        for thread in threads:
            thread.start()
        self._next()
        if not self._done.acquire(timeout=30):
            raise TimeoutError("the actors hang")
        for thread in threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    def sleep(self, nanoseconds: int) -> None:
        self.sleeps.append(nanoseconds)
        bed = self._bed(nanoseconds)
        self._next()
        bed.acquire()

    def _bed(self, nanoseconds: int) -> threading.Semaphore:
        bed = threading.Semaphore(0)
        heapq.heappush(self._sleepers, (self._now + max(0, nanoseconds), next(self._order), bed))
        return bed

    def _next(self) -> None:
        if not self._sleepers:
            self._done.release()
            return
        moment, _, bed = heapq.heappop(self._sleepers)
        self.advance(moment - self._now)
        bed.release()

    def _act(self, actor: Callable[[], object], bed: threading.Semaphore) -> None:
        bed.acquire()
        try:
            actor()
        except BaseException as failure:  # noqa: BLE001 - the thread that called run() raises it
            self._failures.append(failure)
        self._next()
