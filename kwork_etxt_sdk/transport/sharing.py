"""Where the buckets are kept: who shares a limit with whom.

A :class:`Store` applies the operations of :mod:`~kwork_etxt_sdk.transport.bucket` atomically. Where the numbers are
(memory, a file, a server) is all that differs between a limiter for one process and one for many.
"""

from __future__ import annotations

import abc
import atexit
import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from kwork_etxt_sdk.options import Limits, RedisShare
from kwork_etxt_sdk.transport.bucket import Operation, Pace, State, pause, throttle
from kwork_etxt_sdk.transport.clock import Clock, SystemClock

logger = logging.getLogger("kwork_etxt_sdk")

#: How long the memory is used after the shared place failed, before that is tried again, in seconds.
RECOVERY = 60.0
_HOLDS = (pause, throttle)
_NEW = State()


class Store(Protocol):
    """Where the buckets are kept."""

    def apply(self, key: str, operation: Operation, now: Callable[[], int], pace: Pace, *arguments: Any) -> Any:
        """Do something with a bucket, atomically.

        A key not seen before is a full bucket. The operation's moment is read inside, in the order in which callers get
        their turn. A store of several machines reads a clock of its own: only differences of times come out, and
        virtual times, which are the same on every clock.

        Args:
            key: Which bucket.
            operation: One of the operations in :mod:`~kwork_etxt_sdk.transport.bucket`.
            now: The caller's clock.
            pace: The rule.
            arguments: Further arguments of the operation: numbers, or a reservation that this store has given.

        Returns:
            What the operation returned beside the bucket.
        """


class MemoryStore:
    """The buckets of one process, shared by its threads."""

    def __init__(self) -> None:
        self._states: dict[str, State] = {}
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def apply(self, key: str, operation: Operation, now: Callable[[], int], pace: Pace, *arguments: Any) -> Any:
        """Do something with a bucket; see :meth:`Store.apply`."""
        if self._pid != os.getpid():
            # After a fork the lock may be locked for ever, by a thread that did not come along.
            self._lock = threading.Lock()
            self._pid = os.getpid()
        with self._lock:
            self._states[key], result = operation(self._states.get(key, _NEW), now(), pace, *arguments)
        return result

    def state(self, key: str) -> State:
        """Return a bucket as it is."""
        return self._states.get(key, _NEW)

    def put(self, key: str, state: State) -> None:
        """Replace a bucket."""
        self._states[key] = state


class SharedStore(abc.ABC):
    """A store that can fail. A call then goes on with the memory: the limiter is a courtesy to the service.

    The memory follows the shared buckets as this process last saw them. So when it has to take over, slots keep their
    times, holds go on, and nobody gets a second burst; and a hold set meanwhile is passed on afterwards.

    Args:
        seconds: Seconds on a monotonic clock; for tests.
    """

    #: What is said when it fails: "the rate limit is not shared ... for now".
    shared_with: str
    #: What the shared place fails with.
    failures: tuple[type[Exception], ...] = (OSError,)

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._memory = MemoryStore()
        self._alone_until = 0.0
        self._warned = False
        self._owed: dict[str, Pace] = {}

    @property
    def is_alone(self) -> bool:
        """Whether the shared place has failed and is not to be tried yet."""
        return self._alone_until > 0.0 and self._seconds() < self._alone_until

    def apply(self, key: str, operation: Operation, now: Callable[[], int], pace: Pace, *arguments: Any) -> Any:
        """Do something with a bucket; see :meth:`Store.apply`."""
        if not self.is_alone:
            try:
                if self._owed:
                    self._pass_on_hold(key, now)
                state, result = self._attempt(key, operation, now, pace, arguments)
            except self.failures as failure:
                self._degrade(failure)
            else:
                self._memory.put(key, state)
                return result
        if operation in _HOLDS:
            self._owed[key] = pace
        return self._memory.apply(key, operation, now, pace, *arguments)

    @abc.abstractmethod
    def _attempt(
        self, key: str, operation: Operation, now: Callable[[], int], pace: Pace, arguments: tuple[Any, ...]
    ) -> tuple[State, Any]:
        """Do it in the shared place; return the bucket, on the caller's clock, and the result."""

    def _pass_on_hold(self, key: str, now: Callable[[], int]) -> None:
        pace = self._owed.get(key)
        if pace is not None:
            left = self._memory.state(key).held - now()
            if left > 0:
                self._attempt(key, pause, now, pace, (left,))
            self._owed.pop(key, None)

    def _degrade(self, failure: Exception) -> None:
        if self.is_alone:
            return  # another thread has just found out as well
        self._alone_until = self._seconds() + RECOVERY
        log = logger.debug if self._warned else logger.warning
        self._warned = True
        words = getattr(failure, "strerror", None) or failure
        log("the rate limit is not shared %s for now: %s (%s)", self.shared_with, words, type(failure).__name__)


#: For ``share="process"``.
_PROCESS = MemoryStore()
#: One store per place and process: it keeps files or connections open, and warns once.
_SHARED: dict[object, Store] = {}


def store_for(limits: Limits, clock: Clock, *, is_local: bool) -> Store:
    """Return the place where a client's limits are kept.

    Args:
        limits: They say with whom to share.
        clock: The client's clock. One of a test means nothing to others, so nothing is shared.
        is_local: The service is on this machine: a sandbox or a test, which shares only where that is asked for.

    Raises:
        MissingExtraError: Redis is to be used, and the package for it is missing.
    """
    has_rules = limits.default is not None or bool(limits.groups)
    if not has_rules or not isinstance(clock, SystemClock):
        return MemoryStore()
    if isinstance(limits.share, RedisShare):
        return _SHARED.get(limits.share) or _redis_store(limits.share)
    if limits.share == "process":
        return _PROCESS
    if is_local and limits.state_dir is None:
        return MemoryStore()
    from kwork_etxt_sdk.transport.state_file import FileStore, default_directory

    directory = limits.state_dir or default_directory()
    return _SHARED.get(directory) or _SHARED.setdefault(directory, FileStore(directory))


def _redis_store(share: RedisShare) -> Store:
    from kwork_etxt_sdk.transport.state_redis import RedisStore

    store = RedisStore(share)
    atexit.register(store.close)
    return _SHARED.setdefault(share, store)


def scope_for(limits: Limits, site: str, scope: str) -> str:
    """Return whom the limits are for: this account at this host, or all that were given the same ``limits_key``."""
    if limits.limits_key is None:
        return scope
    return hashlib.sha256(f"{site} limits_key {limits.limits_key}".encode()).hexdigest()[:16]
