"""Ends attempts that would go on for ever.

Timeouts of sockets count each wait for bytes anew, so a server that sends a byte now and then holds a request for as
long as it likes, in the head of its answer as well as in the body. One thread per session watches all attempts under
way and shuts the connection of one whose time is up.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import threading
import time
from collections.abc import Iterator

from kwork_etxt_sdk.transport.phase import Trace

#: How long the thread stays without work, in seconds, before it ends; the next attempt starts a new one.
IDLE = 30.0


class Watchdog:
    """Watches attempts; the thread starts with the first one."""

    def __init__(self) -> None:
        self._start_over()

    def _start_over(self) -> None:
        self._pid = os.getpid()
        self._changed = threading.Condition()
        self._queue: list[tuple[float, int, Trace]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._next = 0.0
        self._is_closed = False

    @contextlib.contextmanager
    def watching(self, trace: Trace, seconds: float | None) -> Iterator[None]:
        """Shut the connection of the attempt if the block takes longer than this; ``trace.is_cut`` then says so.

        Args:
            trace: The record of the attempt, which knows its connection.
            seconds: How long it may take; None for as long as it likes.
        """
        if seconds is None:
            yield
            return
        self._add(trace, time.monotonic() + seconds)
        try:
            yield
        finally:
            trace.end()

    def close(self) -> None:
        """End the thread soon."""
        with self._changed:
            self._queue.clear()
            self._is_closed = True
            self._changed.notify()

    def _add(self, trace: Trace, due: float) -> None:
        if self._pid != os.getpid():
            self._start_over()  # the thread stayed with the parent process, and so did the owner of the lock, perhaps
        with self._changed:
            self._is_closed = False
            heapq.heappush(self._queue, (due, next(self._numbers), trace))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="kwork-etxt-watchdog", daemon=True)
                self._thread.start()
            elif due < self._next:
                self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while not self._is_closed:
                while self._queue and (self._queue[0][2].is_over or self._queue[0][0] <= time.monotonic()):
                    heapq.heappop(self._queue)[2].cut()
                if self._queue:
                    self._next = self._queue[0][0]
                    self._changed.wait(max(0.0, self._next - time.monotonic()))
                    continue
                self._next = float("inf")
                if not self._changed.wait(IDLE) and not self._queue:
                    break
            self._thread = None
