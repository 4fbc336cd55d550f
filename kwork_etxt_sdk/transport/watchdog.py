"""Ends attempts that would go on for ever.

Timeouts of sockets count each wait for bytes anew, so a server that sends a byte now and then holds a request for as
long as it likes, in the head of its answer as well as in the body. One thread per session watches all attempts under
way and shuts the connection of one whose time is up.
"""

from __future__ import annotations

import math
import os
import threading
import time
from contextlib import AbstractContextManager, nullcontext

from kwork_etxt_sdk.transport.phase import Trace

#: How long the thread stays without work, in seconds, before it ends; the next attempt starts a new one.
IDLE = 30.0


class _Watch:
    """An attempt that is watched inside the block; a class, because it is entered for every request."""

    __slots__ = ("_seconds", "_watchdog", "due", "trace")

    def __init__(self, watchdog: Watchdog, trace: Trace, seconds: float) -> None:
        self.trace = trace
        self.due = math.inf
        self._watchdog, self._seconds = watchdog, seconds

    def __enter__(self) -> None:
        self.due = time.monotonic() + self._seconds
        self._watchdog._add(self)

    def __exit__(self, *_: object) -> None:
        self.trace.end()
        self._watchdog._live.discard(self)
        if self._watchdog._is_closed:
            self._watchdog.close()  # the thread waits for the last one


class Watchdog:
    """Watches attempts; the thread starts with the first one."""

    def __init__(self) -> None:
        self._start_over()

    def _start_over(self) -> None:
        self._pid = os.getpid()
        self._changed = threading.Condition()
        #: Attempts under way. Adding one takes the lock, so that the thread hears of it; taking one away needs none.
        self._live: set[_Watch] = set()
        self._thread: threading.Thread | None = None
        self._next = 0.0
        self._is_closed = False

    def watching(self, trace: Trace, seconds: float | None) -> AbstractContextManager[None]:
        """Shut the connection of the attempt if the block takes longer than this; ``trace.is_cut`` then says so.

        Args:
            trace: The record of the attempt, which knows its connection.
            seconds: How long it may take; None for as long as it likes.
        """
        return nullcontext() if seconds is None else _Watch(self, trace, seconds)

    def close(self) -> None:
        """End the thread as soon as no attempt is under way."""
        self._check_process()
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def _check_process(self) -> None:
        if self._pid != os.getpid():
            self._start_over()  # the thread stayed with the parent process, and so did the owner of the lock, perhaps

    def _add(self, watch: _Watch) -> None:
        self._check_process()
        with self._changed:
            self._is_closed = False
            self._live.add(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="kwork-etxt-watchdog", daemon=True)
                self._thread.start()
            elif watch.due < self._next:
                self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while self._live or not self._is_closed:
                now = time.monotonic()
                self._next = math.inf
                for watch in tuple(self._live):
                    if watch.due <= now:
                        self._live.discard(watch)
                        watch.trace.cut()
                    else:
                        self._next = min(self._next, watch.due)
                if self._next < math.inf:
                    self._changed.wait(self._next - now)
                elif not self._changed.wait(IDLE) and not self._live:
                    break
            self._thread = None
