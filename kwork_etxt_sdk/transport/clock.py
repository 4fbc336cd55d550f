"""Time, as everything in the transport sees it: one object, so that tests can replace it."""

from __future__ import annotations

import random
import time
from datetime import datetime, timezone
from typing import Protocol

#: Nanoseconds in a second: the transport counts in whole nanoseconds, so that no rounding adds up.
SECOND = 1_000_000_000


class Clock(Protocol):
    """What the transport needs of time and chance."""

    def now(self) -> int:
        """Nanoseconds on a clock that never goes back; only differences mean something."""

    def sleep(self, nanoseconds: int) -> None:
        """Wait; a signal (Ctrl-C) ends the wait at once."""

    def wall(self) -> datetime:
        """The time of day, aware, UTC."""

    def chance(self) -> float:
        """A random number in [0, 1): the jitter of pauses."""


class SystemClock:
    """The real time."""

    def __init__(self) -> None:
        self._random = random.Random()  # noqa: S311 - jitter, not cryptography

    def now(self) -> int:
        """Nanoseconds of the system's monotonic clock."""
        return time.monotonic_ns()

    def sleep(self, nanoseconds: int) -> None:
        """Wait with ``time.sleep``, which Ctrl-C ends on every system."""
        if nanoseconds > 0:
            time.sleep(nanoseconds / SECOND)

    def wall(self) -> datetime:
        """The time of day, aware, UTC."""
        return datetime.now(timezone.utc)

    def chance(self) -> float:
        """A random number in [0, 1)."""
        return self._random.random()
